import Segments
import Synchronization
import TestSupport
import Testing

@Suite("The catalog and threads")
struct CatalogConcurrencyTests {
    @Test("Readers see versions go up and each row once while publishers and the log run")
    func monotone() throws {
        let disk = SimulatedFileSystem()
        let catalog = try Catalog.open(disk)
        let clock = ManualClock()
        let schema = try catalog.createTable(Fixture.schema("t"))
        let scratch = try catalog.createTable(Fixture.schema("scratch")).id
        let isDone = Atomic<Bool>(false)
        let failures = Mutex<[String]>([])
        let appendCount: UInt64 = 3_000

        let log = EngineThread {
            for lsn in 1...appendCount {
                let batch = Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1)
                catalog.appendLive(version: lsn, [(schema.id, batch)])
            }
            isDone.store(true, ordering: .releasing)
        }
        let sealer = EngineThread {
            while !isDone.load(ordering: .acquiring) {
                let frozen = catalog.freezeLive(schema.id)
                guard let first = frozen.first, let last = frozen.last else { continue }
                do {
                    var entry = Fixture.entry(
                        catalog.reserveSegmentID(), schema.id, lsn: first.firstLSN...last.lastLSN)
                    entry.totals.rowCount = frozen.reduce(0) { $0 + $1.rows.rowCount }
                    var edit = ManifestEdit()
                    edit.addedSegments = [entry]
                    edit.flushedLSN = [schema.id: last.lastLSN]
                    try catalog.publish(edit)
                } catch { failures.withLock { $0.append("seal: \(error)") } }
            }
        }
        let compactor = EngineThread {
            while !isDone.load(ordering: .acquiring) {
                do {
                    let inputs = catalog.snapshot.table(scratch)?.segments.map(\.entry.id) ?? []
                    let entry = Fixture.entry(catalog.reserveSegmentID(), scratch)
                    try Fixture.writeFile(of: entry, in: disk)
                    var edit = ManifestEdit()
                    edit.addedSegments = [entry]
                    edit.removedSegments = inputs
                    try catalog.publish(edit)
                    _ = catalog.collectGarbage(clock: clock, graceNanoseconds: 0)
                } catch { failures.withLock { $0.append("compact: \(error)") } }
            }
        }
        let readers = (0..<2).map { _ in
            EngineThread {
                var version: UInt64 = 0
                var manifestVersion: UInt64 = 0
                while !isDone.load(ordering: .acquiring) {
                    let snapshot = catalog.snapshot
                    let rowCount = snapshot.table(schema.id)?.rowCount ?? -1
                    let isGood =
                        snapshot.version >= version
                        && snapshot.manifestVersion >= manifestVersion
                        && rowCount == Int(snapshot.version)
                    if !isGood {
                        failures.withLock { $0.append("\(snapshot.version): \(rowCount) rows") }
                    }
                    for handle in snapshot.table(scratch)?.segments ?? []
                    where disk.contents(of: handle.entry.path) == nil {
                        failures.withLock { $0.append("\(handle.entry.path) is gone") }
                    }
                    version = snapshot.version
                    manifestVersion = snapshot.manifestVersion
                }
            }
        }
        for thread in [log, sealer, compactor] + readers { thread.join() }
        #expect(failures.withLock { $0 }.prefix(3) == [])
        #expect(catalog.snapshot.table(schema.id)?.rowCount == Int(appendCount))
        #expect(catalog.snapshot.table(scratch)?.segments.count ?? 0 <= 1)
    }
}
