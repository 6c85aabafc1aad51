/// Rows of a column that holds codes of a dictionary, as runs of rows with the same code; no row
/// is NULL.
///
/// What holds for a run is decided once, however many rows it has: rows that are clustered by a
/// column are a run for each of its values.
public struct CodeRuns: Sendable {
    /// The code of each run; neighbours may have the same.
    public let codes: [UInt32]
    /// Run `r` has the rows from `ends[r - 1]`, or 0, up to `ends[r]`: at least one.
    public let ends: [Int32]
    /// What the codes mean.
    public let dictionary: StringDictionary

    init(codes: [UInt32], ends: [Int32], dictionary: StringDictionary) {
        precondition(codes.count == ends.count)
        self.codes = codes
        self.ends = ends
        self.dictionary = dictionary
    }

    /// How many rows there are.
    public var rowCount: Int { Int(ends.last ?? 0) }

    /// The rows at `rows`, which ascend. O(rows + runs).
    ///
    /// - Precondition: every row is below `rowCount`.
    public func keeping(_ rows: [Int32]) -> CodeRuns {
        let kept = RunSelection(ends, keeping: rows)
        return CodeRuns(
            codes: kept.runs.map { codes[Int($0)] }, ends: kept.ends, dictionary: dictionary)
    }
}

/// What is left of runs of rows when some rows are kept.
public struct RunSelection {
    /// The runs that have a row left, ascending.
    public let runs: [Int32]
    /// For each of `runs`, where it ends among the rows that are kept.
    public let ends: [Int32]

    /// Of runs that end at `ends`, the rows at `rows`, which ascend. O(rows + runs).
    ///
    /// - Precondition: every row is below the last end.
    public init(_ ends: [Int32], keeping rows: [Int32]) {
        let (source, rows) = (ends.span, rows.span)
        var runs = [Int32](repeating: 0, count: ends.count)
        var kept = [Int32](repeating: 0, count: ends.count)
        var ownRuns = runs.mutableSpan
        var ownEnds = kept.mutableSpan
        var count = 0
        var row = 0
        for run in 0..<source.count {
            let start = row
            while row < rows.count, rows[row] < source[run] { row &+= 1 }
            ownRuns[count] = Int32(truncatingIfNeeded: run)
            ownEnds[count] = Int32(truncatingIfNeeded: row)
            count &+= row > start ? 1 : 0
        }
        precondition(row == rows.count, "a row is in no run")
        runs.removeLast(runs.count - count)
        kept.removeLast(kept.count - count)
        self.runs = runs
        self.ends = kept
    }
}
