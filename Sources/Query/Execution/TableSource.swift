import Segments

/// The rows of a table scan: what is left of its segments after pruning, then its live rows.
struct TableSource: UnitSource {
    private let scan: TableScan
    private let units: [ScanUnit]
    private let context: QueryContext

    /// Decides what to read of the scan's table.
    ///
    /// - Throws: `segment_corrupt` where a segment that cannot be pruned cannot be opened.
    init(_ scan: TableScan, _ context: QueryContext) throws(QueryError) {
        self.scan = scan
        self.context = context
        let pruning = try ScanPruning(scan, context.snapshot)
        context.count(pruning.statistics)
        units = pruning.units
    }

    var unitCount: Int { units.count }

    func batch(_ unit: Int) throws(QueryError) -> Batch {
        var read = QueryStatistics()
        let source: any BatchSource
        var passesFilter = false
        switch units[unit] {
        case .live(let rows, let range):
            read.rowsRead = range.count
            read.liveRows = range.count
            source = LiveSource(rows: rows, range: range, columns: scan.columns)
        case .block(let reader, let block, let passes):
            read.rowsRead = reader.rowRange(ofBlock: block).count
            read.blocksRead = 1
            passesFilter = passes
            source = BlockSource(reader: reader, block: block, scan: scan)
        case .rows(let reader, let rows):
            read.rowsRead = rows.count
            source = PickedSource(reader: reader, rows: rows, scan: scan)
        }
        context.count(read)
        let batch = Batch(
            rowCount: read.rowsRead, columnCount: scan.columns.count, source: source)
        batch.passesScanFilter = passesFilter
        return batch
    }
}

/// One unit of a table scan: at most a block of rows.
enum ScanUnit: Sendable {
    case live(RowBatch, Range<Int>)
    /// A block of a segment; `passesFilter` where every row satisfies the scan's filter for sure.
    case block(SegmentReader, Int, passesFilter: Bool)
    /// Rows of a segment that a key index found, ascending.
    case rows(SegmentReader, [Int32])
}

/// A slice of a live batch.
private struct LiveSource: BatchSource {
    let rows: RowBatch
    let range: Range<Int>
    let columns: [Int]

    func load(_ index: Int) -> Column { rows.columns[columns[index]].slice(range) }

    func zone(_ index: Int) -> ValueRange? { nil }
}

/// A block of a segment.
private struct BlockSource: BatchSource {
    let reader: SegmentReader
    let block: Int
    let scan: TableScan

    func load(_ index: Int) throws(QueryError) -> Column {
        do {
            return try reader.column(scan.definition(index), block: block)
        } catch {
            throw QueryError(error)
        }
    }

    func zone(_ index: Int) -> ValueRange? {
        let column = scan.definition(index)
        return reader.zoneMap(columnID: column.id, block: block)
            .map { ValueRange($0, column.type) }
    }
}

/// Some rows of a segment.
private struct PickedSource: BatchSource {
    let reader: SegmentReader
    let rows: [Int32]
    let scan: TableScan

    func load(_ index: Int) throws(QueryError) -> Column {
        do {
            return try reader.rows(at: rows, columns: [scan.definition(index)]).columns[0]
        } catch {
            throw QueryError(error)
        }
    }

    func zone(_ index: Int) -> ValueRange? { nil }
}

extension TableScan {
    /// The definition of output column `index`.
    func definition(_ index: Int) -> ColumnDefinition { table.columns[columns[index]] }
}

extension QueryError {
    /// A segment cannot be read: the query ends, it never answers without the segment.
    init(_ error: SegmentError) {
        self.init(
            .damagedSegment, error.description,
            hint: "the answer would lack rows; check the data directory, or restore the segment")
    }
}
