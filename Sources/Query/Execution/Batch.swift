import Segments

/// Where the columns of a batch come from when they are first asked for.
protocol BatchSource {
    /// The column at `index`, one value per row of the batch.
    func load(_ index: Int) throws(QueryError) -> Column
    /// The column at `index` in some of the batch's rows, ascending, where that costs less than
    /// the whole column; else `nil`.
    func load(_ index: Int, rows: [Int32]) throws(QueryError) -> Column?
    /// What is known of the column's values without reading them.
    func zone(_ index: Int) -> ValueRange?
    /// The rows where the column has a value, where that costs less than the column; else `nil`.
    func validity(_ index: Int) -> Bitmap?
    /// The sum of the column's values in all rows, where that costs less than the column; else
    /// `nil`.
    func sum(_ index: Int) throws(QueryError) -> SegmentReader.BlockSum?
    /// Where the column's value in a row is that of the code which another column has there: the
    /// other column, and the value of each code. Else `nil`.
    func entries(_ index: Int) throws(QueryError) -> (codes: Int, entries: Column)?
    /// The column's values as runs of rows, where it has codes that are stored so; else `nil`.
    func runs(_ index: Int) throws(QueryError) -> CodeRuns?
}

extension BatchSource {
    func sum(_ index: Int) -> SegmentReader.BlockSum? { nil }
    func entries(_ index: Int) -> (codes: Int, entries: Column)? { nil }
    func load(_ index: Int, rows: [Int32]) -> Column? { nil }
    func runs(_ index: Int) -> CodeRuns? { nil }
    func validity(_ index: Int) -> Bitmap? { nil }
}

/// The rows of one block on their way through a pipeline; columns are loaded when first asked for,
/// so that what a filter discards or nobody reads is never decoded.
///
/// Belongs to one worker.
final class Batch {
    /// How many rows; never 0.
    let rowCount: Int
    /// The unit of the pipeline's source that the rows come from.
    var unit = 0
    /// Whether zone maps prove that every row satisfies the scan's filter.
    var passesScanFilter = false
    private var columns: [Column?]
    private var lastRuns: (index: Int, runs: CodeRuns?)?
    private let source: (any BatchSource)?

    /// Rows whose columns are there.
    init(rowCount: Int, columns: [Column]) {
        self.rowCount = rowCount
        self.columns = columns
        source = nil
    }

    /// Rows whose columns come from `source`.
    init(rowCount: Int, columnCount: Int, source: any BatchSource) {
        self.rowCount = rowCount
        columns = Array(repeating: nil, count: columnCount)
        self.source = source
    }

    /// How many columns there are to ask for.
    var columnCount: Int { columns.count }

    /// One column.
    func column(_ index: Int) throws(QueryError) -> Column {
        if let column = columns[index] { return column }
        guard let source else { preconditionFailure("column \(index) has no source") }
        let column: Column
        if let (codes, entries) = try entries(index) {
            column = Column.spread(entries, over: codes)
        } else {
            column = try source.load(index)
        }
        precondition(column.count == rowCount, "a column of the batch has another length")
        columns[index] = column
        return column
    }

    /// One column in some rows, ascending; kept as a whole where it is there or has to be.
    fileprivate func column(_ index: Int, rows: [Int32]) throws(QueryError) -> Column {
        if columns[index] == nil, let picked = try source?.load(index, rows: rows) {
            return picked
        }
        return try column(index).gather(rows)
    }

    /// The rows where a column has a value; `nil` for all.
    func validity(_ index: Int) throws(QueryError) -> Bitmap? {
        if columns[index] == nil, let known = source?.validity(index) { return known.unlessFull }
        return try column(index).validity
    }

    /// The sum of one column, where that need not be decoded for it; else `nil`.
    func sum(_ index: Int) throws(QueryError) -> SegmentReader.BlockSum? {
        columns[index] == nil ? try source?.sum(index) : nil
    }

    /// Where the value of a column is that of a code which the row has: the codes, and the value of
    /// each code. Else `nil`.
    func entries(_ index: Int) throws(QueryError) -> (codes: Column, entries: Column)? {
        guard let (codes, entries) = try source?.entries(index) else { return nil }
        return (try column(codes), entries)
    }

    /// The values of a column as runs of rows, where it is not there and is stored so; else `nil`.
    func runs(_ index: Int) throws(QueryError) -> CodeRuns? {
        guard columns[index] == nil, let source else { return nil }
        if let known = lastRuns, known.index == index { return known.runs }
        let runs = try source.runs(index)
        lastRuns = (index, runs)
        return runs
    }

    /// All columns.
    func allColumns() throws(QueryError) -> [Column] {
        var all: [Column] = []
        for index in columns.indices { all.append(try column(index)) }
        return all
    }

    /// What `source` says of the entries of a column.
    func entrySource(
        _ index: Int
    ) throws(QueryError) -> (codes: Int, entries: Column)? { try source?.entries(index) }

    /// What is known of a column without reading it.
    func zone(_ index: Int) -> ValueRange? { source?.zone(index) }

    /// The rows at `rows`, ascending.
    func narrowed(to rows: [Int32]) -> Batch {
        if rows.count == rowCount { return self }
        let narrowed = Batch(
            rowCount: rows.count, columnCount: columns.count,
            source: NarrowedSource(batch: self, rows: rows))
        narrowed.unit = unit
        return narrowed
    }
}

/// Some rows of another batch.
private struct NarrowedSource: BatchSource {
    let batch: Batch
    let rows: [Int32]

    func load(_ index: Int) throws(QueryError) -> Column {
        try batch.column(index, rows: rows)
    }

    func load(_ index: Int, rows: [Int32]) throws(QueryError) -> Column? {
        try batch.column(index, rows: rows.map { self.rows[Int($0)] })
    }

    func zone(_ index: Int) -> ValueRange? { batch.zone(index) }

    func entries(_ index: Int) throws(QueryError) -> (codes: Int, entries: Column)? {
        try batch.entrySource(index)
    }

    func runs(_ index: Int) throws(QueryError) -> CodeRuns? {
        try batch.runs(index)?.keeping(rows)
    }
}

/// What is known of the values of a column in some rows.
///
/// ∀ row: the row is NULL, or `minimum ≤ value ≤ maximum`; bounds need not be attained.
struct ValueRange {
    /// A lower bound; `nil` where none is known.
    var minimum: Value?
    /// An upper bound; `nil` where none is known.
    var maximum: Value?
    /// How many rows are NULL; `nil` where that is not known.
    var nullCount: Int?
    /// How many rows there are.
    var rowCount: Int
}
