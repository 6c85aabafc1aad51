/// What a step of the log kills in one table: rows that leave every later snapshot in the same swap
/// in which the rows that replace them arrive.
public struct TableDeaths: Sendable {
    /// Rows of published segments.
    public private(set) var segments: [SegmentID: [Kill]] = [:]
    /// Live rows: by the log position of the request that brought them, counted from 0 in what
    /// that request brought the table. They may have come in the same step.
    public private(set) var live: [UInt64: [Kill]] = [:]

    /// Nothing.
    public init() {}

    /// Whether nothing dies.
    public var isEmpty: Bool { segments.isEmpty && live.isEmpty }

    /// A row of a segment dies by the request at `lsn`.
    public mutating func kill(_ row: UInt32, of segment: SegmentID, at lsn: UInt64) {
        segments[segment, default: []].append(Kill(row: row, lsn: lsn))
    }

    /// A live row dies by the request at `lsn`.
    ///
    /// - Parameter born: The log position of the request that brought the row.
    public mutating func kill(_ row: UInt32, liveSince born: UInt64, at lsn: UInt64) {
        live[born, default: []].append(Kill(row: row, lsn: lsn))
    }
}
