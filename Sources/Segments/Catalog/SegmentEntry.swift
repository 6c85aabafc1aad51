/// A segment's number; given once in a data directory, never reused, not even of a deleted one.
public struct SegmentID: Hashable, Sendable, Comparable {
    /// Counts from 1.
    public let rawValue: UInt64

    /// The number as stored.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Orders by age.
    public static func < (one: SegmentID, other: SegmentID) -> Bool {
        one.rawValue < other.rawValue
    }
}

/// What the manifest says about one published segment.
public struct SegmentEntry: Hashable, Sendable {
    /// The segment's number, which also names its file.
    public var id: SegmentID
    /// Whose rows it holds: a table's, or a rollup's.
    public var tableID: TableID
    /// The time chunk it belongs to.
    public var chunk: TimeRange
    /// The exact size of the file.
    public var byteCount: Int
    /// The hash of the whole file.
    public var fileHash: Hash128
    /// The smallest and largest timestamp of its rows; both 0 for a table without time.
    public var minimumTime: Int64
    /// See `minimumTime`; inclusive.
    public var maximumTime: Int64
    /// Counts and sums of its rows.
    public var totals: ControlTotals
    /// 0 as sealed, one more than its highest input as compacted.
    public var level: Int
    /// The log positions whose rows it holds lie in this range, both inclusive.
    public var firstLSN: UInt64
    /// See `firstLSN`.
    public var lastLSN: UInt64
    /// The segment whose rollup this is; `nil` for a segment of a table's own rows.
    public var sourceID: SegmentID?

    /// An entry; see the properties.
    public init(
        id: SegmentID, tableID: TableID, chunk: TimeRange, byteCount: Int, fileHash: Hash128,
        minimumTime: Int64, maximumTime: Int64, totals: ControlTotals, level: Int,
        firstLSN: UInt64, lastLSN: UInt64, sourceID: SegmentID? = nil
    ) {
        self.id = id
        self.tableID = tableID
        self.chunk = chunk
        self.byteCount = byteCount
        self.fileHash = fileHash
        self.minimumTime = minimumTime
        self.maximumTime = maximumTime
        self.totals = totals
        self.level = level
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
        self.sourceID = sourceID
    }

    /// How many rows it holds.
    public var rowCount: Int { totals.rowCount }

    /// Where its file lies, relative to the data directory.
    public var path: String { Self.path(of: id) }

    /// Where segment files lie, relative to the data directory.
    public static let directory = "seg"

    /// Where the file of segment `id` lies: `seg/` and sixteen hexadecimal digits.
    public static func path(of id: SegmentID) -> String {
        let digits = String(id.rawValue, radix: 16)
        let zeros = String(repeating: "0", count: 16 - digits.count)
        return directory + "/" + zeros + digits + ".segment"
    }
}
