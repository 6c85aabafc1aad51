/// Everything that one query may read: an immutable list of tables with their visible segments and
/// live rows, taken in one step.
///
/// Holding a snapshot keeps its segments' files: a retired file is removed only when the last
/// snapshot that lists it is gone.
public final class Snapshot: Sendable {
    /// The log position up to which every acknowledged request is in here; what answers carry as
    /// their version. Never goes back.
    public let version: UInt64
    /// The manifest this snapshot stands on.
    public let manifestVersion: UInt64
    /// By ascending table id.
    public let tables: [TableSnapshot]

    /// A snapshot; `tables` by ascending table id.
    public init(version: UInt64, manifestVersion: UInt64, tables: [TableSnapshot]) {
        self.version = version
        self.manifestVersion = manifestVersion
        self.tables = tables
    }

    /// The table of that exact name. O(tables).
    public func table(named name: String) -> TableSnapshot? {
        tables.first { $0.schema.name == name }
    }

    /// Those of all tables.
    public var rollups: [RollupSnapshot] { tables.flatMap(\.rollups) }

    /// The table with that number. O(tables).
    public func table(_ id: TableID) -> TableSnapshot? { tables.first { $0.schema.id == id } }
}

/// One table in a snapshot.
public struct TableSnapshot: Sendable {
    /// How the table is declared at this version.
    public let schema: TableSchema
    /// The published segments by ascending chunk start, then id.
    public let segments: [SegmentHandle]
    /// Live rows in order of arrival; none of them is in a segment of `segments`.
    public let live: [LiveBatch]
    /// Every row up to this log position is in `segments`.
    public let flushedLSN: UInt64
    /// By ascending id.
    public let rollups: [RollupSnapshot]
    /// `segments` as look-ups by key see them.
    public let keys: KeyDirectory

    /// A table's part of a snapshot.
    ///
    /// - Parameter keys: That of an earlier snapshot with the same segments and key columns.
    public init(
        schema: TableSchema, segments: [SegmentHandle], live: [LiveBatch], flushedLSN: UInt64,
        rollups: [RollupSnapshot] = [], keys: KeyDirectory? = nil
    ) {
        self.keys = keys ?? KeyDirectory(segments, schema: schema)
        self.schema = schema
        self.segments = segments
        self.live = live
        self.flushedLSN = flushedLSN
        self.rollups = rollups
    }

    /// Rows in segments and live ones.
    public var rowCount: Int {
        segments.reduce(0) { $0 + $1.entry.rowCount } + live.reduce(0) { $0 + $1.rows.rowCount }
    }
}

/// One rollup of a table in a snapshot.
public struct RollupSnapshot: Sendable {
    /// How the rollup is declared.
    public let rollup: Rollup
    /// The schema of its rows.
    public let schema: TableSchema
    /// Its files by the segment each of them sums up; a segment without one is read itself.
    public let files: [SegmentID: SegmentHandle]

    /// A rollup's part of a snapshot.
    public init(rollup: Rollup, schema: TableSchema, files: [SegmentID: SegmentHandle]) {
        self.rollup = rollup
        self.schema = schema
        self.files = files
    }
}
