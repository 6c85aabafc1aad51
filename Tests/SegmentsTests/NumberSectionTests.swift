import Testing

@testable import Segments

/// Sections of integers and doubles on shapes that their forms were made for, and on hostile ones.
@Suite("Sections of numbers")
struct NumberSectionTests {
    private static let shapes: [String] = [
        "equal", "ascending", "random", "extreme", "alternating", "steps", "outliers", "frequent",
        "runs", "wide", "parabola", "descending", "one apart", "zeros and ones", "codes",
    ]

    private static func values(_ shape: String, _ count: Int, _ draw: inout Draw) -> [Int64] {
        let start = Int64(bitPattern: draw.next()) >> 20
        var run = start
        return (0..<count).map { index in
            let row = Int64(index)
            switch shape {
            case "equal": return start
            case "ascending": return start &+ row &* 1_000 &+ Int64(draw.below(5))
            case "descending": return start &- row &* 77
            case "extreme": return [.min, .max, 0, -1, 1][draw.below(5)]
            case "alternating": return index % 2 == 0 ? .min : .max
            case "steps": return start &+ Int64(draw.below(900)) &* 86_400_000
            case "outliers":
                let isOutlier = draw.below(100) == 0
                return isOutlier ? Int64(bitPattern: draw.next()) : Int64(draw.below(1_000))
            case "frequent": return draw.below(10) < 7 ? -3 : Int64(draw.below(1 << 30))
            case "runs":
                if draw.below(20) == 0 { run = Int64(draw.below(1 << 40)) }
                return run
            case "wide": return Int64(bitPattern: draw.next())
            case "parabola": return start &+ row &* row &* 3 &+ Int64(draw.below(2))
            case "one apart": return index == count / 2 ? 1 << 62 : 5
            case "zeros and ones": return Int64(draw.below(2))
            case "codes": return Int64(draw.below(min(200, count)))
            default: return Int64(bitPattern: draw.next()) >> Int64(draw.below(64))
            }
        }
    }

    @Test("Every shape reads back, as a whole and picked, in every set of forms", arguments: shapes)
    func integers(shape: String) throws {
        for count in [1, 2, 3, 63, 64, 65, 255, 256, 257, 5_000, 16_384] {
            for seed in 0..<3 {
                var draw = Draw(seed: UInt64(seed * 100_000 + count))
                let values = Self.values(shape, count, &draw)
                for forms in [IntegerForms.any, .codes, .direct] {
                    var bytes: [UInt8] = []
                    let encoding = IntegerEncoding.encode(
                        values.span, forms: forms, into: &bytes)
                    var reader = PayloadReader(bytes.span)
                    let section = try IntegerSection(from: &reader, count: count)
                    try reader.finish()
                    #expect(section.values() == values, "\(encoding), \(count), seed \(seed)")
                    let sum = values.reduce(Int128(0)) { $0 + Int128($1) }
                    #expect(section.sum() == sum, "\(encoding), \(count), seed \(seed)")
                    for pickCount in [1, 5, 40] {
                        let rows = (0..<pickCount).map { _ in Int32(draw.below(count)) }
                        for rows in [rows, rows.sorted()] {
                            var picked: [Int64] = [7]
                            section.append(rows.span, to: &picked)
                            #expect(picked == [7] + rows.map { values[Int($0)] }, "\(encoding)")
                        }
                    }
                    #expect(bytes.count <= 16 + 8 * count)
                }
            }
        }
    }

