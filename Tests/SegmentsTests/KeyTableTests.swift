import Testing

@testable import Segments

@Suite("Key tables")
struct KeyTableTests {
    private static let shapes = [
        "unique", "pairs", "few", "one hash", "one bucket", "neighbours", "extremes",
    ]

    /// Hashes that a table must cope with, whoever chose them.
    private static func hashes(_ shape: String, _ count: Int, _ draw: inout Draw) -> [UInt64] {
        (0..<count).map { index in
            switch shape {
            case "pairs": Hashing.mix(UInt64(index / 2))
            case "few": Hashing.mix(UInt64(draw.below(7)))
            case "one hash": 0x1234_5678_9abc_def0
            case "one bucket": 1 << 63 | draw.next() >> 34
            case "neighbours": UInt64(index) << 20
            case "extremes": [0, .max, 1, 1 << 63][draw.below(4)]
            default: draw.next()
            }
        }
    }

    @Test("Whatever the hashes, every row is found under its own", arguments: shapes)
    func finds(shape: String) throws {
        for count in [0, 1, 2, 129, 5_000] {
            var draw = Draw(seed: UInt64(count))
            let hashes = Self.hashes(shape, count, &draw)
            let rows = (0..<count).map { UInt32($0 * 3) }
            let rowCount = count * 3 + 1
            let payload = KeyTable.build(hashes, rows: rows, rowCount: rowCount)
            let table = try KeyTable(payload.span)
            #expect(table.entryCount == count)
            var places: [UInt64: Set<Int>] = [:]
            for (hash, row) in zip(hashes, rows) { places[hash, default: []].insert(Int(row)) }
            for (hash, expected) in places.prefix(300) {
                #expect(try table.mayContain(hash, payload.span))
                let found = try table.rows(of: hash, payload.span, rowCount: rowCount)
                #expect(expected.isSubset(of: found) && found == found.sorted())
            }
            for _ in 0..<300 {
                let hash = draw.next()
                let found = try table.rows(of: hash, payload.span, rowCount: rowCount)
                #expect(try table.mayContain(hash, payload.span) == !found.isEmpty)
                #expect(places[hash].map { $0.isSubset(of: found) } ?? true)
            }
            let asked = hashes.prefix(200) + (0..<200).map { _ in draw.next() }
            let expected = try asked.flatMap {
                try table.rows(of: $0, payload.span, rowCount: rowCount)
            }
            let found = try table.rows(ofAll: Array(asked), payload.span, rowCount: rowCount)
            #expect(found.sorted() == expected.sorted())
            #expect(try table.rows(ofAll: [], payload.span, rowCount: rowCount).isEmpty)
        }
    }

    @Test("What tells a foreign key takes at most ten bits a key, a row its width and no more")
    func size() throws {
        let count = 60_000
        var draw = Draw(seed: 3)
        let unique = (0..<count).map { _ in draw.next() }
        let rows = (0..<count).map { UInt32($0) }
        let uniqueBits = KeyTable.build(unique, rows: rows, rowCount: count).count * 8
        #expect(uniqueBits <= count * (10 + 16) + 512)
        let repeated = unique.indices.map { unique[$0 / 3] }
        let repeatedBits = KeyTable.build(repeated, rows: rows, rowCount: count).count * 8
        #expect(repeatedBits <= count / 3 * 11 + count * 17 + 512)
    }

    @Test("A cut or changed table throws or answers, it never traps")
    func damage() throws {
        var draw = Draw(seed: 9)
        let hashes = (0..<900).map { Hashing.mix(UInt64($0 / 2)) }
        let rows = (0..<900).map { UInt32($0) }
        let payload = KeyTable.build(hashes, rows: rows, rowCount: 900)
        for count in 0..<payload.count {
            #expect(throws: ByteError.self) {
                try KeyTable(payload.span.extracting(first: count))
            }
        }
        for _ in 0..<20_000 {
            var changed = payload
            for _ in 0...draw.below(8) {
                changed[draw.below(changed.count)] = UInt8(truncatingIfNeeded: draw.next())
            }
            do throws(ByteError) {
                let table = try KeyTable(changed.span)
                let hash = hashes[draw.below(900)]
                let found = try table.rows(of: hash, changed.span, rowCount: 900)
                #expect(found.allSatisfy { $0 < 900 })
                let several = try table.rows(
                    ofAll: Array(hashes[100..<180]), changed.span, rowCount: 900)
                #expect(several.allSatisfy { $0 < 900 })
            } catch {
                continue
            }
        }
    }
}
