import Segments

/// The rows of a table scan: what is left of its segments after pruning, then its live rows.
struct TableSource: UnitSource {
    let scan: TableScan
    /// What is read.
    private(set) var units: [ScanUnit]
    private let context: QueryContext
    /// Whether what is read counts in the query's statistics.
    private let isCounted: Bool

    /// Decides what to read of the scan's table.
    ///
    /// - Throws: `segment_corrupt` where a segment that cannot be pruned cannot be opened.
    init(_ scan: TableScan, _ context: QueryContext, isCounted: Bool = true) throws(QueryError) {
        self.scan = scan
        self.context = context
        self.isCounted = isCounted
        let pruning = try ScanPruning(
            scan, context.snapshot, now: context.now,
            usesCodeIndexes: context.limits.usesCodeIndexes)
        if isCounted { context.count(pruning.statistics) }
        units = pruning.units
    }

    /// What is left of a scan; what there was is counted by the caller.
    init(_ scan: TableScan, _ pruning: ScanPruning, _ context: QueryContext) {
        self.scan = scan
        self.context = context
        isCounted = true
        units = pruning.units
    }

    var unitCount: Int { units.count }

    /// How many rows are left after pruning.
    var rowCount: Int { units.reduce(0) { $0 + $1.rowCount } }

    /// No more rows than this, in no more units, are read by one thread.
    private static let smallRowCount = 2_048
    private static let smallUnitCount = 8

    var isSmall: Bool {
        units.count <= Self.smallUnitCount && rowCount <= Self.smallRowCount
    }

    func zone(_ unit: Int, _ column: Int) -> ValueRange? { units[unit].zone(column, scan) }

    /// The same rows, those first that may come first by the values of a column: a sort that keeps
    /// few of them has seen enough early.
    func ordered(by column: Int, isAscending: Bool) -> TableSource {
        let bounds = units.map { unit -> Value? in
            let zone = unit.zone(column, scan)
            return isAscending ? zone?.minimum : zone?.maximum
        }
        let order = units.indices.sorted { one, other in
            // What nothing is known of comes first.
            guard let left = bounds[one], let right = bounds[other] else {
                return bounds[one] == nil && bounds[other] != nil
                    || (bounds[one] == nil) == (bounds[other] == nil) && one < other
            }
            let order = ValueOrder.compare(left, right)
            return order == 0 ? one < other : (order < 0) == isAscending
        }
        var source = self
        source.units = order.map { units[$0] }
        return source
    }

    func batch(_ unit: Int) throws(QueryError) -> Batch {
        let stored = try stored(unit)
        guard let visible = stored.visible else { return stored.batch }
        let rows = visible.rows(of: stored.batch.rowCount, where: Truth.whereTrue)
        let batch = stored.batch.narrowed(to: rows)
        batch.passesScanFilter = stored.batch.passesScanFilter
        return batch
    }

    func stored(_ unit: Int) throws(QueryError) -> StoredRows {
        var read = QueryStatistics()
        let unit = units[unit]
        let source: any BatchSource
        switch unit.place {
        case .live(let rows, let range):
            read.liveRows = range.count
            source = LiveSource(rows: rows, range: range, scan: scan)
        case .block(let reader, let block):
            read.blocksRead = 1
            source = BlockSource(reader: reader, block: block, scan: scan)
        case .rows(let reader, let rows):
            source = PickedSource(reader: reader, rows: rows, scan: scan)
        }
        read.rowsRead = unit.rowCount
        let visible: Truth?
        do throws(SegmentError) { visible = try unit.visible() } catch {
            throw QueryError(error)
        }
        if let visible { read.rowsHidden = read.rowsRead - visible.trueCount(of: read.rowsRead) }
        if isCounted { context.count(read) }
        let batch = Batch(
            rowCount: read.rowsRead, columnCount: scan.columns.count + scan.paths.count,
            source: source)
        batch.passesScanFilter = unit.passesFilter
        return StoredRows(batch: batch, visible: visible)
    }
}

