import Segments
import TestSupport

/// A scripted life of a data directory, and what was published after each of its steps.
///
/// The same steps, in the same order, with the same numbers on every run, so that the state after
/// a crash can be compared with the states before and after the step it interrupted.
struct CatalogScript {
    /// What a restart has to find again.
    struct Content: Hashable {
        var tables: [TableEntry]
        var segments: [SegmentEntry]

        init(_ manifest: Manifest) {
            tables = manifest.tables
            segments = manifest.segments
        }
    }

    let disk: SimulatedFileSystem
    private(set) var catalog: Catalog?
    /// Published states that were reported to the caller, oldest first.
    private(set) var reported: [Content] = []

    static let steps: [@Sendable (inout CatalogScript) throws -> Void] = [
        { script in
            var options = CatalogOptions()
            options.newDatabaseID = 42
            script.catalog = try Fixture.open(script.disk, options: options)
        },
        { _ = try $0.opened.createTable(Fixture.schema("one")) },
        { try $0.seal(table: 1, lsn: 1...3) },
        { _ = try $0.opened.createTable(Fixture.schema("two")) },
        { try $0.seal(table: 1, lsn: 4...5) },
        { try $0.seal(table: 2, lsn: 6...6) },
        { try $0.compact(table: 1) },
        { $0.collect() },
        { try $0.seal(table: 1, lsn: 7...8) },
        { try $0.opened.dropTable(named: "two") },
        { $0.collect() },
        { _ = try $0.opened.createTable(Fixture.schema("two")) },
        { try $0.compact(table: 1) },
        { $0.collect() },
        { try $0.opened.publish(ManifestEdit()) },
        { $0.collect() },
    ]

    private let clock = ManualClock()
    struct NotOpen: Error {}

    init(_ disk: SimulatedFileSystem) { self.disk = disk }

    var opened: Catalog {
        get throws {
            guard let catalog else { throw NotOpen() }
            return catalog
        }
    }

    /// Runs one step and notes what was published.
    mutating func run(_ step: Int) throws {
        try Self.steps[step](&self)
        reported.append(Content(try opened.manifest))
    }

    /// Runs every step until one fails.
    mutating func runAll() throws {
        for step in Self.steps.indices { try run(step) }
    }

    private func seal(table number: UInt32, lsn: ClosedRange<UInt64>) throws {
        let catalog = try opened
        let table = TableID(number)
        guard let schema = catalog.snapshot.table(table)?.schema else { throw NotOpen() }
        for position in lsn where position > catalog.snapshot.version {
            let batch = Fixture.live(schema, lsn: position, first: Int(position), count: 2)
            catalog.appendLive(version: position, [(table, batch)])
        }
        let flushed = catalog.freezeLive(table).last?.lastLSN
        var edit = ManifestEdit()
        edit.addedSegments = [try write(table, lsn: lsn)]
        if let flushed { edit.flushedLSN = [table: flushed] }
        try catalog.publish(edit)
    }

    private func compact(table number: UInt32) throws {
        let catalog = try opened
        let table = TableID(number)
        let inputs = catalog.snapshot.table(table)?.segments.map(\.entry) ?? []
        var edit = ManifestEdit()
        edit.addedSegments = [try write(table, lsn: 1...8)]
        edit.removedSegments = inputs.map(\.id)
        try catalog.publish(edit)
    }

    private func write(_ table: TableID, lsn: ClosedRange<UInt64>) throws -> SegmentEntry {
        let entry = Fixture.entry(try opened.reserveSegmentID(), table, lsn: lsn, byteCount: 700)
        try Fixture.writeFile(of: entry, in: disk)
        return entry
    }

    private func collect() {
        clock.advance(seconds: 3_600)
        _ = catalog?.collectGarbage(clock: clock)
    }
}
