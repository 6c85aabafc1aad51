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
    /// By ascending id.
    public let views: [View]
    /// By ascending id.
    public let endpoints: [Endpoint]

    /// A snapshot; `tables` by ascending table id.
    public init(
        version: UInt64, manifestVersion: UInt64, tables: [TableSnapshot], views: [View] = [],
        endpoints: [Endpoint] = []
    ) {
        self.version = version
        self.manifestVersion = manifestVersion
        self.tables = tables
        self.views = views
        self.endpoints = endpoints
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
    /// Rows of `segments` that readers do not see; nothing for a segment without them. Those of
    /// live rows are with their batch.
    public let dead: [SegmentID: DeadRows]

    /// A table's part of a snapshot.
    ///
    /// - Parameter keys: That of an earlier snapshot with the same segments and key columns.
    public init(
        schema: TableSchema, segments: [SegmentHandle], live: [LiveBatch], flushedLSN: UInt64,
        rollups: [RollupSnapshot] = [], keys: KeyDirectory? = nil,
        dead: [SegmentID: DeadRows] = [:]
    ) {
        self.dead = dead
        self.keys = keys ?? KeyDirectory(segments, schema: schema)
        self.schema = schema
        self.segments = segments
        self.live = live
        self.flushedLSN = flushedLSN
        self.rollups = rollups
    }

    /// Rows in segments and live ones, without dead ones.
    public var rowCount: Int {
        segments.reduce(0) { $0 + $1.entry.rowCount } + live.reduce(0) { $0 + $1.livingRowCount }
            - dead.values.reduce(0) { $0 + $1.count }
    }

    /// Some of the table's segments and live rows, with what is dead of them.
    public func part(segments: [SegmentHandle], live: [LiveBatch]) -> TableSnapshot {
        TableSnapshot(
            schema: schema, segments: segments, live: live, flushedLSN: flushedLSN,
            dead: dead.isEmpty
                ? dead
                : segments.reduce(into: [:]) { $0[$1.entry.id] = dead[$1.entry.id] })
    }

    /// The dead rows of segments after further deaths.
    ///
    /// - Precondition: the segments are here and have the rows.
    func dead(killing deaths: [SegmentID: [Kill]]) -> [SegmentID: DeadRows] {
        guard !deaths.isEmpty else { return dead }
        let rowCounts = segments.reduce(into: [:]) { $0[$1.entry.id] = $1.entry.rowCount }
        var dead = dead
        for (segment, kills) in deaths {
            guard let rowCount = rowCounts[segment],
                kills.allSatisfy({ Int($0.row) < rowCount })
            else { preconditionFailure("a row of segment \(segment.rawValue) dies that is not") }
            dead[segment, default: DeadRows()].add(kills)
        }
        return dead
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
