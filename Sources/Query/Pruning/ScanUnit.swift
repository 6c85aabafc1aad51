import Segments

/// One unit of a table scan: at most a block of rows.
struct ScanUnit: Sendable {
    /// Where the rows are.
    enum Place: Sendable {
        case live(RowBatch, Range<Int>)
        /// A block of a segment.
        case block(SegmentReader, Int)
        /// Rows of a segment that an index found, ascending.
        case rows(SegmentReader, [Int32])
    }

    let place: Place
    /// Whether every row satisfies the scan's filter for sure.
    var passesFilter = false
    /// Which of the rows are not to be seen; `nil` for none.
    var hidden: HiddenRows?

    init(_ place: Place, passesFilter: Bool = false, hidden: HiddenRows? = nil) {
        self.place = place
        self.passesFilter = passesFilter
        self.hidden = hidden
    }

    /// How many rows are stored there.
    var rowCount: Int {
        switch place {
        case .live(_, let range): range.count
        case .block(let reader, let block): reader.rowRange(ofBlock: block).count
        case .rows(_, let rows): rows.count
        }
    }

    /// What is known of a column without reading it.
    func zone(_ index: Int, _ scan: TableScan) -> ValueRange? {
        guard scan.path(index) == nil else { return nil }
        let column = scan.definition(index)
        let zone: ZoneMap? =
            switch place {
            case .live: nil
            case .block(let reader, let block): reader.zoneMap(of: column, block: block)
            case .rows(let reader, _): reader.zoneMap(of: column)
            }
        return zone.map { ValueRange($0, column.type) }
    }

    /// Which rows are to be seen; `nil` for all.
    func visible() throws(SegmentError) -> Truth? {
        guard let hidden else { return nil }
        switch place {
        case .live(let rows, let range):
            return hidden.visible(
                in: range, hidden.expiry.map { rows.columns[$0.position].slice(range) })
        case .block(let reader, let block):
            var times: Column?
            if let expiry = hidden.expiry {
                times = try reader.column(expiry.column, block: block)
            }
            return hidden.visible(in: reader.rowRange(ofBlock: block), times)
        case .rows(let reader, let rows):
            guard let expiry = hidden.expiry else { return nil }
            return hidden.visible(try reader.rows(at: rows, columns: [expiry.column]).columns[0])
        }
    }
}
