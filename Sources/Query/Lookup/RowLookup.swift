import Segments

/// Finds rows by the exact value of one column, without SQL: what `GET .../rows/{key}`, `?by=` and
/// `rows:lookup` stand on.
///
/// Goes through the key index of each segment and the live rows; full values are compared. Columns
/// without a key index are refused, so that a look-up is never a scan.
public struct RowLookup: Sendable {
    private let snapshot: Snapshot

    /// The most keys of one look-up.
    public static let maximumKeyCount = 10_000
    /// The most rows of one answer.
    public static let maximumRowCount = 10_000

    /// Look-ups in `snapshot`.
    public init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    /// Rows found, in order of time, then key, then place.
    public struct Page: Sendable {
        /// Whole rows, columns as declared.
        public let rows: RowBatch
        /// Where the next page begins; `nil` after the last.
        public let next: Int?
    }

    /// A row that was found, and where.
    private struct Hit {
        let time: Int64
        let key: Int
        let part: Int
        let row: Int32
    }

    /// A run of rows that a key can be looked up in.
    private enum Part {
        case segment(SegmentReader)
        case live(LiveBatch)
    }

    /// The rows of `table` whose column `column` holds one of `keys`.
    ///
    /// - Parameters:
    ///   - column: A position in the table's columns, with a key index (`keyIndexColumns`).
    ///   - keys: Of the column's type; NULL finds nothing.
    ///   - limit: The most rows of the page.
    ///   - cursor: 0 for the first page, then `next` of the last one, in the same snapshot.
    /// - Throws: `invalid_argument` for a column without key index, too many keys or rows;
    ///   `segment_corrupt` where a segment cannot be read.
    /// - Complexity: O(keys × segments) filter probes, plus the rows found.
    public func rows(
        in table: TableSnapshot, column: Int, keys: [Value], limit: Int = maximumRowCount,
        cursor: Int = 0
    ) throws(QueryError) -> Page {
        let schema = table.schema
        guard schema.columns.indices.contains(column), schema.keyIndexColumns.contains(column)
        else {
            throw QueryError(
                .invalidArgument, "the column has no key index",
                hint: "declare it in LOOKUP (...), or ask with SQL")
        }
        guard keys.count <= Self.maximumKeyCount, limit <= Self.maximumRowCount, cursor >= 0 else {
            throw QueryError(
                .invalidArgument,
                "a look-up takes \(Self.maximumKeyCount) keys and \(Self.maximumRowCount) rows")
        }
        do {
            var parts: [Part] = []
            var hits: [Hit] = []
            for segment in table.segments {
                parts.append(.segment(try segment.reader()))
                try find(keys, parts, schema, column, &hits)
            }
            for batch in table.live {
                parts.append(.live(batch))
                try find(keys, parts, schema, column, &hits)
            }
            hits.sort { ($0.time, $0.key, $0.part, $0.row) < ($1.time, $1.key, $1.part, $1.row) }
            let start = min(cursor, hits.count)
            let end = min(hits.count, start.addingClamping(max(0, limit)))
            let rows = try fetch(hits[start..<end], parts, schema)
            return Page(rows: rows, next: end < hits.count ? end : nil)
        } catch {
            throw QueryError(error)
        }
    }

    /// Adds the hits in the last part.
    private func find(
        _ keys: [Value], _ parts: [Part], _ schema: TableSchema, _ column: Int,
        _ hits: inout [Hit]
    ) throws(SegmentError) {
        guard let part = parts.last else { return }
        let definition = schema.columns[column]
        for (number, key) in keys.enumerated() where !key.isNull {
            let rows: [Int]
            switch part {
            case .live(let batch): rows = batch.rowIndices(matching: key, column: column)
            case .segment(let reader):
                // A segment older than the index has none: its rows hold the column's default.
                guard reader.hasKeyIndex(columnID: definition.id) else {
                    rows = try scan(reader, definition, for: key)
                    break
                }
                rows = try reader.rowIndices(matching: key, columnID: definition.id)
            }
            if rows.isEmpty { continue }
            let places = rows.map { Int32(truncatingIfNeeded: $0) }
            let times = try times(of: places, part, schema)
            for (index, row) in places.enumerated() {
                hits.append(Hit(time: times[index], key: number, part: parts.count - 1, row: row))
            }
        }
    }

    /// The rows that hold `key`, block by block.
    private func scan(
        _ reader: SegmentReader, _ definition: ColumnDefinition, for key: Value
    ) throws(SegmentError) -> [Int] {
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

    private func times(
        of rows: [Int32], _ part: Part, _ schema: TableSchema
    ) throws(SegmentError) -> [Int64] {
        guard let index = schema.timestampColumn else {
            return Array(repeating: 0, count: rows.count)
        }
        let column: Column
        switch part {
        case .live(let batch): column = batch.rows.columns[index].gather(rows)
        case .segment(let reader):
            column = try reader.rows(at: rows, columns: [schema.columns[index]]).columns[0]
        }
        guard case .integers(let times) = column.values else {
            preconditionFailure("a timestamp column holds integers")
        }
        return times
    }

    /// The rows of the hits, in their order: each part's are fetched together.
    private func fetch(
        _ hits: ArraySlice<Hit>, _ parts: [Part], _ schema: TableSchema
    ) throws(SegmentError) -> RowBatch {
        var appenders = schema.columns.map { ColumnAppender($0.type) }
        var places = [Int32](repeating: 0, count: hits.count)
        var fetched: Int32 = 0
        let byPart = Dictionary(grouping: hits.enumerated(), by: \.element.part)
        for part in byPart.keys.sorted() {
            let wanted = (byPart[part] ?? []).sorted { $0.element.row < $1.element.row }
            let rows = wanted.map(\.element.row)
            let batch: RowBatch
            switch parts[part] {
            case .live(let live): batch = live.rows.gather(rows)
            case .segment(let reader): batch = try reader.rows(at: rows, columns: schema.columns)
            }
            for index in appenders.indices { appenders[index].append(batch.columns[index]) }
            for hit in wanted {
                places[hit.offset] = fetched
                fetched += 1
            }
        }
        return RowBatch(
            rowCount: hits.count, columns: appenders.map { $0.finish().gather(places) })
    }
}
