import Segments

/// What becomes of the rows of one request to a state table.
struct StateDecision {
    /// The rows that are from now on the newest of their keys, tombstones among them: each key
    /// once, as the log and the segments have them.
    var kept: RowBatch
    /// Of each kept row's key.
    var hashes: [UInt64]
    /// Which kept rows are tombstones.
    var tombstones: [UInt32] = []
    /// The rows, live or in segments, that the kept ones replace.
    var replaced: [KeyHolder.Place] = []
    var counts = IngestCounts()
    /// Rows that cannot be taken, by line.
    var rejections: [Rejection] = []
    /// The tag of the row that is there afterwards, for a request of one row.
    var tag: String?
}

/// Decides the rows of a request to a state table, in order.
///
/// A row is newer than another of its key if its version is larger, or the same and it came later;
/// but at one version a deletion stands. Without versions the last to come is the newest. What a
/// row of a table that merges does is in `StateDecider+Merging`.
struct StateDecider {
    let schema: TableSchema
    let rows: StateRows
    var holders: [KeyHolder]
    let sources: StateSources
    let events: ParsedEvents
    var decision: StateDecision
    /// Of each kept row the row of the request it is; for tables that do not merge.
    private var keptRows: [Int32] = []
    /// Of tombstones without a time, by row of the request: the row whose time they get.
    private var timeSources: [Int: Int32] = [:]
    /// Of each kept row what it is made of; for tables that merge.
    var merged: [MergedRow] = []

    /// Looks the keys of a request up and reads what its rows may replace.
    ///
    /// - Parameter now: Microseconds since 1970.
    /// - Throws: `conditionFailed`, `rowNotFound`, or `segment` where one cannot be read.
    init(
        _ events: ParsedEvents, _ request: RowRequest?, in table: TableSnapshot,
        _ state: StateTable, now: Int64
    ) throws(IngestError) {
        schema = table.schema
        self.events = events
        var rows = StateRows(events, table.schema)
        do throws(SegmentError) {
            var found = try KeyHolders(rows, in: table, state)
            if let request, request.deletesAnyVersion {
                rows = Self.rows(rows, withVersion: found.holders[0].version)
            }
            let needsAll = request != nil || schema.isMerge
            let keys =
                needsAll ? Array(found.holders.indices) : Self.needed(rows, found.holders)
            let bases = try found.read(keys, from: rows.count)
            holders = found.holders
            sources = StateSources(rows, bases: bases, now: now)
        } catch {
            throw .segment(error)
        }
        self.rows = rows
        decision = StateDecision(kept: rows.batch, hashes: [])
        if let request { try check(request) }
    }

    /// The same rows under another version.
    private static func rows(_ rows: StateRows, withVersion version: Int64) -> StateRows {
        guard let index = rows.schema.versionColumn else { return rows }
        var columns = rows.batch.columns
        columns[index] = Column(
            type: columns[index].type,
            values: .integers(Array(repeating: version, count: rows.count)))
        return StateRows(
            RowBatch(rowCount: rows.count, columns: columns), rows.presence, rows.schema)
    }

    /// The keys of which more must be known than version and mark.
    private static func needed(_ rows: StateRows, _ holders: [KeyHolder]) -> [Int] {
        let hasVersions = rows.schema.versionColumn != nil
        let time = rows.schema.timestampColumn.map { rows.batch.columns[$0] }
        var isNeeded = [Bool](repeating: false, count: holders.count)
        for row in 0..<rows.count {
            let holder = holders[rows.keyNumbers[row]]
            guard holder.isThere else { continue }
            if rows.isTombstone(row) {
                if time?.isNull(row) ?? false { isNeeded[rows.keyNumbers[row]] = true }
            } else if !hasVersions || rows.version(row) == holder.version {
                isNeeded[rows.keyNumbers[row]] = true
            }
        }
        return isNeeded.indices.filter { isNeeded[$0] }
    }

    // MARK: One row alone

    private func check(_ request: RowRequest) throws(IngestError) {
        precondition(rows.count == 1, "a condition is on one row")
        if request.deletesAnyVersion, !holders[0].isThere { throw .rowNotFound }
        let tag = tag(of: holders[0])
        guard request.isMet(by: tag) else { throw .conditionFailed(current: tag) }
    }

    private func tag(of holder: KeyHolder) -> String? {
        guard holder.isThere, holder.source >= 0 else { return nil }
        return RowTag.tag(of: sources.rows, row: Int(holder.source), schema)
    }

