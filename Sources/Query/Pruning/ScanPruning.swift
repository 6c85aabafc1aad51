import Segments

/// Decides which blocks of which segments a table scan reads, without reading any column.
///
/// 1. A segment whose time range the filter excludes is not even opened.
/// 2. A segment whose zone maps exclude it is passed over.
/// 3. Where the filter demands a value of a column with a key index, the index names the rows.
/// 4. Where code indexes find few rows that may satisfy the filter, these are picked.
/// 5. Of the blocks of what is left, those that their zone maps exclude are passed over.
///
/// This is the door through which a query gets at a table's rows: what it hands on knows which rows
/// are hidden (`HiddenRows`), and `TableSource` leaves them out.
struct ScanPruning {
    /// What to read, in order of the segments, live rows last.
    private(set) var units: [ScanUnit] = []
    /// What there is, and what need not be read.
    private(set) var statistics = QueryStatistics()
    /// What key indexes found.
    private(set) var keyUse = IndexUse()
    /// What code indexes found.
    private(set) var codeUse = IndexUse()

    /// What indexes of one kind found.
    struct IndexUse {
        /// Names of their columns.
        var columns: Set<String> = []
        /// In so many segments.
        var segmentCount = 0
        /// Rows that have to be looked at.
        var rowCount = 0
    }

    private let usesCodeIndexes: Bool
    /// What key indexes say of the filter's keys.
    private let keys: ScanKeys?
    private let scan: TableScan
    private let table: TableSnapshot
    private let expiry: RowExpiry?
    private let conditions: [BoundExpression]

    /// Above this share of a segment's rows, reading blocks is cheaper than picking rows.
    private static let pickedShare = 16

    /// Prunes the scan of a table in `snapshot`.
    ///
    /// - Parameter now: When the query began, in microseconds: what has expired by then is hidden.
    init(
        _ scan: TableScan, _ snapshot: Snapshot, now: Int64, usesCodeIndexes: Bool = true
    ) throws(QueryError) {
        guard let table = snapshot.table(scan.table.id) else {
            throw QueryError(.unknownTable, "table '\(scan.table.name)' does not exist any more")
        }
        try self.init(scan, over: table, now: now, usesCodeIndexes: usesCodeIndexes)
    }

    /// Prunes the scan of some segments and live rows.
    init(
        _ scan: TableScan, over table: TableSnapshot, now: Int64, usesCodeIndexes: Bool = true
    ) throws(QueryError) {
        self.scan = scan
        self.table = table
        expiry = RowExpiry(table.schema, now: now)
        self.usesCodeIndexes = usesCodeIndexes
        conditions = (scan.filter?.conjuncts ?? []) + (scan.hint?.conjuncts ?? [])
        keys = ScanKeys(conditions, scan, in: table)
        statistics.rowsTotal = table.rowCount
        statistics.segmentsTotal = table.segments.count
        for segment in table.segments { try prune(segment) }
        for batch in table.live { prune(batch) }
    }

    private mutating func prune(_ segment: SegmentHandle) throws(QueryError) {
        let entry = segment.entry
        let blockCount = (entry.rowCount + Block.rowCount - 1) / Block.rowCount
        func pass() {
            statistics.segmentsPruned += 1
            statistics.blocksPruned += blockCount
        }
        let keyRows = keys?.rows(of: entry.id)
        if let keys, let keyRows, keyRows.isEmpty {
            if keyUse.segmentCount == 0 { keyUse.columns.insert(keys.columnName) }
            keyUse.segmentCount += 1
            return pass()
        }
        let time = timeRange(entry.minimumTime, entry.maximumTime, entry.rowCount)
        if verdict(time) == .none { return pass() }
        do {
            let dead = table.dead[entry.id]
            let expired = try expiry?.part(of: segment) ?? .none
            if dead?.count == entry.rowCount || expired == .all { return pass() }
            let reader = try segment.reader()
            let scan = scan
            let hidden = HiddenRows(dead, expired == .some ? expiry : nil)
            let whole = verdict { index in
                guard scan.path(index) == nil else { return nil }
                let column = scan.definition(index)
                return ValueRange(reader.zoneMap(of: column), column.type)
            }
            if whole == .none { return pass() }
            if let keys, let keyRows, keyRows.count * Self.pickedShare <= reader.rowCount {
                if keyUse.segmentCount == 0 { keyUse.columns.insert(keys.columnName) }
                keyUse.segmentCount += 1
                keyUse.rowCount += keyRows.count
                add(keyRows, of: reader, passesFilter: false, hidden)
                return
            }
            if whole != .all, let found = try codedRows(reader) {
                add(found.rows, of: reader, passesFilter: found.passesFilter, hidden)
                return
            }
            addBlocks(of: reader, passesFilter: whole == .all, hidden)
        } catch {
            throw QueryError(error)
        }
    }

