import Segments
import TestSupport
import Testing

@testable import Ingest

/// A small log on a simulated disk.
struct LogFixture {
    static let databaseID: UInt128 = 0x1234_5678

    static func settings(fileByteCount: Int = 8_192) -> LogSettings {
        var settings = LogSettings()
        settings.fileByteCount = fileByteCount
        settings.maximumPayloadByteCount = 100_000
        return settings
    }

    static func emptyDisk() throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        try disk.durableCreateDirectory(LogFormat.directory)
        return disk
    }

    struct Log {
        let records: [UInt64: [UInt8]]
        let contents: LogReader.Contents
    }

    static func read(
        _ disk: SimulatedFileSystem, flushed: UInt64 = 0, proven: UInt64 = 0
    ) throws(LogError) -> Log {
        var records: [UInt64: [UInt8]] = [:]
        let reader = LogReader(
            fileSystem: disk, databaseID: databaseID, flushedLSN: flushed, provenLSN: proven)
        let contents = try reader.read { record throws(LogError) in
            #expect(records[record.lsn] == nil)
            records[record.lsn] = record.payload
        }
        return Log(records: records, contents: contents)
    }

    static func open(
        _ disk: SimulatedFileSystem, flushed: UInt64 = 0, fileByteCount: Int = 8_192
    ) throws -> (LogWriter, Log) {
        let log = try read(disk, flushed: flushed)
        let writer = try LogWriter(
            disk, databaseID: databaseID, after: log.contents,
            settings: settings(fileByteCount: fileByteCount))
        return (writer, log)
    }

    static func payload(_ lsn: UInt64, count: Int = 40) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: UInt64($0) &* 7 &+ lsn) }
    }

    static func entries(_ lsns: ClosedRange<UInt64>, count: Int = 40) -> [LogWriter.Entry] {
        lsns.map { LogWriter.Entry(kind: 1, payload: payload($0, count: count)) }
    }
}

@Suite struct LogTests {
    @Test("What was appended is read back in order, across files and restarts")
    func roundTrip() throws {
        let disk = try LogFixture.emptyDisk()
        var (writer, _) = try LogFixture.open(disk)
        var next: UInt64 = 1
        for size in [0, 1, 7, 8, 40, 1_000, 3_000, 3_000, 20_000, 5] {
            let first = try writer.append(LogFixture.entries(next...next + 1, count: size))
            #expect(first == next)
            next += 2
        }
        for _ in 0..<3 {
            let (again, log) = try LogFixture.open(disk)
            #expect(log.records.count == Int(next) - 1)
            for (lsn, payload) in log.records {
                #expect(payload == LogFixture.payload(lsn, count: payload.count))
            }
            #expect(again.lastLSN == next - 1)
            writer = again
            _ = try writer.append(LogFixture.entries(next...next))
            next += 1
        }
        #expect(writer.fileCount > 4)
    }

