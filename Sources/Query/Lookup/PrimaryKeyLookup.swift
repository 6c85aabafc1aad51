import Segments

/// Finds the row of a state table that has a whole primary key, of one column or of several.
public struct PrimaryKeyLookup: Sendable {
    private let table: TableSnapshot
    private let positions: [Int]
    private let expiry: RowExpiry?

    /// Look-ups in a table, of what has not expired.
    ///
    /// - Parameter now: Microseconds since 1970.
    /// - Precondition: it has a primary key.
    public init(_ table: TableSnapshot, now: Int64) {
        precondition(table.schema.isStateTable)
        self.table = table
        expiry = RowExpiry(table.schema, now: now)
        positions = table.schema.primaryKey
    }

    /// The key's row; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - key: One row with the columns of the key, in its order, not NULL.
    ///   - columns: What to read of the row.
    /// - Throws: `segment_corrupt` where a segment cannot be read.
    /// - Complexity: O(live batches + segments) comparisons and filter probes, and one row.
    public func row(
        _ key: RowBatch, columns: [ColumnDefinition]
    ) throws(QueryError) -> RowBatch? {
        let hashes = KeyHash.hashes(ofKey: key.columns)
        if let live = liveRow(key, hash: hashes[0], columns) { return live }
        do throws(SegmentError) {
            let probes = KeyProbe.probes(ofKey: key.columns, hashes: hashes, rows: [0])
            let definitions = positions.map { table.schema.columns[$0] }
            for (reader, rows) in try table.keys.primaryKey(table.schema).candidates(of: probes) {
                let dead = table.dead[reader.entry.id]
                let living = (dead?.living(rows) ?? rows).sorted()
                    .map { Int32(truncatingIfNeeded: $0) }
                guard !living.isEmpty else { continue }
                let found = try reader.rows(at: living, columns: definitions)
                for index in living.indices where Self.isRow(index, of: found.columns, key) {
                    if try hasExpired(living[index], in: reader) { return nil }
                    return try reader.rows(at: [living[index]], columns: columns)
                }
            }
            return nil
        } catch {
            throw QueryError(error)
        }
    }

    private func liveRow(
        _ key: RowBatch, hash: UInt64, _ columns: [ColumnDefinition]
    ) -> RowBatch? {
        for batch in table.live.reversed() {
            let keys = positions.map { batch.rows.columns[$0] }
            for row in batch.candidates(ofKey: positions, hash: hash)
            where !(batch.dead?.contains(row) ?? false) && Self.isRow(row, of: keys, key)
                && expiry?.hasExpired(batch.rows, at: row) != true
            {
                let row = [Int32(truncatingIfNeeded: row)]
                let values = columns.map { column in
                    let position = table.schema.columns.firstIndex { $0.id == column.id } ?? 0
                    return batch.rows.columns[position].gather(row)
                }
                return RowBatch(rowCount: 1, columns: values)
            }
        }
        return nil
    }

    private func hasExpired(
        _ row: Int32, in reader: SegmentReader
    ) throws(SegmentError) -> Bool {
        guard let expiry else { return false }
        let times = try reader.rows(at: [row], columns: [expiry.column]).columns[0]
        return expiry.hasExpired(times, at: 0)
    }

    private static func isRow(_ row: Int, of columns: [Column], _ key: RowBatch) -> Bool {
        for index in columns.indices
        where columns[index].value(at: row) != key.columns[index].value(at: 0) {
            return false
        }
        return true
    }
}
