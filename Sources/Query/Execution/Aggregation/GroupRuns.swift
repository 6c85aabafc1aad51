import Segments

/// The rows of a batch as runs of rows in the same group.
struct GroupRuns {
    /// The group of each run.
    let numbers: [UInt32]
    /// Run `r` has the rows from `ends[r - 1]`, or 0, up to `ends[r]`.
    let ends: [Int32]

    /// The rows at `rows`, which ascend.
    func keeping(_ rows: [Int32]) -> GroupRuns {
        let kept = RunSelection(ends, keeping: rows)
        return GroupRuns(numbers: kept.runs.map { numbers[Int($0)] }, ends: kept.ends)
    }

    /// The group of each row.
    func expanded() -> [UInt32] {
        let (numbers, ends) = (numbers.span, ends.span)
        return [UInt32](capacity: Int(self.ends.last ?? 0)) { groups in
            for run in 0..<ends.count {
                groups.append(repeating: numbers[run], count: Int(ends[run]) &- groups.count)
            }
        }
    }
}