/// A slice of a live batch.
private struct LiveSource: BatchSource {
    let rows: RowBatch
    let range: Range<Int>
    let scan: TableScan

    func load(_ index: Int) -> Column {
        guard let path = scan.path(index) else {
            return rows.columns[scan.columns[index]].slice(range)
        }
        return JSONValues.scalars(at: path.path, of: rows.columns[path.column].slice(range))
    }

    func zone(_ index: Int) -> ValueRange? { nil }
}

/// A block of a segment.
private struct BlockSource: BatchSource {
    let reader: SegmentReader
    let block: Int
    let scan: TableScan

    /// Above this part of a block's rows, decoding all of them is cheaper than picking.
    private static let pickedPart = 32

    func load(_ index: Int) throws(QueryError) -> Column {
        do {
            guard let path = scan.path(index) else {
                return try reader.column(scan.definition(index), block: block)
            }
            let column = scan.table.columns[path.column]
            if let values = try reader.column(at: path.path, of: column, block: block) {
                return values
            }
            return JSONValues.scalars(
                at: path.path, of: try reader.column(column, block: block))
        } catch {
            throw QueryError(error)
        }
    }

    func load(_ index: Int, rows: [Int32]) throws(QueryError) -> Column? {
        let range = reader.rowRange(ofBlock: block)
        guard rows.count <= range.count / Self.pickedPart else { return nil }
        let first = Int32(truncatingIfNeeded: range.lowerBound)
        return try scan.pick(index, rows.map { $0 + first }, reader)
    }

    func sum(_ index: Int) throws(QueryError) -> SegmentReader.BlockSum? {
        guard scan.path(index) == nil else { return nil }
        do {
            return try reader.sum(of: scan.definition(index), block: block)
        } catch {
            throw QueryError(error)
        }
    }

    func runs(_ index: Int) throws(QueryError) -> CodeRuns? {
        guard scan.path(index) == nil else { return nil }
        do {
            return try reader.runs(of: scan.definition(index), block: block)
        } catch {
            throw QueryError(error)
        }
    }

    func entries(_ index: Int) throws(QueryError) -> (codes: Int, entries: Column)? {
        guard let path = scan.path(index),
            let codes = scan.columns.firstIndex(of: path.column)
        else { return nil }
        do {
            let column = scan.table.columns[path.column]
            return try reader.entries(at: path.path, of: column).map { (codes, $0) }
        } catch {
            throw QueryError(error)
        }
    }

    func zone(_ index: Int) -> ValueRange? {
        guard scan.path(index) == nil else { return nil }
        let column = scan.definition(index)
        return ValueRange(reader.zoneMap(of: column, block: block), column.type)
    }
}

/// Some rows of a segment.
private struct PickedSource: BatchSource {
    let reader: SegmentReader
    let rows: [Int32]
    let scan: TableScan

    func load(_ index: Int) throws(QueryError) -> Column { try scan.pick(index, rows, reader) }

    func load(_ index: Int, rows: [Int32]) throws(QueryError) -> Column? {
        try scan.pick(index, rows.map { self.rows[Int($0)] }, reader)
    }

    func zone(_ index: Int) -> ValueRange? {
        ScanUnit(.rows(reader, rows)).zone(index, scan)
    }
}

extension TableScan {
    /// The path whose scalars output column `index` is; `nil` for a column of the table.
    func path(_ index: Int) -> PathColumn? {
        index < columns.count ? nil : paths[index - columns.count]
    }

    /// Output column `index` in some rows of a segment.
    fileprivate func pick(
        _ index: Int, _ rows: [Int32], _ reader: SegmentReader
    ) throws(QueryError) -> Column {
        do {
            guard let path = path(index) else {
                return try reader.rows(at: rows, columns: [definition(index)]).columns[0]
            }
            let column = table.columns[path.column]
            if let values = try reader.column(at: path.path, of: column, rows: rows) {
                return values
            }
            return JSONValues.scalars(
                at: path.path, of: try reader.rows(at: rows, columns: [column]).columns[0])
        } catch {
            throw QueryError(error)
        }
    }

    /// The definition of output column `index`, which is one of the table.
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