    // MARK: All rows

    /// Decides.
    consuming func run(isSingle: Bool) -> StateDecision {
        for row in 0..<rows.count {
            if schema.isMerge { merge(row) } else { replace(row) }
        }
        if schema.isMerge { finishMerged() } else { finishKept() }
        if isSingle {
            switch holders[0].place {
            case .pending(let index):
                let isTombstone = !decision.tombstones.isEmpty
                decision.tag =
                    isTombstone ? nil : RowTag.tag(of: decision.kept, row: index, schema)
            default: decision.tag = tag(of: holders[0])
            }
        }
        return decision
    }

    /// What a row is to the newest one of its key.
    private enum Standing {
        case newer, duplicate, stale
    }

    private func standing(_ row: Int, _ holder: KeyHolder) -> Standing {
        let isTombstone = rows.isTombstone(row)
        let hasVersions = schema.versionColumn != nil
        guard holder.place != .nowhere else {
            // Without versions nothing can come that is older than the deletion.
            return isTombstone && !hasVersions ? .duplicate : .newer
        }
        if hasVersions {
            let version = rows.version(row)
            if version != holder.version { return version < holder.version ? .stale : .newer }
            if holder.isDeleted { return isTombstone ? .duplicate : .stale }
        } else if holder.isDeleted {
            return isTombstone ? .duplicate : .newer
        }
        if isTombstone { return .newer }
        let isSame = sources.areEqual(
            Int32(truncatingIfNeeded: row), holder.source, columnCount: schema.visibleColumnCount)
        return isSame ? .duplicate : .newer
    }

    private mutating func replace(_ row: Int) {
        let number = rows.keyNumbers[row]
        let holder = holders[number]
        switch standing(row, holder) {
        case .duplicate: decision.counts.duplicate += 1
        case .stale: decision.counts.stale += 1
        case .newer:
            let isTombstone = rows.isTombstone(row)
            let source = Int32(truncatingIfNeeded: row)
            if isTombstone, let time = schema.timestampColumn,
                rows.batch.columns[time].isNull(row)
            {
                timeSources[row] = timeSource(of: holder)
            }
            let index = take(number, isTombstone: isTombstone, count: keptRows.count)
            if index == keptRows.count { keptRows.append(source) } else { keptRows[index] = source }
            holders[number] = KeyHolder(
                place: .pending(index), version: rows.version(row), isDeleted: isTombstone,
                source: source)
        }
    }

    /// The row whose time a tombstone of the holder's key gets.
    private func timeSource(of holder: KeyHolder) -> Int32 {
        guard holder.isThere, holder.source >= 0 else { return sources.blank }
        return timeSources[Int(holder.source)] ?? holder.source
    }

    /// Counts a row that is the newest of its key now, and notes which one it replaces.
    ///
    /// - Returns: Its place among the kept rows: that of a row of this request, or `count`.
    mutating func take(_ number: Int, isTombstone: Bool, count: Int) -> Int {
        let holder = holders[number]
        decision.counts.accepted += 1
        if holder.isThere {
            if isTombstone { decision.counts.deleted += 1 } else { decision.counts.updated += 1 }
        }
        if case .pending(let index) = holder.place { return index }
        if holder.isThere { decision.replaced.append(holder.place) }
        return count
    }

    private mutating func finishKept() {
        decision.hashes = keptRows.map { rows.hashes[Int($0)] }
        guard keptRows.contains(where: { rows.isTombstone(Int($0)) }) else {
            let isAll =
                keptRows.count == rows.count
                && keptRows.indices.allSatisfy { Int(keptRows[$0]) == $0 }
            decision.kept = isAll ? rows.batch : rows.batch.gather(keptRows)
            return
        }
        var blanked = keptRows
        var times = keptRows
        for (index, row) in keptRows.enumerated() where rows.isTombstone(Int(row)) {
            decision.tombstones.append(UInt32(truncatingIfNeeded: index))
            blanked[index] = sources.blank
            times[index] = timeSources[Int(row)] ?? row
        }
        let columns = schema.columns.indices.map { column in
            let isKept =
                schema.primaryKey.contains(column) || column == schema.versionColumn
                || column == schema.tombstoneColumn
            let places =
                isKept ? keptRows : column == schema.timestampColumn ? times : blanked
            return sources.rows.columns[column].gather(places)
        }
        decision.kept = RowBatch(rowCount: keptRows.count, columns: columns)
    }
}
