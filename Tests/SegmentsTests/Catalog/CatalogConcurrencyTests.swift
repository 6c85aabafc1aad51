import Segments
import Synchronization
import TestSupport
import Testing

@Suite("The catalog and threads")
struct CatalogConcurrencyTests {
    /// What the threads share: one table that the log fills, one that is compacted all the time.
    final class Shared: Sendable {
        let disk: SimulatedFileSystem
        let catalog: Catalog
        let schema: TableSchema
        let scratch: TableID
        let clock = ManualClock()
        let isDone = Atomic<Bool>(false)
        let failures = Mutex<[String]>([])
        let appendCount: UInt64 = 3_000

        init() throws {
            disk = SimulatedFileSystem()
            catalog = try Fixture.open(disk)
            schema = try catalog.createTable(Fixture.schema("t"))
            scratch = try catalog.createTable(Fixture.schema("scratch")).id
        }

        func fail(_ what: String) { failures.withLock { $0.append(what) } }

        /// The log's thread; the others stop with it.
        func append() {
            for lsn in 1...appendCount {
                let batch = Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1)
                catalog.appendLive(version: lsn, [(schema.id, batch)])
            }
            isDone.store(true, ordering: .releasing)
        }

        func seal() throws {
            let frozen = catalog.freezeLive(schema.id)
            guard let first = frozen.first, let last = frozen.last else { return }
            var entry = Fixture.entry(
                catalog.reserveSegmentID(), schema.id, lsn: first.firstLSN...last.lastLSN)
            entry.totals.rowCount = frozen.reduce(0) { $0 + $1.rows.rowCount }
            try Fixture.writeFile(of: entry, in: disk)
            var edit = ManifestEdit()
            edit.addedSegments = [entry]
            edit.flushedLSN = [schema.id: last.lastLSN]
            try catalog.publish(edit)
        }

        func compact() throws {
            let inputs = catalog.snapshot.table(scratch)?.segments.map(\.entry.id) ?? []
            let entry = Fixture.entry(catalog.reserveSegmentID(), scratch)
            try Fixture.writeFile(of: entry, in: disk)
            var edit = ManifestEdit()
            edit.addedSegments = [entry]
            edit.removedSegments = inputs
            try catalog.publish(edit)
            _ = catalog.collectGarbage(clock: clock, graceNanoseconds: 0)
        }

        /// Looks at one snapshot, which is not older than the one before.
        func read(after version: inout UInt64, _ manifestVersion: inout UInt64) {
            let snapshot = catalog.snapshot
            let rowCount = snapshot.table(schema.id)?.rowCount ?? -1
            if snapshot.version < version || snapshot.manifestVersion < manifestVersion
                || rowCount != Int(snapshot.version)
            {
                fail("version \(snapshot.version) after \(version): \(rowCount) rows")
            }
            for handle in snapshot.table(scratch)?.segments ?? []
            where disk.contents(of: handle.entry.path) == nil {
                fail("\(handle.entry.path) is gone")
            }
            version = snapshot.version
            manifestVersion = snapshot.manifestVersion
        }

        /// A thread that repeats `body` until the log's thread is done.
        func thread(_ body: @escaping @Sendable (Shared) throws -> Void) -> EngineThread {
            EngineThread {
                while !self.isDone.load(ordering: .acquiring) {
                    do { try body(self) } catch { self.fail("\(error)") }
                }
            }
        }
    }

    @Test("Readers see versions go up and each row once while publishers and the log run")
    func monotone() throws {
        let shared = try Shared()
        let readers = (0..<2).map { _ in
            EngineThread {
                var version: UInt64 = 0
                var manifestVersion: UInt64 = 0
                while !shared.isDone.load(ordering: .acquiring) {
                    shared.read(after: &version, &manifestVersion)
                }
            }
        }
        let writers = [
            EngineThread { shared.append() }, shared.thread { try $0.seal() },
            shared.thread { try $0.compact() },
        ]
        for thread in writers + readers { thread.join() }
        #expect(shared.failures.withLock { $0 }.prefix(3) == [])
        let snapshot = shared.catalog.snapshot
        #expect(snapshot.table(shared.schema.id)?.rowCount == Int(shared.appendCount))
        #expect(snapshot.table(shared.scratch)?.segments.count ?? 0 <= 1)
    }
}
