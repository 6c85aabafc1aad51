import Segments

/// Conditions of several `FlagAccumulator`s as one integer per row: bit `i` is set where condition
/// `i` holds.
struct RowFlags {
    private let conditions: [Evaluator]

    /// The most conditions of one integer.
    static let maximumCount = 32

    /// Flags of `conditions`.
    init(_ conditions: [BoundExpression]) { self.conditions = conditions.map { Evaluator($0) } }

    /// The flags of every row of `batch`.
    func integers(_ batch: Batch) throws(QueryError) -> [Int64] {
        var flags = [Int64](repeating: 0, count: batch.rowCount)
        for (bit, condition) in conditions.enumerated() {
            switch try condition.truth(batch) {
            case .constant(Truth.yes):
                for row in flags.indices { flags[row] |= 1 << Int64(bit) }
            case .constant: break
            case .rows(let truths): Self.set(Int64(bit), truths.span, &flags)
            }
        }
        return flags
    }

    private static func set(_ bit: Int64, _ truths: Span<UInt8>, _ flags: inout [Int64]) {
        var flags = flags.mutableSpan
        precondition(truths.count >= flags.count)
        for row in 0..<flags.count {
            let flag: Int64 = truths[row] == Truth.yes ? 1 : 0
            flags[row] |= flag &<< bit
        }
    }

    /// Joins the flags of rows to those of their groups.
    static func join(_ flags: Span<Int64>, _ groups: Span<UInt32>, into words: inout [UInt64]) {
        var words = words.mutableSpan
        precondition(flags.count >= groups.count)
        for row in 0..<groups.count {
            words[Int(groups[row])] |= UInt64(bitPattern: flags[row])
        }
    }
}
