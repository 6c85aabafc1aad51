import Testing
import TestSupport

@testable import Segments

/// Roaring bitmaps behave as sets of integers do.
@Suite("Roaring bitmaps")
struct RoaringBitmapTests {
    /// Members of every density, in runs and alone, at the borders of containers.
    private static func members(_ generator: inout SeededGenerator) -> Set<UInt32> {
        var members: Set<UInt32> = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let base = UInt32.random(in: 0...5, using: &generator) << 16
            switch Int.random(in: 0...4, using: &generator) {
            case 0:
                for _ in 0..<50 {
                    members.insert(base + .random(in: 0...0xffff, using: &generator))
                }
            case 1:
                let share = UInt32.random(in: 1...6, using: &generator)
                for low in 0..<UInt32(1 << 16)
                where UInt32.random(in: 0...share, using: &generator) == 0 {
                    members.insert(base + low)
                }
            case 2:
                let first = UInt32.random(in: 0...100_000, using: &generator)
                members.formUnion(base + first..<base + first + 70_000)
            case 3: members.formUnion([base, base + 0xffff, base &- 1, .max])
            default:
                let first = UInt32.random(in: 0...60_000, using: &generator)
                members.formUnion(base + first..<base + first + 40)
            }
        }
        return members
    }

    /// The set in one of its forms.
    private static func bitmap(
        _ members: Set<UInt32>, _ generator: inout SeededGenerator
    ) -> RoaringBitmap {
        let bitmap = RoaringBitmap(ascending: members.sorted())
        return Bool.random(using: &generator) ? bitmap.runOptimized() : bitmap
    }

    @Test("Operations give what the operations of sets give", arguments: 0..<10)
    func operations(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let (left, right) = (Self.members(&generator), Self.members(&generator))
        let one = Self.bitmap(left, &generator)
        let other = Self.bitmap(right, &generator)
        func expect(_ found: RoaringBitmap, _ wanted: Set<UInt32>, _ what: String) {
            #expect(found == RoaringBitmap(ascending: wanted.sorted()), "\(what), seed \(seed)")
        }
        expect(one.intersection(other), left.intersection(right), "and")
        expect(one.union(other), left.union(right), "or")
        expect(one.subtracting(other), left.subtracting(right), "and not")
        expect(one.symmetricDifference(other), left.symmetricDifference(right), "xor")
        let third = Self.members(&generator)
        expect(
            .union([one, other, Self.bitmap(third, &generator)]), left.union(right).union(third),
            "union of three")
        let limit = UInt32.random(in: 0...300_000, using: &generator)
        expect(
            one.complement(below: limit), Set(0..<limit).subtracting(left), "not below \(limit)")
    }

    @Test("Members, ranks and ranges are those of the sorted set", arguments: 0..<8)
    func order(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) + 1_000)
        let members = Self.members(&generator)
        let sorted = members.sorted()
        let bitmap = Self.bitmap(members, &generator)
        #expect(bitmap.cardinality == sorted.count, "seed \(seed)")
        #expect(bitmap.isEmpty == sorted.isEmpty, "seed \(seed)")
        #expect(bitmap.members == sorted, "seed \(seed)")
        var batched: [UInt32] = []
        bitmap.forEachBatch { batch in for index in batch.indices { batched.append(batch[index]) } }
        #expect(batched == sorted, "seed \(seed)")
        #expect(bitmap.select(sorted.count) == nil && bitmap.select(-1) == nil)
        for _ in 0..<50 {
            let probe = UInt32.random(in: 0...400_000, using: &generator)
            let rank = sorted.firstIndex { $0 >= probe } ?? sorted.count
            #expect(bitmap.contains(probe) == members.contains(probe), "\(probe), seed \(seed)")
            #expect(bitmap.rank(below: probe) == rank, "\(probe), seed \(seed)")
            if rank < sorted.count { #expect(bitmap.select(rank) == sorted[rank], "seed \(seed)") }
            let end = Int(probe) + Int.random(in: 0...70_000, using: &generator)
            let part = sorted.filter { $0 >= probe && Int($0) < end }
            #expect(bitmap.members(in: Int(probe)..<end) == part, "seed \(seed)")
            #expect(bitmap.count(in: Int(probe)..<end) == part.count, "seed \(seed)")
        }
    }

    @Test("A block of rows comes as a dense bitmap", arguments: 0..<4)
    func blocks(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) + 2_000)
        let members = Self.members(&generator)
        let bitmap = Self.bitmap(members, &generator)
        for block in 0..<24 {
            let count = block == 23 ? 1_001 : 16_384
            let first = block * 16_384
            let bits = bitmap.bitmap(of: first..<first + count)
            let found = (0..<count).filter { bits[$0] }
            let wanted = (0..<count).filter { members.contains(UInt32(first + $0)) }
            #expect(found == wanted, "block \(block), seed \(seed)")
        }
    }

    @Test("The portable form reads back, in every form of container", arguments: 0..<10)
    func roundTrip(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) + 3_000)
        let bitmap = Self.bitmap(Self.members(&generator), &generator)
        let bytes = bitmap.serialised()
        #expect(bytes.count == bitmap.serialisedByteCount, "seed \(seed)")
        #expect(try RoaringBitmap(serialised: bytes.span) == bitmap, "seed \(seed)")
    }

    @Test("Bytes are those of the other Roaring libraries")
    func portable() throws {
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        // Made with pyroaring 1.2.0.
        #expect(hex(RoaringBitmap().serialised()) == "3a30000000000000")
        let array = RoaringBitmap(ascending: [0, 1, 5, 65_535, 65_536, 70_000, 4_294_967_295])
        #expect(
            hex(array.serialised())
                == "3a300000030000000000030001000100ffff000020000000280000002c00000000000100"
                + "0500ffff00007011ffff")
        let runs = RoaringBitmap(ascending: Array(10..<5_000) + Array(65_530..<65_540) + [200_000])
        #expect(
            hex(runs.runOptimized().serialised())
                == "3b3002000300008313010003000300000002000a007d13faff0500010000000300400d")
        let five = RoaringBitmap(
            ascending: Array(0..<3) + Array(65_536..<65_540) + [131_072, 196_608]
                + Array(262_144..<262_150))
        #expect(
            hex(five.runOptimized().serialised())
                == "3b3004001200000200010003000200000003000000040005002d0000003300000039000000"
                + "3b0000003d00000000000100020001000000030000000000010000000500")
        #expect(
            hex(RoaringBitmap(0..<65_536).serialised()) == "3b300000010000ffff01000000ffff")
        let even = RoaringBitmap(ascending: stride(from: 0, to: 20_000, by: 2).map { UInt32($0) })
        #expect(even.serialised().count == 8_208)
        #expect(Checksum.crc32c(even.serialised()) == 0xe72b_fdba)
    }

    @Test("Every truncation and every flipped bit is refused or is another set")
    func damage() throws {
        let members = Array(0..<3) + [7, 65_536, 65_538] + Array(131_072..<131_080) as [UInt32]
        for bitmap in [
            RoaringBitmap(ascending: members), RoaringBitmap(ascending: members).runOptimized(),
        ] {
            let bytes = bitmap.serialised()
            for count in 0..<bytes.count {
                #expect(throws: ByteError.self) {
                    try RoaringBitmap(serialised: bytes.span.extracting(first: count))
                }
            }
            for bit in 0..<bytes.count * 8 {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let read = try? RoaringBitmap(serialised: damaged.span) else { continue }
                #expect(read != bitmap && read.members.count == read.cardinality, "bit \(bit)")
            }
        }
    }
}
