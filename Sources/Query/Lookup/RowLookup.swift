import Segments

/// Finds rows by the exact value of one column, without SQL: what `GET .../rows/{key}`, `?by=` and
/// `rows:lookup` stand on.
///
/// Goes through the key index of each segment and the live rows; full values are compared. Columns
/// without a key index are refused, so that a look-up is never a scan.
public struct RowLookup: Sendable {
    let table: TableSnapshot
    let column: Int
    private let columnID: UInt32
    private let expiry: RowExpiry?
    /// Whether only declared values can be looked up (`SparseLookup`).
    let isSparse: Bool

    /// The most keys of one look-up.
    public static let maximumKeyCount = 10_000
    /// The most rows of one answer.
    public static let maximumRowCount = 10_000
    /// The most rows of a look-up that is carried out at once.
    private static let quickRowCount = 16

    /// Rows found, in order of time, then key, then place.
    public struct Page: Sendable {
        /// The columns asked for, in that order.
        public let rows: RowBatch
        /// For each row, which of the keys it has.
        public let keys: [Int]
        /// Where the next page begins; `nil` after the last.
        public let next: Int?
    }

    /// A row that was found, and where.
    struct Hit {
        var time: Int64 = 0
        let key: Int
        let part: Int
        let row: Int32
    }

    /// A run of rows that a key can be looked up in.
    enum Part {
        case segment(SegmentReader)
        case live(LiveBatch)
    }

    /// Look-ups in a table by the column at position `column`, of what has not expired.
    ///
    /// - Parameter now: Microseconds since 1970.
    /// - Throws: `invalid_argument` for a column without key index.
    public init(_ table: TableSnapshot, column: Int, now: Int64) throws(QueryError) {
        let schema = table.schema
        isSparse = !schema.keyIndexColumns.contains(column)
        guard !isSparse || schema.sparseLookups.contains(where: { $0.column == column }) else {
            throw QueryError(
                .invalidArgument, "the column has no key index",
                hint: "declare it in LOOKUP (...), or ask with SQL")
        }
        self.table = table
        self.column = column
        columnID = schema.columns[column].id
        expiry = RowExpiry(schema, now: now)
    }

    /// The rows whose key is one of `keys`.
    ///
    /// - Parameters:
    ///   - keys: Of the column's type; NULL finds nothing.
    ///   - columns: What to read of the rows; `nil` for all columns as declared.
    ///   - limit: The most rows of the page.
    ///   - cursor: 0 for the first page, then `next` of the last one, in the same snapshot.
    /// - Throws: `invalid_argument` for too many keys or rows; `segment_corrupt` where a segment
    ///   cannot be read.
    /// - Complexity: O(keys × segments) comparisons and filter probes, plus the rows found.
    public func rows(
        _ keys: [Value], columns: [ColumnDefinition]? = nil, limit: Int = maximumRowCount,
        cursor: Int = 0
    ) throws(QueryError) -> Page {
        guard keys.count <= Self.maximumKeyCount, limit <= Self.maximumRowCount, cursor >= 0 else {
            throw QueryError(
                .invalidArgument,
                "a look-up takes \(Self.maximumKeyCount) keys and \(Self.maximumRowCount) rows")
        }
        try checkDeclared(keys)
        do {
            var found = LookupHits()
            if isSparse { try findSparse(keys, &found) } else { try find(keys, &found) }
            if let expiry { try found.removeExpired(expiry, of: table) }
            return try page(
                &found, columns ?? Array(table.schema.visibleColumns), limit: limit, cursor: cursor)
        } catch {
            throw QueryError(error)
        }
    }

