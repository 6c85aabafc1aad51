import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Segments

@Suite("Starts that come to nothing")
struct StartCountTests {
    private func open(_ disk: SimulatedFileSystem) throws -> Catalog {
        var options = CatalogOptions()
        options.countsStarts = true
        return try Catalog.open(disk, options: options)
    }

    @Test("Three of them make the next one safe, six are the last, and looking resets the count")
    func threshold() throws {
        var disk = SimulatedFileSystem()
        for count in 0..<StartCount.refusedCount {
            let catalog = try open(disk)
            #expect(catalog.failedStartCount == count)
            #expect(catalog.shouldBeSafe == (count >= 3))
            disk = disk.afterPowerCut(.loseUnsynced)
        }
        #expect(throws: CatalogError.startsFailed(count: 6)) { try open(disk) }
        #expect(throws: CatalogError.startsFailed(count: 6), "and it is not counted on") {
            try open(disk.afterKill())
        }
        let looked = disk.afterKill()
        let looking = try Catalog.open(looked)
        looking.forgetFailedStarts()
        looking.close()
        #expect(try open(looked).failedStartCount == 0)
    }

    @Test("A start that lasts is forgotten; a safe one that lasts leaves the next one safe")
    func healthy() throws {
        var disk = SimulatedFileSystem()
        for _ in 0..<2 {
            _ = try open(disk)
            disk = disk.afterKill()
        }
        try open(disk).noteHealthyStart()
        disk = disk.afterKill()
        #expect(disk.contents(of: StartCount.path) == nil)
        for _ in 0..<5 {
            _ = try open(disk)
            disk = disk.afterKill()
        }
        let safe = try open(disk)
        #expect(safe.failedStartCount == 5)
        safe.noteHealthyStart()
        #expect(try open(disk.afterKill()).failedStartCount == StartCount.safeCount)
    }

    @Test("A second process on the directory is not a start, nor is an opening that does not count")
    func others() throws {
        let disk = SimulatedFileSystem()
        let first = try open(disk)
        #expect(throws: CatalogError.self) { try open(disk) }
        #expect(disk.contents(of: StartCount.path) == StartCount.encoded(1))
        first.forgetFailedStarts()
        first.close()
        try Catalog.open(disk).close()
        #expect(disk.contents(of: StartCount.path) == nil)
    }

    @Test("A damaged count is none, and a count that cannot be written stops no start")
    func unusable() throws {
        let whole = StartCount.encoded(5)
        var contents = (0..<whole.count).map { Array(whole.prefix($0)) }
        for index in whole.indices {
            var flipped = whole
            flipped[index] ^= 1
            contents.append(flipped)
        }
        contents.append(Array("daybook-starts -1 00000000\n".utf8))
        contents.append([UInt8](repeating: 65, count: 10_000))
        for content in contents {
            let disk = SimulatedFileSystem()
            try Catalog.open(disk).close()
            disk.setContents(of: StartCount.path, content)
            #expect(try open(disk).failedStartCount == 0, "\(content)")
        }
        let disk = SimulatedFileSystem()
        try Catalog.open(disk).close()
        disk.inject(
            SimulatedFault(
                .matching(.write, pathPrefix: StartCount.path, occurrence: 1), .fail(ENOSPC)))
        let events = Mutex<[CatalogEvent]>([])
        var options = CatalogOptions()
        options.countsStarts = true
        options.onEvent = { event in events.withLock { $0.append(event) } }
        let catalog = try Catalog.open(disk, options: options)
        #expect(catalog.failedStartCount == 0)
        #expect(
            events.withLock { events in
                events.contains {
                    if case .startNotCounted = $0 { true } else { false }
                }
            })
    }
}
