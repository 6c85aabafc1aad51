/// What must be the same before and after a segment's rows are moved: counts, sums and a hash that
/// does not depend on order.
///
/// Compaction, replacement and restore publish only if the totals of what goes in equal those of
/// what comes out.
public struct ControlTotals: Hashable, Sendable {
    /// How many rows.
    public var rowCount: Int
    /// One entry per BIGINT or DECIMAL column, by ascending column id.
    public var sums: [ColumnSum]
    /// The multiset hash of the rows.
    public var rows: MultisetHash

    /// The exact sum of a column.
    public struct ColumnSum: Hashable, Sendable {
        /// Which column, by its stable id.
        public var columnID: UInt32
        /// Rows with a value.
        public var valueCount: Int
        /// Unscaled; wraps at 128 bits, which equality does not mind.
        public var sum: Int128

        /// A column's sum.
        public init(columnID: UInt32, valueCount: Int, sum: Int128) {
            self.columnID = columnID
            self.valueCount = valueCount
            self.sum = sum
        }
    }

    /// The totals of no rows.
    public init() {
        rowCount = 0
        sums = []
        rows = MultisetHash()
    }

    /// Totals as given; `sums` by ascending column id.
    public init(rowCount: Int, sums: [ColumnSum], rows: MultisetHash) {
        self.rowCount = rowCount
        self.sums = sums
        self.rows = rows
    }

    /// Adds the totals of other rows.
    public mutating func add(_ other: ControlTotals) {
        rowCount += other.rowCount
        rows.add(other.rows)
        for sum in other.sums {
            let at = sums.firstIndex { $0.columnID >= sum.columnID } ?? sums.count
            if at < sums.count, sums[at].columnID == sum.columnID {
                sums[at].valueCount += sum.valueCount
                sums[at].sum &+= sum.sum
            } else {
                sums.insert(sum, at: at)
            }
        }
    }
}

extension ControlTotals {
    /// Takes away the totals of some of the rows.
    public mutating func subtract(_ other: ControlTotals) {
        rowCount -= other.rowCount
        rows.subtract(other.rows)
        for sum in other.sums {
            guard let at = sums.firstIndex(where: { $0.columnID == sum.columnID }) else { continue }
            sums[at].valueCount -= sum.valueCount
            sums[at].sum &-= sum.sum
        }
    }
}

/// A hash of a multiset of rows: equal multisets hash equal whatever their order, and the hash of a
/// union is the sum of the hashes.
public struct MultisetHash: Hashable, Sendable {
    /// Sum of one spreading of every row's hash, modulo 2^64.
    public var low: UInt64 = 0
    /// Sum of another spreading.
    public var high: UInt64 = 0

    /// The hash of no rows.
    public init() {}

    /// The hash as stored.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Adds one row by its 64-bit hash.
    @inlinable
    public mutating func add(rowHash: UInt64) {
        low &+= Hashing.mix(rowHash)
        high &+= Hashing.mix(rowHash, seed: ~Hashing.stableSeed)
    }

    /// Adds the rows of another multiset.
    public mutating func add(_ other: MultisetHash) {
        low &+= other.low
        high &+= other.high
    }

    /// Takes away rows that are in the multiset.
    public mutating func subtract(_ other: MultisetHash) {
        low &-= other.low
        high &-= other.high
    }
}

extension MultisetHash: CustomStringConvertible {
    /// 32 hexadecimal digits.
    public var description: String { Hash128(low: low, high: high).description }
}
