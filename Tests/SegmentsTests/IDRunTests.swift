import TestSupport
import Testing

@testable import Segments

@Suite("Id runs")
struct IDRunTests {
    private static let facts = IDRunFacts(
        databaseID: 7 << 100 | 3, tableID: TableID(4), afterLSN: 10, throughLSN: 20,
        bounds: KeyBounds(lowest: 5, highest: 1 << 90))

    private static let shapes = ["spread", "few", "one", "first bucket", "extremes", "neighbours"]

    private static func hashes(_ shape: String, _ count: Int, _ draw: inout Draw) -> [UInt64] {
        (0..<count).map { index in
            switch shape {
            case "few": Hashing.mix(UInt64(draw.below(9)))
            case "one": 0x1234_5678_9abc_def0
            case "first bucket": draw.next() >> 30
            case "extremes": [0, .max, 1 << 24, 1 << 63][draw.below(4)]
            case "neighbours": UInt64(index) << UInt64(IDHash.freeBits)
            default: draw.next()
            }
        }
    }

    private static func kept(_ hash: UInt64) -> UInt64 { hash >> UInt64(IDHash.freeBits) }

    /// A run says of every hash, present or not, what a set says.
    private func check(_ run: IDRun, _ set: Set<UInt64>, _ draw: inout Draw) throws {
        #expect(run.count == set.count)
        var asked = set.prefix(3_000).map { $0 << UInt64(IDHash.freeBits) | UInt64(draw.below(9)) }
        asked += (0..<3_000).map { _ in draw.next() }
        asked += set.prefix(500).map { ($0 ^ 1) << UInt64(IDHash.freeBits) }
        for isOrdered in [false, true] {
            if isOrdered { IDHash.order(&asked) }
            var found: [UInt64] = []
            try run.appendMatches(of: asked.span, to: &found)
            #expect(found == asked.filter { set.contains(Self.kept($0)) })
        }
        var merge = IDRunMerge([run])
        var read: [UInt64] = []
        while let next = merge.next() { read += next }
        #expect(read == set.sorted())
    }

    @Test("A run finds exactly the hashes it was made of", arguments: shapes)
    func finds(shape: String) throws {
        for count in [0, 1, 2, 63, 64, 129, 5_000, 70_000] {
            var draw = Draw(seed: UInt64(count) + 1)
            let hashes = Self.hashes(shape, count, &draw)
            var sorted = hashes
            let run = IDRun(Self.facts, sorting: &sorted)
            #expect(run.facts == Self.facts && run.path == nil)
            try check(run, Set(hashes.map(Self.kept)), &draw)
        }
    }

    @Test("Runs written as one hold the hashes of all, once, in memory or on disk")
    func merging() throws {
        for seed in 0..<12 as Range<UInt64> {
            var draw = Draw(seed: seed)
            let disk = SimulatedFileSystem()
            try disk.createDirectory("idx")
            var all: Set<UInt64> = []
            var runs: [IDRun] = []
            for number in 0..<1 + draw.below(5) {
                let shape = Self.shapes[draw.below(Self.shapes.count)]
                var hashes = Self.hashes(shape, draw.below(9_000), &draw)
                all.formUnion(hashes.map(Self.kept))
                var facts = Self.facts
                facts.afterLSN = UInt64(number * 10)
                facts.throughLSN = UInt64(number * 10 + 10)
                facts.bounds = KeyBounds(
                    lowest: UInt128(50 - number), highest: UInt128(60 + number))
                runs.append(IDRun(facts, sorting: &hashes))
                if draw.below(2) == 0 {
                    runs.append(try IDRun.write([runs.removeLast()], to: "idx/\(number)", disk))
                }
            }
            let merged = try IDRun.write(runs, to: "idx/merged", disk)
            #expect(merged.facts.afterLSN == 0 && merged.facts.databaseID == Self.facts.databaseID)
            #expect(merged.facts.throughLSN == UInt64(runs.count * 10))
            #expect(merged.facts.bounds.lowest == UInt128(51 - runs.count))
            #expect(merged.facts.bounds.highest == UInt128(59 + runs.count))
            try check(merged, all, &draw)
            let again = try IDRun(opening: "idx/merged", disk)
            #expect(again.facts == merged.facts)
            try check(again, all, &draw)
            #expect(try disk.list("idx").allSatisfy { !$0.hasSuffix(".tmp") })
        }
    }

    @Test("A run that grows in many pieces is the same as one made at once")
    func pieces() throws {
        var draw = Draw(seed: 3)
        var hashes = (0..<400_000).map { _ in draw.next() }
        let set = Set(hashes.map(Self.kept))
        let disk = SimulatedFileSystem()
        try disk.createDirectory("idx")
        let run = IDRun(Self.facts, sorting: &hashes)
        let written = try IDRun.write([run], to: "idx/one", disk)
        #expect(written.byteCount == run.byteCount)
        try check(written, set, &draw)
    }

    @Test("Every flipped byte and every shorter file is told from the one that was written")
    func damage() throws {
        var draw = Draw(seed: 9)
        var hashes = (0..<40).map { _ in draw.next() }
        let disk = SimulatedFileSystem()
        try disk.createDirectory("idx")
        _ = try IDRun.write([IDRun(Self.facts, sorting: &hashes)], to: "idx/one", disk)
        let good = try #require(disk.contents(of: "idx/one"))
        for offset in good.indices {
            var bad = good
            bad[offset] ^= UInt8(1 << draw.below(8))
            disk.setContents(of: "idx/one", bad)
            #expect(throws: IDRunError.self, "byte \(offset)") {
                try IDRun(opening: "idx/one", disk)
            }
            disk.setContents(of: "idx/one", Array(good[..<offset]))
            #expect(throws: IDRunError.self, "\(offset) bytes") {
                try IDRun(opening: "idx/one", disk)
            }
        }
        disk.setContents(of: "idx/one", good + [0])
        #expect(throws: IDRunError.self) { try IDRun(opening: "idx/one", disk) }
        #expect(throws: IDRunError.self) { try IDRun(opening: "idx/none", disk) }
    }

    @Test("A known id takes two to three bytes")
    func size() {
        func bytes(_ count: Int) -> Double {
            Double(IDRunLayout(capacity: count).byteCount) / Double(count)
        }
        #expect(bytes(1_000_000) < 2.9)
        #expect(bytes(10_000_000) < 2.5)
        #expect(bytes(100_000_000) < 2.1)
        for power in 10...27 {
            #expect(bytes(1 << power) < 4.7 && bytes((1 << power) - 1) < 4.7)
        }
    }

    @Test("Keys are sorted by the bits from the first that counts")
    func order() {
        var draw = Draw(seed: 5)
        for count in [0, 1, 2, 256, 257, 3_000] {
            for bit in [0, 24, 42, 60] {
                var keys = (0..<count).map { _ in draw.next() }
                let expected = keys.map { $0 >> UInt64(bit) }.sorted()
                RadixOrder.sort(&keys, fromBit: bit)
                #expect(keys.map { $0 >> UInt64(bit) } == expected)
            }
        }
    }
}
