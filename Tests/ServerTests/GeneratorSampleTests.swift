import Segments
import Testing

@testable import Server

@Suite struct GeneratorSampleTests {
    /// What the samples were made with; `sample-data/README.md` shows it as commands.
    static let ledger = GeneratorOptions(
        rows: 20_000, days: 14, duplicates: Share(partsPerMillion: 10_000),
        corrections: Share(partsPerMillion: 5_000))
    static let rejects = GeneratorOptions(
        rows: 80, days: 1, seed: 5, late: Share(partsPerMillion: 50_000),
        duplicates: Share(partsPerMillion: 120_000), conflicts: Share(partsPerMillion: 150_000),
        corrections: Share(partsPerMillion: 120_000), poison: Share(partsPerMillion: 500_000))

    @Test("The compressed sample and its truth are what the generator writes")
    func ledgerSample() throws {
        let (bytes, generator) = try generated(Self.ledger)
        #expect(try sample("ledger.truth.json") == Array(generator.truthJSON().utf8))
        // A zstd frame ends with the low half of its content's XXH64.
        let frame = try sample("ledger.ndjson.zst")
        #expect(frame.count < 2 << 20)
        var checksum: UInt64 = 0
        for byte in frame.suffix(4).reversed() { checksum = checksum << 8 | UInt64(byte) }
        #expect(checksum == xxh64(bytes) & 0xFFFF_FFFF)
    }

    @Test("The readable sample and its truth are what the generator writes")
    func rejectsSample() throws {
        let (bytes, generator) = try generated(Self.rejects)
        #expect(try sample("rejects.ndjson") == bytes)
        #expect(try sample("rejects.truth.json") == Array(generator.truthJSON().utf8))
        #expect(generator.truth.rejectedByCode.values.allSatisfy { $0 > 0 })
    }

    @Test("Each table's file holds the constant", arguments: GeneratorOptions.Stream.allCases)
    func tables(stream: GeneratorOptions.Stream) throws {
        let expected = GeneratorTables.createTable(for: stream)
        #expect(try sample("tables/\(stream.rawValue).sql") == Array(expected.utf8))
    }

    @Test("The hash of the tests is XXH64")
    func hash() {
        #expect(xxh64([]) == 0xEF46_DB37_51D8_E999)
        #expect(xxh64(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
    }

    private func sample(_ name: String) throws -> [UInt8] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/")
        let files = try PosixFileSystem(root: root + "/sample-data", readMode: .pread)
        let file = try files.open(name, for: .read)
        let bytes = try file.read(at: 0, count: file.byteCount())
        try file.close()
        return bytes
    }
}

/// XXH64 with seed 0, as its specification tells it.
private func xxh64(_ bytes: [UInt8]) -> UInt64 {
    let primes: [UInt64] = [
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9,
        0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5,
    ]
    func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
    func load(_ index: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[index + $1]) << UInt64(8 * $1) }
    }
    func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* primes[1], 31) &* primes[0]
    }
    var index = 0
    var hash = primes[4]
    if bytes.count >= 32 {
        var lanes = [primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0]]
        while bytes.count - index >= 32 {
            for lane in 0..<4 { lanes[lane] = round(lanes[lane], load(index + 8 * lane, 8)) }
            index += 32
        }
        hash = 0
        for (lane, turn) in zip(lanes, [1, 7, 12, 18] as [UInt64]) { hash &+= rotate(lane, turn) }
        for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[0] &+ primes[3] }
    }
    hash &+= UInt64(bytes.count)
    while bytes.count - index >= 8 {
        hash = rotate(hash ^ round(0, load(index, 8)), 27) &* primes[0] &+ primes[3]
        index += 8
    }
    if bytes.count - index >= 4 {
        hash = rotate(hash ^ load(index, 4) &* primes[0], 23) &* primes[1] &+ primes[2]
        index += 4
    }
    while index < bytes.count {
        hash = rotate(hash ^ UInt64(bytes[index]) &* primes[4], 11) &* primes[0]
        index += 1
    }
    hash = (hash ^ hash >> 33) &* primes[1]
    hash = (hash ^ hash >> 29) &* primes[2]
    return hash ^ hash >> 32
}
