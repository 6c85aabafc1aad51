/// Marks by integers of a range with a step: what a hash table would say, in an array.
struct RangeMarks {
    /// The mark of `first + index · step`; 0 for none.
    var marks: [UInt32] = []
    private var first: Int64 = 0
    private var step: Int64 = 0

    /// Longer ranges are not worth an array.
    static let maximumCount = 1 << 16

    /// Makes room for `count` integers from `newFirst`; marks of others may be forgotten.
    ///
    /// - Returns: the index of `newFirst` in `marks`; `nil` where the range is too long.
    mutating func place(first newFirst: Int64, step newStep: Int64, count: Int) -> Int? {
        guard count <= Self.maximumCount else { return nil }
        if step == newStep, let offset = offset(newFirst), offset >= 0 {
            if offset + count <= marks.count { return offset }
            if offset + count <= Self.maximumCount {
                marks.grow(to: offset + count, 0)
                return offset
            }
        } else if step == newStep, let offset = offset(newFirst), -offset <= Self.maximumCount,
            marks.count - offset <= Self.maximumCount
        {
            marks = [UInt32](repeating: 0, count: -offset) + marks
            marks.grow(to: count, 0)
            first = newFirst
            return 0
        }
        (first, step) = (newFirst, newStep)
        marks = [UInt32](repeating: 0, count: count)
        return 0
    }

    private func offset(_ newFirst: Int64) -> Int? {
        let distance = newFirst.subtractingReportingOverflow(first)
        guard !distance.overflow, distance.partialValue % step == 0 else { return nil }
        return Int(distance.partialValue / step)
    }
}
