import Segments

/// The loops over runs of rows that are each in one group: of a sum, a look at two totals a run.
enum RunKernels {
    /// Adds the rows of each run to the count of its group.
    static func count(_ runs: GroupRuns, _ counts: inout [Int64]) {
        let (numbers, ends) = (runs.numbers.span, runs.ends.span)
        var counts = counts.mutableSpan
        var start: Int32 = 0
        for run in 0..<ends.count {
            counts[Int(numbers[run])] &+= Int64(ends[run] &- start)
            start = ends[run]
        }
    }

    /// Adds the values of each run to the sum of its group, without regard to overflow.
    ///
    /// Running totals of all values come first: most runs are so short that a loop for each would
    /// end where nobody foresees it.
    static func sum(_ runs: GroupRuns, _ values: Span<Int64>, _ sums: inout [Int64]) {
        let totals = totals(values)
        let (numbers, ends, upTo) = (runs.numbers.span, runs.ends.span, totals.span)
        var sums = sums.mutableSpan
        var before: Int64 = 0
        for run in 0..<ends.count {
            let total = upTo[Int(ends[run]) &- 1]
            sums[Int(numbers[run])] &+= total &- before
            before = total
        }
    }

    /// The sum of each value and all before it.
    private static func totals(_ values: Span<Int64>) -> [Int64] {
        var total: Int64 = 0
        return [Int64](capacity: values.count) { totals in
            for row in 0..<values.count {
                total &+= values[row]
                totals.append(total)
            }
        }
    }
}
