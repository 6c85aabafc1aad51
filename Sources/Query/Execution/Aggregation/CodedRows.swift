import Segments

/// The rows of a batch by small codes that mean something within the batch only, and the group of
/// each code: aggregates are found by code first, and a cell of each code goes to its group.
struct CodedRows {
    /// One per row. The rows whose code is `numbers.count` are left out: they are in no group.
    private(set) var codes: [UInt32]
    /// The group of each code; the greatest number there is where a code is of no group.
    let numbers: [UInt32]
    /// The codes that rows of groups may have, each below `numbers.count`.
    let used: [UInt32]
    /// How many rows have each code, where that is known.
    private(set) var counts: [UInt32]?
    /// The sums of a column's values by code, where they came with the counts.
    private var sums: CellSums?

    /// Values of a column that are added up while rows are counted.
    struct Summed {
        /// The column's index in the batch.
        let column: Int
        /// None of them NULL, all of them within 2^34 from `least`.
        let values: [Int64]
        let least: Int64
    }

    private struct CellSums {
        let column: Int
        let cells: [Int64]
    }

    init(codes: [UInt32], numbers: [UInt32], used: [UInt32], counts: [UInt32]?) {
        self.codes = codes
        self.numbers = numbers
        self.used = used
        self.counts = counts
    }

    /// All rows that are true, in one group.
    init(_ truths: [UInt8], group: UInt32) {
        self.init(
            codes: CodeKernels.keep(truths.span), numbers: [group], used: [0], counts: nil)
    }

    /// Cells that kernels need: one for each code, and one for the rows that are left out.
    var size: Int { numbers.count + 1 }

    /// The rows at `rows`.
    func gather(_ rows: [Int32]) -> CodedRows {
        var gathered = self
        gathered.codes = GroupNumbers.pick(codes.span, rows.span)
        gathered.counts = nil
        gathered.sums = nil
        return gathered
    }

    /// The same without the rows that are not true.
    func keeping(_ truths: [UInt8]) -> CodedRows {
        var kept = self
        kept.codes = CodeKernels.keep(
            codes.span, truths.span, other: UInt32(truncatingIfNeeded: numbers.count))
        kept.counts = nil
        kept.sums = nil
        return kept
    }

    /// The same with sums of a column's values by code.
    func with(_ cells: [Int64], of column: Int) -> CodedRows {
        var summed = self
        summed.sums = CellSums(column: column, cells: cells)
        return summed
    }

    /// The sums of a column's values by code, where they are known.
    func sums(of column: Int) -> [Int64]? { sums?.column == column ? sums?.cells : nil }

    /// How many rows have each code.
    func rowCounts() -> [UInt32] { counts ?? CodeKernels.counts(codes.span, size: size) }

    /// The group of each row.
    ///
    /// - Precondition: no row is left out.
    func expanded() -> [UInt32] {
        let (codes, numbers) = (codes.span, numbers.span)
        return [UInt32](capacity: codes.count) { groups in
            for row in 0..<codes.count { groups.append(numbers[Int(codes[row])]) }
        }
    }

    /// Calls `body(cell, group)` for each code that rows may have.
    @inline(__always)
    func forEachCell(_ body: (Int, Int) -> Void) {
        for code in used { body(Int(code), Int(numbers[Int(code)])) }
    }
}