    @Test("Each form is taken for the data it was made for")
    func choice() {
        func encoding(_ values: [Int64], _ forms: IntegerForms = .any) -> BlockEncoding {
            var bytes: [UInt8] = []
            return IntegerEncoding.encode(values.span, forms: forms, into: &bytes)
        }
        let rows = Array(0..<Int64(4_000))
        let wild = rows.map { Int64(Hashing.mix(UInt64($0)) % 1_000) }
        #expect(encoding(rows.map { _ in 7 }) == .constant)
        #expect(encoding(rows.map { $0 * 1_000_003 + wild[Int($0)] }) == .delta)
        #expect(encoding(rows.map { $0 * $0 * 1_000 + wild[Int($0)] % 2 }) == .deltaOfDelta)
        #expect(encoding(wild) == .packed)
        #expect(encoding(wild.map { $0 * 3_600_000 }) == .stepped)
        #expect(encoding(rows.map { wild[Int($0)] << ($0 % 64 == 0 ? 30 : 0) }) == .patched)
        #expect(encoding(rows.map { $0 % 5 == 0 ? wild[Int($0)] : -9 }) == .sparse)
        #expect(encoding(rows.map { wild[Int($0 / 9)] }) == .runs)
        #expect(encoding([.min, .max, 0]) == .plain)
        #expect(encoding(rows.map { $0 * 1_000_003 }, .codes) != .delta)
        #expect(encoding(rows.map { wild[Int($0 / 9)] }, .direct) == .packed)
    }

    private static let doubleShapes: [String: @Sendable (Int, inout Draw) -> Double] = [
        "cents": { _, draw in Double(draw.below(100_000)) / 100 },
        "prices and missing": { row, draw in
            row % 50 == 0 ? .nan : Double(draw.below(5_000)) / 1_000
        },
        "special": { _, draw in
            [
                0, -0.0, .infinity, -.infinity, .nan, .signalingNaN, .leastNonzeroMagnitude,
                .greatestFiniteMagnitude, 1, .pi,
            ][draw.below(10)]
        },
        "real": { _, draw in Double(draw.next() >> 11) * 0x1p-53 },
        "signed": { _, draw in Double(Int64(bitPattern: draw.next())) * 1e-9 },
        "float": { _, draw in Double(Float(draw.below(1 << 24)) / 3e9) },
        "bits": { _, draw in Double(bitPattern: draw.next()) },
        "large": { _, draw in Double(draw.below(1 << 40)) * 1_000_000 },
        "equal": { _, _ in -0.0 },
        "thirds": { row, _ in Double(row) / 3 },
        "leading": { row, _ in row < 5 ? .nan : 2.5 },
    ]

    @Test("Doubles come back to the bit", arguments: doubleShapes.keys.sorted())
    func doubles(shape: String) throws {
        let make = try #require(Self.doubleShapes[shape])
        for count in [1, 2, 5, 64, 257, 3_000] {
            var draw = Draw(seed: UInt64(count))
            let values = (0..<count).map { make($0, &draw) }
            var bytes: [UInt8] = []
            let encoding = DoubleEncoding.encode(values.span, into: &bytes)
            var reader = PayloadReader(bytes.span)
            let header = try SectionHeader(from: &reader)
            let found = try DoubleEncoding.decode(from: &reader, header: header, count: count)
            try reader.finish()
            #expect(
                found.map { $0.bitPattern } == values.map { $0.bitPattern }, "\(encoding) \(count)")
            let rows = (0..<20).map { _ in Int32(draw.below(count)) }
            var again = PayloadReader(bytes.span)
            let picked = try DoubleEncoding.pick(
                rows.span, from: &again, header: try SectionHeader(from: &again), count: count)
            #expect(
                picked.map { $0.bitPattern } == rows.map { values[Int($0)].bitPattern })
        }
    }

    @Test("Decimals among doubles are kept as integers, narrow floats without their zeros")
    func doubleChoice() throws {
        func encoding(_ shape: String) throws -> (BlockEncoding, Int) {
            var draw = Draw(seed: 1)
            let make = try #require(Self.doubleShapes[shape])
            let values = (0..<4_096).map { make($0, &draw) }
            var bytes: [UInt8] = []
            return (DoubleEncoding.encode(values.span, into: &bytes), bytes.count)
        }
        #expect(try encoding("cents").0 == .scaled)
        #expect(try encoding("prices and missing").0 == .scaled)
        #expect(try encoding("float").0 == .split)
        #expect(try encoding("bits").0 == .plain)
    }
}