    private mutating func addBlocks(
        of reader: SegmentReader, passesFilter: Bool, _ hidden: HiddenRows?
    ) {
        var read = 0
        for block in 0..<reader.blockCount {
            let verdict = passesFilter ? .all : verdict(reader, block)
            let rows = reader.rowRange(ofBlock: block)
            let deadCount = hidden?.deadCount(in: rows) ?? 0
            let expired =
                hidden?.expiry.map { $0.part(reader.zoneMap(of: $0.column, block: block)) } ?? .none
            if verdict == .none || deadCount == rows.count || expired == .all {
                statistics.blocksPruned += 1
            } else {
                units.append(
                    ScanUnit(
                        .block(reader, block), passesFilter: verdict == .all,
                        hidden: HiddenRows(
                            deadCount > 0 ? hidden?.dead : nil,
                            expired == .some ? hidden?.expiry : nil)))
                read += 1
            }
        }
        if read == 0 { statistics.segmentsPruned += 1 }
    }

    private func verdict(_ reader: SegmentReader, _ block: Int) -> ZoneVerdict {
        let scan = scan
        return verdict { index in
            guard scan.path(index) == nil else { return nil }
            let column = scan.definition(index)
            return ValueRange(reader.zoneMap(of: column, block: block), column.type)
        }
    }

    private mutating func add(
        _ found: [Int32], of reader: SegmentReader, passesFilter: Bool, _ hidden: HiddenRows?
    ) {
        let rows = hidden?.dead.map { dead in found.filter { !dead.contains(Int($0)) } } ?? found
        statistics.blocksPruned += reader.blockCount
        if rows.isEmpty { statistics.segmentsPruned += 1 }
        for start in stride(from: 0, to: rows.count, by: Block.rowCount) {
            let end = min(rows.count, start + Block.rowCount)
            units.append(
                ScanUnit(
                    .rows(reader, Array(rows[start..<end])), passesFilter: passesFilter,
                    hidden: HiddenRows(nil, hidden?.expiry)))
        }
    }

    private mutating func prune(_ batch: LiveBatch) {
        let count = batch.rows.rowCount
        let time = timeRange(batch.minimumTime, batch.maximumTime, count)
        let expired = expiry?.part(of: batch) ?? .none
        if verdict(time) == .none || expired == .all { return }
        for start in stride(from: 0, to: count, by: Block.rowCount) {
            units.append(
                ScanUnit(
                    .live(batch.stored, start..<min(count, start + Block.rowCount)),
                    hidden: HiddenRows(batch.dead, expired == .some ? expiry : nil)))
        }
    }

    private func verdict(_ zone: @escaping (Int) -> ValueRange?) -> ZoneVerdict {
        let filter = ZoneFilter(zone: zone)
        return filter.verdict(.and(conditions))
    }

    /// Knows nothing but the range of the timestamp column.
    private func timeRange(
        _ minimum: Int64, _ maximum: Int64, _ rowCount: Int
    ) -> (Int) -> ValueRange? {
        let timeColumn = scan.table.timestampColumn
        let columns = scan.columns
        return { index in
            guard let timeColumn, index < columns.count, columns[index] == timeColumn else {
                return nil
            }
            return ValueRange(
                minimum: .timestamp(minimum), maximum: .timestamp(maximum), nullCount: 0,
                rowCount: rowCount)
        }
    }

    /// The rows that code indexes leave, if they are few enough; those of blocks that zone maps
    /// exclude are left out.
    private mutating func codedRows(
        _ reader: SegmentReader
    ) throws(SegmentError) -> (rows: [Int32], passesFilter: Bool)? {
        guard usesCodeIndexes, !conditions.isEmpty else { return nil }
        let filter = CodeFilter(
            reader: reader, scan: scan, limit: reader.rowCount / CodeFilter.pickedShare)
        guard let found = try filter.all(conditions) else { return nil }
        var rows: [Int32] = []
        for block in 0..<reader.blockCount {
            let members = found.rows.members(in: reader.rowRange(ofBlock: block))
            if members.isEmpty || !found.isExact && verdict(reader, block) == .none { continue }
            rows += members.map { Int32(truncatingIfNeeded: $0) }
        }
        codeUse.columns.formUnion(found.columns)
        codeUse.segmentCount += 1
        codeUse.rowCount += rows.count
        return (rows, found.isExact)
    }
}
