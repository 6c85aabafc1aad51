import Segments
import TestSupport
import Testing

/// Every file of a small database, damaged bit by bit and cut at every length: an error that names
/// the file, or the same rows; never other rows.
@Suite("Damaged files")
struct DamageTests {
    /// Which files are damaged.
    enum Kind: String, CaseIterable {
        case log, segment
        /// The newest manifest, which made a table: nothing else has that table.
        case tableManifest
        /// The newest manifest, which published a segment: its rows are in the log, too.
        case sealManifest
        /// The file of a rollup: its segment has the rows, too.
        case rollup
    }

    /// Segments of two days, live rows, dead letters. The last thing in the log is the position of
    /// a new table: the very last record of a log is the one whose loss looks like a torn write.
    private static func database(_ kind: Kind) -> Simulation {
        let simulation = Simulation(SimulatedFileSystem())
        let rows = EventScript.lines(0..<5) + EventScript.lines(5..<8, day: 1)
        simulation.run([
            .create("payments"),
            .ingest([.init(id: "a", table: "payments", lines: rows + [EventScript.brokenLine])]),
        ])
        if kind == .rollup { simulation.perform(.createRollup("hourly")) }
        simulation.run([
            .seal,
            .ingest([.init(id: "b", table: "payments", lines: EventScript.lines(8..<11))]),
            .ingest([.init(id: "c", table: "payments", lines: EventScript.lines(11..<12))]),
        ])
        if kind == .sealManifest { simulation.perform(.seal) }
        if kind != .sealManifest { simulation.perform(.create("scratch")) }
        simulation.stop()
        return simulation
    }

    private static func path(_ kind: Kind, _ disk: SimulatedFileSystem) throws -> String {
        let directory: String
        switch kind {
        case .log: directory = "wal"
        case .tableManifest, .sealManifest: directory = "manifest"
        case .segment: directory = "seg"
        case .rollup:
            let catalog = try Catalog.open(disk.afterKill())
            let files = catalog.snapshot.rollups.flatMap(\.files.values)
            return try #require(files.map(\.entry.path).max())
        }
        return directory + "/" + (try #require(try disk.list(directory).max()))
    }

    @Test("A flipped bit, and a file cut short, are found out", arguments: Kind.allCases)
    func damage(kind: Kind) throws {
        let sound = Self.database(kind)
        let disk = sound.fileSystem
        let expected = try Self.contents(sound.continued(on: disk.afterKill(), ""))
        let path = try Self.path(kind, disk)
        let bytes = try #require(disk.contents(of: path))
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        let bits = Self.sample(end * 8, EventScript.effort(2_500))
        var refusals = 0
        func attempt(_ damaged: [UInt8], _ what: String) {
            let files = disk.afterKill()
            files.setContents(of: path, damaged)
            let simulation = sound.continued(on: files, "")
            do {
                let found = try Self.contents(simulation)
                let isEqual = found == expected
                #expect(isEqual, "\(path), \(what): \(expected.difference(from: found))")
            } catch {
                refusals += 1
                let isNamed = "\(error)".contains(path)
                #expect(isNamed, "\(path), \(what): \(error)")
            }
        }
        for bit in bits {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            attempt(damaged, "bit \(bit)")
        }
        let lengths = Self.sample(bytes.count, EventScript.effort(500))
        for length in lengths { attempt(Array(bytes.prefix(length)), "cut to \(length)") }
        print(
            "damaged \(kind): \(bits.count) of \(end * 8) bits, \(lengths.count) of "
                + "\(bytes.count) lengths, \(refusals) refusals")
        let attempts = bits.count + lengths.count
        switch kind {
        case .rollup: #expect(refusals == 0)
        case .sealManifest: #expect(refusals < attempts)
        default: #expect(refusals > attempts / 2)
        }
    }

    /// So many of the numbers below `count`, evenly spread, all where there are no more.
    private static func sample(_ count: Int, _ wanted: Int) -> [Int] {
        count <= wanted ? Array(0..<count) : (0..<wanted).map { $0 * count / wanted }
    }

    /// Why a database could not be opened.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private static func contents(_ simulation: Simulation) throws -> LedgerModel.Contents {
        guard let database = simulation.process() else {
            throw Refusal(description: simulation.startFailure ?? "")
        }
        let check = StateCheck(database: database, fileSystem: simulation.fileSystem)
        let contents = try check.contents()
        try check.verifyRows(contents)
        return contents
    }
}
