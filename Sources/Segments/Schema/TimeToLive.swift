/// How long rows live: until so much time after the instant in one of their columns. A row whose
/// column is NULL lives for ever.
///
/// A row is gone for every reader from the first instant at which that time is over; its bytes go
/// at the next compaction.
public struct TimeToLive: Hashable, Sendable {
    /// The position of a TIMESTAMP column.
    public var column: Int
    /// How long after that instant; 0 where the column says itself when the row expires.
    public var microseconds: Int64

    /// The longest that may be declared: a million days.
    public static let maximumMicroseconds = 1_000_000 * CivilTime.microsecondsPerDay

    /// So many microseconds after the instant in a column.
    public init(column: Int, microseconds: Int64) {
        self.column = column
        self.microseconds = microseconds
    }

    /// So many days after the instant in a column.
    public static func days(_ days: Int64, column: Int) -> TimeToLive {
        TimeToLive(column: column, microseconds: days * CivilTime.microsecondsPerDay)
    }
}

/// Which rows of a table have expired at an instant.
///
/// ∀ row: it has expired ⇔ its column is not NULL and at most `cutoff`.
public struct RowExpiry: Sendable {
    /// The column that says when.
    public let column: ColumnDefinition
    /// Its position in the table's schema.
    public let position: Int
    /// The last instant in the column that has expired; microseconds.
    public let cutoff: Int64
    private let isTimestamp: Bool

    /// What has expired of a table's rows; `nil` where they live for ever.
    ///
    /// - Parameter now: Microseconds since 1970.
    public init?(_ schema: TableSchema, now: Int64) {
        guard let live = schema.timeToLive else { return nil }
        let (cutoff, overflow) = now.subtractingReportingOverflow(live.microseconds)
        if overflow { return nil }
        column = schema.columns[live.column]
        position = live.column
        isTimestamp = schema.timestampColumn == live.column
        self.cutoff = cutoff
    }

    /// How much of some rows has expired.
    public enum Part: Hashable, Sendable {
        case none, some, all
    }

    /// Of rows between these instants, none of them NULL.
    public func part(minimum: Int64, maximum: Int64) -> Part {
        maximum <= cutoff ? .all : (minimum > cutoff ? .none : .some)
    }

    /// Of rows with a zone map of the column.
    public func part(_ zone: ZoneMap) -> Part {
        guard case .integers(let low, let high)? = zone.bounds else { return .none }
        let part = part(minimum: low, maximum: high)
        return part == .all && zone.nullCount > 0 ? .some : part
    }

    /// Of a segment; opens it only where the manifest does not tell.
    public func part(of segment: SegmentHandle) throws(SegmentError) -> Part {
        if isTimestamp {
            return part(
                minimum: segment.entry.minimumTime, maximum: segment.entry.maximumTime)
        }
        return part(try segment.reader().zoneMap(of: column))
    }

    /// Of live rows.
    public func part(of batch: LiveBatch) -> Part {
        isTimestamp ? part(minimum: batch.minimumTime, maximum: batch.maximumTime) : .some
    }

    /// Whether a row with this value of the column has expired.
    public func hasExpired(_ column: Column, at row: Int) -> Bool {
        guard case .integers(let values) = column.values else { return false }
        return values[row] <= cutoff && column.validity?[row] ?? true
    }

    /// Whether a live row has expired.
    public func hasExpired(_ rows: RowBatch, at row: Int) -> Bool {
        hasExpired(rows.columns[position], at: row)
    }

    /// Those of a segment's rows that have expired, ascending.
    ///
    /// - Complexity: O(rows) of the blocks that hold both kinds.
    public func expiredRows(of reader: SegmentReader) throws(SegmentError) -> [Int32] {
        var expired: [Int32] = []
        for block in 0..<reader.blockCount {
            let range = reader.rowRange(ofBlock: block)
            switch part(reader.zoneMap(of: column, block: block)) {
            case .none: break
            case .all: expired += range.map { Int32(truncatingIfNeeded: $0) }
            case .some:
                let values = try reader.column(column, block: block)
                for row in 0..<values.count where hasExpired(values, at: row) {
                    expired.append(Int32(truncatingIfNeeded: range.lowerBound + row))
                }
            }
        }
        return expired
    }
}
