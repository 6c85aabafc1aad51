import Synchronization

/// Finds live rows by key: the in-memory twin of a segment's key index.
///
/// Hashes in ascending order with their rows, made at the first look-up of each column; a batch
/// never changes, so what is made stays right.
final class LiveKeyIndex: Sendable {
    private final class Table: Sendable {
        let hashes: [UInt64]
        let rows: [UInt32]

        init(_ hashes: [UInt64], _ rows: [UInt32]) {
            let order = RadixOrder.positions(ordering: hashes)
            self.hashes = order.map { hashes[Int($0)] }
            self.rows = order.map { rows[Int($0)] }
        }
    }

    private final class Slot: Sendable {
        let column: Int
        let table = AtomicLazyReference<Table>()

        init(_ column: Int) { self.column = column }
    }

    private let slots: [Slot]
    private let wholeKey = AtomicLazyReference<Table>()

    /// Nothing made yet, for the columns at these positions.
    init(columns: [Int]) { slots = columns.map { Slot($0) } }

    /// The columns that can be looked up.
    var columns: [Int] { slots.map(\.column) }

    /// Whether a look-up in the column has nothing to make.
    func isReady(_ index: Int) -> Bool { slot(index).table.load() != nil }

    private func slot(_ index: Int) -> Slot {
        for slot in slots where slot.column == index { return slot }
        preconditionFailure("column \(index) has no key index")
    }

    /// The rows of `column`, which is column `index` of the batch, that may hold a key of `hash`.
    ///
    /// - Precondition: the column is one of those given to `init`.
    func candidates(_ column: Column, index: Int, hash: UInt64) -> [Int] {
        let slot = slot(index)
        // Two threads may make it; both get the same object.
        let table: Table
        if let made = slot.table.load() {
            table = made
        } else {
            let (hashes, rows) = KeyHash.hashes(of: column)
            table = slot.table.storeIfNil(Table(hashes, rows))
        }
        return Self.candidates(hash, in: table)
    }

    /// The rows that may hold a primary key of `hash`; `columns` are those of the key.
    func candidates(ofKey columns: [Column], hash: UInt64) -> [Int] {
        let table: Table
        if let made = wholeKey.load() {
            table = made
        } else {
            let hashes = KeyHash.hashes(ofKey: columns)
            table = wholeKey.storeIfNil(
                Table(hashes, hashes.indices.map { UInt32(truncatingIfNeeded: $0) }))
        }
        return Self.candidates(hash, in: table)
    }

    private static func candidates(_ hash: UInt64, in table: Table) -> [Int] {
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
}

extension LiveBatch {
    /// Rows up to which an index is made on the way, in tens of microseconds.
    private static let quickRowCount = 1_024

    /// Whether a look-up in the key column costs no more than microseconds.
    public func isQuick(column: Int) -> Bool {
        rows.rowCount <= Self.quickRowCount || keyIndex.isReady(column)
    }

    /// The rows whose key in column `column` is exactly `key`, ascending; none for NULL.
    ///
    /// - Precondition: the table has a key index on the column.
    /// - Complexity: O(log rows); the first call for a column sorts its hashes.
    public func rowIndices(matching key: Value, column: Int) -> [Int] {
        guard let probe = KeyProbe(key) else { return [] }
        return rowIndices(matching: key, probe, column: column)
    }

    /// The rows that may have a primary key of that hash, ascending.
    ///
    /// - Parameter positions: Of the key's columns.
    /// - Complexity: As `rowIndices(matching:column:)`.
    public func candidates(ofKey positions: [Int], hash: UInt64) -> [Int] {
        keyIndex.candidates(ofKey: positions.map { rows.columns[$0] }, hash: hash)
    }

    /// The same, with the key's hash made once for many batches.
    public func rowIndices(matching key: Value, _ probe: KeyProbe, column: Int) -> [Int] {
        let values = rows.columns[column]
        return keyIndex.candidates(values, index: column, hash: probe.hash)
            .filter { values.holds(key, at: $0) }
    }
}
