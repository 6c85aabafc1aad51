import Synchronization

/// Finds live rows by key: the in-memory twin of a segment's key index.
///
/// Hashes in ascending order with their rows, made at the first look-up of each column; a batch
/// never changes, so what is made stays right.
final class LiveKeyIndex: Sendable {
    private struct Table: Sendable {
        let hashes: [UInt64]
        let rows: [UInt32]
    }

    private let tables = Mutex<[Int: Table]>([:])

    /// The rows of `column`, which is column `index` of the batch, that may hold a key of `hash`.
    func candidates(_ column: Column, index: Int, hash: UInt64) -> [Int] {
        let table = tables.withLock { tables in
            if let table = tables[index] { return table }
            let made = Self.table(of: column)
            tables[index] = made
            return made
        }
        var low = 0
        var high = table.hashes.count
        while low < high {
            let middle = (low + high) / 2
            if table.hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        while low < table.hashes.count, table.hashes[low] == hash {
            found.append(Int(table.rows[low]))
            low += 1
        }
        return found
    }

    private static func table(of column: Column) -> Table {
        let (hashes, rows) = KeyHash.hashes(of: column)
        let order = RadixOrder.positions(ordering: hashes)
        return Table(
            hashes: order.map { hashes[Int($0)] }, rows: order.map { rows[Int($0)] })
    }
}

extension LiveBatch {
    /// The rows whose key in column `column` is exactly `key`, ascending; none for NULL.
    ///
    /// - Precondition: the column is VARCHAR or BIGINT.
    /// - Complexity: O(log rows); the first call for a column sorts its hashes, while others wait.
    public func rowIndices(matching key: Value, column: Int) -> [Int] {
        guard let hash = KeyHash.hash(of: key) else { return [] }
        let values = rows.columns[column]
        return keyIndex.candidates(values, index: column, hash: hash)
            .filter { values.holds(key, at: $0) }
    }
}