    @Test("A cut at any byte of an unacknowledged group leaves what was acknowledged")
    func tornTail() throws {
        let disk = try LogFixture.emptyDisk()
        let (writer, _) = try LogFixture.open(disk)
        _ = try writer.append(LogFixture.entries(1...2))
        let before = try bytes(disk, 1)
        _ = try writer.append(LogFixture.entries(3...5))
        let after = try bytes(disk, 1)
        let changed = zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }
        let first = try #require(changed.first?.offset)
        let last = try #require(changed.last?.offset)
        for cut in first...last + 1 {
            for fill in [0, 0xff] as [UInt8] {
                var torn = Array(after[..<cut])
                torn += Array(repeating: fill, count: after.count - cut)
                let damaged = try replacing(disk, 1, torn)
                let (_, log) = try LogFixture.open(damaged)
                #expect(log.contents.lastLSN >= 2 && log.contents.lastLSN <= 5)
                #expect(log.records.count == Int(log.contents.lastLSN))
                let again = try LogFixture.read(damaged)
                #expect(again.contents.lastLSN == log.contents.lastLSN)
            }
            let short = try replacing(disk, 1, Array(after[..<cut]))
            #expect(try LogFixture.read(short).contents.lastLSN >= 2)
        }
    }

    @Test("Sectors of an unacknowledged group in any order are a torn tail, not damage")
    func reorderedTail() throws {
        let disk = try LogFixture.emptyDisk()
        let (writer, _) = try LogFixture.open(disk)
        _ = try writer.append(LogFixture.entries(1...1))
        _ = try writer.append(LogFixture.entries(2...4))
        let good = try bytes(disk, 1)
        // Record 2 is lost, 3 and 4 are there.
        var torn = good
        let second = LogFormat.headerByteCount + LogFormat.recordByteCount(payload: 40)
        for index in second..<second + 88 { torn[index] = 0 }
        #expect(try LogFixture.read(replacing(disk, 1, torn)).contents.lastLSN == 1)
        // Record 1 is lost, and the others prove that it was durable.
        torn = good
        for index in LogFormat.headerByteCount..<second { torn[index] = 0 }
        let damaged = try replacing(disk, 1, torn)
        #expect(throws: LogError.self) { try LogFixture.read(damaged) }
    }

    @Test("Every flipped bit is found, harmless, or the end of what nothing proves")
    func bitFlips() throws {
        let disk = try LogFixture.emptyDisk()
        var (writer, _) = try LogFixture.open(disk, fileByteCount: 4_608)
        _ = try writer.append(LogFixture.entries(1...2))
        _ = try writer.append(LogFixture.entries(3...4))
        (writer, _) = try LogFixture.open(disk, fileByteCount: 4_608)
        _ = try writer.append(LogFixture.entries(5...5))
        let names = try disk.list(LogFormat.directory).sorted()
        #expect(names.count == 2)
        var outcomes = (found: 0, harmless: 0, tail: 0)
        for (index, name) in names.enumerated() {
            let good = try bytes(disk, UInt64(index + 1))
            for bit in 0..<good.count * 8 {
                var flipped = good
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                let damaged = try replacing(disk, UInt64(index + 1), flipped)
                do throws(LogError) {
                    let log = try LogFixture.read(damaged)
                    // Positions 1 to 4 are proven by what follows; 5 ends the log.
                    #expect(log.contents.lastLSN >= 4, "\(name) bit \(bit)")
                    for (lsn, payload) in log.records {
                        #expect(payload == LogFixture.payload(lsn), "\(name) bit \(bit)")
                    }
                    if log.contents.lastLSN == 5 {
                        outcomes.harmless += 1
                    } else {
                        outcomes.tail += 1
                    }
                } catch {
                    outcomes.found += 1
                }
            }
        }
        #expect(outcomes.found > 60_000)
        #expect(outcomes.tail > 0 && outcomes.tail <= 88 * 8)
    }

    @Test("Files that are missing, foreign, swapped or stale are refused")
    func wrongFiles() throws {
        let disk = try LogFixture.emptyDisk()
        var (writer, _) = try LogFixture.open(disk, fileByteCount: 4_608)
        for lsn in 1...12 as ClosedRange<UInt64> {
            _ = try writer.append(LogFixture.entries(lsn...lsn))
        }
        #expect(writer.fileCount == 3)
        let files = try (1...3).map { try bytes(disk, UInt64($0)) }
        for missing in 1...2 as ClosedRange<UInt64> {
            let damaged = disk.afterKill()
            try damaged.remove(LogFormat.path(of: missing))
            #expect(throws: LogError.self) { try LogFixture.read(damaged) }
        }
        #expect(throws: LogError.self) { try LogFixture.read(replacing(disk, 2, files[0])) }
        #expect(throws: LogError.self) { try LogFixture.read(replacing(disk, 1, [])) }
        #expect(throws: LogError.self) { try LogFixture.read(disk, proven: 13) }
        #expect(throws: LogError.self) {
            try LogFixture.read(LogFixture.emptyDisk(), proven: 1)
        }
        // The records of file 2 behind the header of file 3: a recycled file's stale bytes.
        let stale = Array(files[2][..<4_096]) + Array(files[1][4_096...])
        #expect(try LogFixture.read(replacing(disk, 3, stale)).contents.lastLSN == 10)
        var other = LogReader(
            fileSystem: disk, databaseID: 7, flushedLSN: 0, provenLSN: 0)
        #expect(throws: LogError.self) { try other.read { _ in } }
        other = LogReader(
            fileSystem: disk, databaseID: LogFixture.databaseID, flushedLSN: 10, provenLSN: 0)
        #expect(try other.read { _ in }.lastLSN == 12)
        (writer, _) = try LogFixture.open(disk, fileByteCount: 4_608)
        #expect(try writer.removeFiles(through: 9) == 1)
        #expect(try LogFixture.read(disk, flushed: 9).contents.lastLSN == 12)
        #expect(throws: LogError.self) { try LogFixture.read(disk, flushed: 3) }
    }

    @Test("A file that is flushed whole is passed over, and still refused where it is needed")
    func flushedFiles() throws {
        let disk = try LogFixture.emptyDisk()
        let (writer, _) = try LogFixture.open(disk, fileByteCount: 4_608)
        for lsn in 1...12 as ClosedRange<UInt64> {
            _ = try writer.append(LogFixture.entries(lsn...lsn))
        }
        var flipped = try bytes(disk, 1)
        flipped[4_096 + 60] ^= 1
        let damaged = try replacing(disk, 1, flipped)
        let log = try LogFixture.read(damaged, flushed: 5)
        #expect(log.records.keys.sorted() == Array(6...12))
        #expect(log.contents.lastLSN == 12)
        #expect(log.contents.files.map(\.lastLSN) == [5, 10, 12])
        for flushed in 0...4 as ClosedRange<UInt64> {
            #expect(throws: LogError.self) { try LogFixture.read(damaged, flushed: flushed) }
        }
    }

    @Test("A failed call is never followed by an acknowledgement that a restart forgets")
    func failures() throws {
        let script = try LogFixture.emptyDisk()
        let calls = try Self.run(script).1
        for call in 1...calls {
            for effect in [
                SimulatedFault.Effect.fail(5), .fail(28), .shortWrite(keeping: 30, 28),
                .doneButFails(5), .doneButFails(28), .stop,
            ] {
                for trigger in [
                    SimulatedFault.Trigger.call(call), .from(call: call),
                ] {
                    let disk = try LogFixture.emptyDisk()
                    disk.inject(SimulatedFault(trigger, effect))
                    let (acknowledged, _) = try Self.run(disk)
                    disk.clearFaults()
                    let context = "call \(call), \(effect), \(trigger)"
                    #expect(!disk.calls.contains { $0.isSyncAfterFailure }, "\(context)")
                    for survivor in [disk.afterKill(), disk.afterPowerCut(.loseUnsynced)] {
                        let log = try LogFixture.read(survivor)
                        for lsn in acknowledged {
                            #expect(log.records[lsn] == LogFixture.payload(lsn), "\(context)")
                        }
                    }
                }
            }
        }
    }

    /// Appends until the log gives up; gives the acknowledged positions and the calls made.
    private static func run(_ disk: SimulatedFileSystem) throws -> (Set<UInt64>, Int) {
        var acknowledged: Set<UInt64> = []
        do throws(LogError) {
            let contents = try LogReader(
                fileSystem: disk, databaseID: LogFixture.databaseID, flushedLSN: 0, provenLSN: 0
            ).read { _ in }
            let writer = try LogWriter(
                disk, databaseID: LogFixture.databaseID, after: contents,
                settings: LogFixture.settings(fileByteCount: 4_608))
            for _ in 0..<9 {
                let next = writer.lastLSN + 1
                do throws(LogError) {
                    let first = try writer.append(LogFixture.entries(next...next + 1))
                    acknowledged.formUnion([first, first + 1])
                } catch {
                    if writer.isClosed { break }
                }
            }
        } catch {}
        return (acknowledged, disk.callCount)
    }

    @Test("Rows seen only through the page cache after a failed sync are not served")
    func pageCacheLies() throws {
        let disk = try LogFixture.emptyDisk()
        let (writer, _) = try LogFixture.open(disk)
        _ = try writer.append(LogFixture.entries(1...1))
        disk.inject(
            SimulatedFault(.matching(.sync, pathPrefix: "wal/", occurrence: 1), .fail(5)))
        #expect(throws: LogError.self) { try writer.append(LogFixture.entries(2...2)) }
        #expect(throws: LogError.self) { try writer.append(LogFixture.entries(2...2)) }
        let restarted = disk.afterKill()
        let (again, log) = try LogFixture.open(restarted)
        #expect(again.lastLSN == log.contents.lastLSN)
        // Whatever the restart serves has been written anew, and survives a power cut.
        let survivor = restarted.afterPowerCut(.loseUnsynced)
        #expect(try LogFixture.read(survivor).records == log.records)
    }

    private func bytes(_ disk: SimulatedFileSystem, _ number: UInt64) throws -> [UInt8] {
        let file = try disk.open(LogFormat.path(of: number), for: .read)
        return try file.read(at: 0, count: try file.byteCount())
    }

    private func replacing(
        _ disk: SimulatedFileSystem, _ number: UInt64, _ bytes: [UInt8]
    ) throws -> SimulatedFileSystem {
        let changed = disk.afterKill()
        let file = try changed.open(LogFormat.path(of: number), for: .update)
        try file.truncate(to: 0)
        try file.write(bytes.span, at: 0)
        try file.sync()
        return changed
    }
}