    /// The rows of one key where finding them costs microseconds and touches nothing that was not
    /// touched before; `nil` where it does not, and `rows` may wait for a disk.
    ///
    /// - Throws: As `rows`.
    public func quickRows(
        _ key: Value, columns: [ColumnDefinition]? = nil, limit: Int, cursor: Int = 0
    ) throws(QueryError) -> Page? {
        let columns = columns ?? Array(table.schema.visibleColumns)
        guard !isSparse, let probe = KeyProbe(key),
            let directory = table.keys.preparedColumn(columnID),
            directory.unindexed.isEmpty, table.live.allSatisfy({ $0.isQuick(column: column) })
        else { return nil }
        do throws(SegmentError) {
            var found = LookupHits()
            var isTouched = true
            // Comparing keys and ordering rows read these two, too.
            let read =
                columns
                + [column, table.schema.timestampColumn ?? column, expiry?.position ?? column].map {
                    table.schema.columns[$0]
                }
            let isWhole = try directory.forEachCandidate(probe, isQuick: true) {
                (reader, rows) throws(SegmentError) in
                let rows = living(rows, in: reader)
                isTouched =
                    isTouched && rows.count <= Self.quickRowCount
                    && rows.allSatisfy { reader.hasTouched(row: $0, columns: read) }
                if isTouched { found.add(rows, key: 0, in: .segment(reader)) }
            }
            guard isWhole, isTouched else { return nil }
            try found.keep([key], in: table.schema.columns[column])
            findLive(key, probe, 0, &found)
            if let expiry { try found.removeExpired(expiry, of: table) }
            guard found.hits.count <= Self.quickRowCount else { return nil }
            return try page(&found, columns, limit: limit, cursor: cursor)
        } catch {
            throw QueryError(error)
        }
    }

    // MARK: Finding

    /// First where the keys may be, then, segment by segment, whether they are there.
    private func find(
        _ keys: [Value], _ found: inout LookupHits
    ) throws(SegmentError) {
        let directory = try table.keys.column(columnID)
        let probes = keys.map { KeyProbe($0) }
        for (number, probe) in probes.enumerated() {
            guard let probe else { continue }
            _ = try directory.forEachCandidate(probe) { (reader, rows) throws(SegmentError) in
                found.add(living(rows, in: reader), key: number, in: .segment(reader))
            }
        }
        try found.keep(keys, in: table.schema.columns[column])
        for (number, probe) in probes.enumerated() {
            guard let probe else { continue }
            for reader in directory.unindexed {
                let rows = living(try scan(reader, for: keys[number]), in: reader)
                found.add(rows, key: number, in: .segment(reader))
            }
            findLive(keys[number], probe, number, &found)
        }
    }

    private func findLive(
        _ key: Value, _ probe: KeyProbe, _ number: Int, _ found: inout LookupHits
    ) {
        for batch in table.live {
            let rows = batch.rowIndices(matching: key, probe, column: column)
            found.add(batch.dead?.living(rows) ?? rows, key: number, in: .live(batch))
        }
    }

    /// Those of a segment's rows that are not dead.
    func living(_ rows: [Int], in reader: SegmentReader) -> [Int] {
        table.dead[reader.entry.id]?.living(rows) ?? rows
    }

    /// The rows of a segment without the index that hold `key`, block by block.
    func scan(_ reader: SegmentReader, for key: Value) throws(SegmentError) -> [Int] {
        let definition = table.schema.columns[column]
        var found: [Int] = []
        for block in 0..<reader.blockCount {
            let column = try reader.column(definition, block: block)
            let first = reader.rowRange(ofBlock: block).lowerBound
            for row in 0..<column.count where column.value(at: row) == key {
                found.append(first + row)
            }
        }
        return found
    }

    // MARK: Reading

    private func page(
        _ found: inout LookupHits, _ columns: [ColumnDefinition], limit: Int, cursor: Int
    ) throws(SegmentError) -> Page {
        if found.hits.count > 1 {
            try found.sort(by: table.schema.timestampColumn.map { table.schema.columns[$0] }, table)
        }
        let start = min(cursor, found.hits.count)
        let end = min(found.hits.count, start.addingClamping(max(0, limit)))
        let rows = try found.fetch(start..<end, columns, of: table)
        return Page(
            rows: rows, keys: found.hits[start..<end].map(\.key),
            next: end < found.hits.count ? end : nil)
    }
}
