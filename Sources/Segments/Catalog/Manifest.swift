/// A table as the manifest keeps it.
public struct TableEntry: Hashable, Sendable {
    /// How the table is declared.
    public var schema: TableSchema
    /// Every row of this table up to this log position is in a segment; replay starts behind it.
    public var flushedLSN: UInt64
    /// The id that the table's next new column gets.
    public var nextColumnID: UInt32

    /// A table's entry.
    public init(schema: TableSchema, flushedLSN: UInt64, nextColumnID: UInt32) {
        self.schema = schema
        self.flushedLSN = flushedLSN
        self.nextColumnID = nextColumnID
    }
}

/// Everything that is published, at one version: the whole truth about segments and tables.
///
/// Each version is one immutable file `manifest/M-<version>`; the highest one that validates wins.
public struct Manifest: Hashable, Sendable {
    /// Counts publications from 1.
    public var version: UInt64
    /// The hash of the previous version's file; zeros for the first.
    public var previousHash: Hash128
    /// Drawn when the data directory was made.
    public var databaseID: UInt128
    /// By ascending table id.
    public var tables: [TableEntry]
    /// By ascending id.
    public var rollups: [Rollup]
    /// By ascending id.
    public var views: [View]
    /// By ascending id.
    public var sources: [SourceDefinition]
    /// By ascending id.
    public var endpoints: [Endpoint]
    /// Those of tables and of rollups, by ascending segment id.
    public var segments: [SegmentEntry]
    /// The next segment's number; every number below has been given away.
    public var nextSegmentID: UInt64
    /// The next number of a table, rollup, view, source or endpoint.
    public var nextTableID: UInt32

    /// The manifest of an empty data directory.
    public init(databaseID: UInt128) {
        version = 0
        previousHash = Hash128(low: 0, high: 0)
        self.databaseID = databaseID
        tables = []
        rollups = []
        views = []
        sources = []
        endpoints = []
        segments = []
        nextSegmentID = 1
        nextTableID = 1
    }
}

/// A change from one manifest to the next, published whole or not at all.
public struct ManifestEdit: Sendable {
    /// New tables, with ids the catalog gave.
    public var addedTables: [TableEntry] = []
    /// Tables whose schema becomes another.
    public var changedTables: [TableChange] = []
    /// Tables to forget, with all their segments.
    public var droppedTables: [TableID] = []
    /// New rollups, with ids the catalog gave.
    public var addedRollups: [Rollup] = []
    /// Rollups to forget, with all their files.
    public var droppedRollups: [TableID] = []
    /// New endpoints, with ids the catalog gave.
    public var addedEndpoints: [Endpoint] = []
    /// Endpoints to forget.
    public var droppedEndpoints: [TableID] = []
    /// New views, with ids the catalog gave.
    public var addedViews: [View] = []
    /// Views to forget.
    public var droppedViews: [TableID] = []
    /// New sources, with ids the catalog gave.
    public var addedSources: [SourceDefinition] = []
    /// Sources whose definition becomes another, under the same id and name.
    public var changedSources: [SourceDefinition] = []
    /// Sources to forget.
    public var droppedSources: [TableID] = []
    /// Segments whose files are written and synced. One that is a rollup (`sourceID`) is left out
    /// where its rollup or the segment it is of is not there any more; it replaces an older one.
    public var addedSegments: [SegmentEntry] = []
    /// Segments to retire, with their rollups; each must still be there, or the edit is refused.
    public var removedSegments: [SegmentID] = []
    /// New flush positions; a position never goes back.
    public var flushedLSN: [TableID: UInt64] = [:]
    /// Where rows of live batches and removed segments are in the added ones. Needed where rows of
    /// the inputs are dead, or may die before the edit is visible.
    public var moves: [TableID: [RowMove]] = [:]

    /// A change of nothing.
    public init() {}
}
