import Segments

/// `MAX(CASE WHEN condition THEN 1 ELSE 0 END)`: whether some row of a group satisfies the
/// condition; NULL for a group without rows.
final class FlagAccumulator: Accumulator {
    /// One per group: 1 where some row does.
    private var flags: [UInt8] = []

    var memoryBytes: Int { flags.count }
    var takesLeftOut: Bool { true }

    /// The condition of such a call; `nil` for any other.
    static func condition(of call: AggregateCall) -> BoundExpression? {
        guard call.function == .maximum, call.type == .bigint,
            case .caseWhen(let branches, let otherwise, .bigint)? = call.argument,
            branches.count == 1, case .literal(.bigint(1), _) = branches[0].result,
            case .literal(.bigint(0), _) = otherwise
        else { return nil }
        return branches[0].condition
    }

    func grow(to count: Int) { flags.grow(to: count, 0) }

    /// Adds rows that satisfy the condition.
    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        precondition(argument == nil, "rows are chosen, and have no argument")
        guard case .coded(let rows) = groups else { return Self.raise(&flags, groups, count) }
        let counts = rows.rowCounts()
        rows.forEachCell { cell, group in if counts[cell] > 0 { flags[group] = 1 } }
    }

    private static func raise(_ flags: inout [UInt8], _ groups: GroupNumbers, _ count: Int) {
        var flags = flags.mutableSpan
        GroupLoop.run(groups, count: count, validity: nil) { _, group in flags[group] = 1 }
    }

    /// Adds groups by bit `bit` of their words.
    func add(bit: Int, of words: [UInt64]) {
        for group in words.indices {
            flags[group] |= UInt8(truncatingIfNeeded: words[group] >> UInt64(bit) & 1)
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        for (group, flag) in sibling(other).flags.enumerated() { flags[Int(map[group])] |= flag }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = FlagAccumulator()
        part.flags = groups.map { flags[Int($0)] }
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let validity = NullCounts().validity(range, rowCounts: rowCounts)
        return .integers(flags[range].map { Int64($0) }, .bigint, validity)
    }
}
