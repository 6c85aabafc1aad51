import Segments
import TestSupport
import Testing

@Suite("The manifest's byte form")
struct ManifestEncodingTests {
    static func sample(seed: UInt64, tables: Int = 3, segments: Int = 7) -> Manifest {
        var random = SeededGenerator(seed: seed)
        var manifest = Manifest(databaseID: UInt128.random(in: .min ... .max, using: &random))
        manifest.version = UInt64.random(in: 1 ... .max, using: &random)
        manifest.previousHash = Hash128(low: random.next(), high: random.next())
        for number in 0..<tables {
            let id = manifest.nextTableID + UInt32.random(in: 0...3, using: &random)
            manifest.nextTableID = id + 1
            manifest.tables.append(
                TableEntry(
                    schema: Fixture.schema("table \(number)", id: id),
                    flushedLSN: random.next(), nextColumnID: 4))
        }
        for number in 0..<segments {
            let id = manifest.nextSegmentID + UInt64.random(in: 0...3, using: &random)
            manifest.nextSegmentID = id + 1
            let table = manifest.tables[number % tables].schema.id
            manifest.segments.append(
                Fixture.entry(
                    SegmentID(id), table, lsn: 3...9,
                    day: Int64.random(in: -100_000...100_000, using: &random),
                    byteCount: Int.random(in: 0 ... .max, using: &random)))
        }
        return manifest
    }

    @Test("A manifest reads back as it was written", arguments: 0..<50)
    func roundTrip(seed: UInt64) throws {
        let manifest = Self.sample(seed: seed, segments: Int(seed))
        #expect(try Manifest(decoding: manifest.encoded()) == manifest)
        let empty = Manifest(databaseID: 7)
        #expect(try Manifest(decoding: empty.encoded()) == empty)
    }

    @Test("Every flipped bit is refused")
    func bitFlips() {
        let bytes = Self.sample(seed: 1).encoded()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: damaged) }
        }
    }

    @Test("Every truncation and extension is refused")
    func lengths() {
        let bytes = Self.sample(seed: 2).encoded()
        for count in 0..<bytes.count {
            #expect(throws: ManifestDecodingError.self) {
                try Manifest(decoding: Array(bytes[..<count]))
            }
        }
        for more in [[0], [UInt8](repeating: 0, count: 512), bytes] {
            #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: bytes + more) }
        }
    }

    @Test("Bytes with a right checksum and wrong content are refused or harmless, never a trap")
    func forgedChecksums() {
        let bytes = Self.sample(seed: 3, segments: 3).encoded()
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var forged = Array(bytes.dropLast(4))
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 12..<forged.count, using: &random)
                forged[index] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            }
            var writer = ByteWriter()
            writer.append(bytes: forged)
            writer.append(Checksum.crc32c(forged))
            if let manifest = try? Manifest(decoding: writer.bytes) {
                #expect(manifest.encoded().count > 0)
            }
        }
    }

    @Test("A newer format is told from damage")
    func newerFormat() {
        var forged = Array(Self.sample(seed: 4).encoded().dropLast(4))
        forged[8] = UInt8(Manifest.formatVersion + 1)
        var writer = ByteWriter()
        writer.append(bytes: forged)
        writer.append(Checksum.crc32c(forged))
        #expect(throws: ManifestDecodingError.newerFormat(Manifest.formatVersion + 1)) {
            try Manifest(decoding: writer.bytes)
        }
    }
}
