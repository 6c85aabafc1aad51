import Segments

/// The rows of a table scan: blocks of its segments, then its live rows.
struct TableSource: UnitSource {
    private let scan: TableScan
    private let units: [Unit]
    private let context: QueryContext

    private enum Unit {
        case live(RowBatch, Range<Int>)
    }

    /// Decides what to read of the scan's table.
    init(_ scan: TableScan, _ context: QueryContext) throws(QueryError) {
        self.scan = scan
        self.context = context
        guard let table = context.snapshot.table(scan.table.id) else {
            throw QueryError(.unknownTable, "table '\(scan.table.name)' is gone")
        }
        guard table.segments.isEmpty else {
            throw QueryError(.damagedSegment, "segments cannot be read yet")
        }
        var units: [Unit] = []
        var statistics = QueryStatistics()
        statistics.rowsTotal = table.rowCount
        for batch in table.live {
            for start in stride(from: 0, to: batch.rows.rowCount, by: Block.rowCount) {
                let end = min(batch.rows.rowCount, start + Block.rowCount)
                units.append(.live(batch.rows, start..<end))
            }
        }
        context.count(statistics)
        self.units = units
    }

    var unitCount: Int { units.count }

    func batch(_ unit: Int) throws(QueryError) -> Batch {
        switch units[unit] {
        case .live(let rows, let range):
            var read = QueryStatistics()
            read.rowsRead = range.count
            read.liveRows = range.count
            context.count(read)
            return Batch(
                rowCount: range.count, columnCount: scan.columns.count,
                source: LiveSource(rows: rows, range: range, columns: scan.columns))
        }
    }
}

/// A slice of a live batch.
private struct LiveSource: BatchSource {
    let rows: RowBatch
    let range: Range<Int>
    let columns: [Int]

    func load(_ index: Int) -> Column { rows.columns[columns[index]].slice(range) }

    func zone(_ index: Int) -> ValueRange? { nil }
}
