import Testing

@testable import Segments

/// Sections whose bytes somebody changed: an error or other values, never a trap.
@Suite("Damaged sections")
struct SectionDamageTests {
    private static let count = 700

    /// Values that each integer form is taken for.
    private static let forms: [(BlockEncoding, @Sendable (Int) -> Int64)] = [
        (.constant, { _ in 7 }), (.packed, { wild($0, 13) }), (.plain, { wild($0, 64) }),
        (.stepped, { wild($0, 20) * 1_000 }), (.patched, { wild($0, $0 % 90 == 0 ? 50 : 9) }),
        (.sparse, { $0 % 3 == 0 ? wild($0, 12) : -1 }), (.runs, { wild($0 / 20, 40) }),
        (.delta, { Int64($0) * 1_000_000 + wild($0, 7) }),
        (.deltaOfDelta, { Int64($0 * $0) * 1_000_000 + wild($0, 3) }),
    ]

    private static func wild(_ row: Int, _ bits: Int) -> Int64 {
        Int64(bitPattern: Hashing.mix(UInt64(row)) >> UInt64(64 - bits))
    }

    private static func mutate(_ bytes: [UInt8], _ draw: inout Draw) -> [UInt8] {
        var changed = bytes
        for _ in 0...draw.below(3) {
            // Headers and directories stand in front: half of the changes go there.
            let reach = draw.below(2) == 0 ? min(48, bytes.count) : bytes.count
            let at = draw.below(reach)
            switch draw.below(3) {
            case 0: changed[at] = UInt8(truncatingIfNeeded: draw.next())
            case 1: changed[at] ^= 1 << UInt8(draw.below(8))
            default: changed[at] = draw.below(2) == 0 ? 0 : 0xff
            }
        }
        if draw.below(8) == 0 { changed.removeLast(draw.below(changed.count)) }
        return changed
    }

    private static func read(_ bytes: [UInt8]) throws(ByteError) {
        var reader = PayloadReader(bytes.span)
        let section = try IntegerSection(from: &reader, count: count)
        _ = section.sum()
        #expect(section.values().count == count)
        let rows: [Int32] = [0, 5, 699]
        var picked: [Int64] = []
        section.append(rows.span, to: &picked)
        #expect(picked.count == 3)
        _ = try section.values(below: 1_000, "code")
    }

    @Test("Integers in every form", arguments: 0..<forms.count)
    func integers(form: Int) throws {
        let (encoding, value) = Self.forms[form]
        var bytes: [UInt8] = []
        let values = (0..<Self.count).map(value)
        let found = IntegerEncoding.encode(values.span, into: &bytes)
        #expect(found == encoding)
        var draw = Draw(seed: UInt64(form))
        for _ in 0..<3_000 {
            let changed = Self.mutate(bytes, &draw)
            do throws(ByteError) { try Self.read(changed) } catch { continue }
        }
    }

    @Test("Doubles, wide integers and which rows are NULL")
    func others() {
        var payloads: [(type: LogicalType, count: Int, bytes: [UInt8])] = []
        let encoding = ColumnEncoding(compressor: ZstdCompressor())
        var validity = Bitmap(repeating: true, count: Self.count)
        for row in 100..<400 { validity.set(row, to: false) }
        let rows = 0..<Self.count
        let decimals: [Double] = rows.map { row in
            row % 40 == 0 ? Double.nan : Double(row * 7 % 900) / 100
        }
        let floats: [Double] = rows.map { row in Double(Float(Self.wild(row, 20)) / 3e7) }
        let wide: [Int128] = rows.map { row in Int128(Self.wild(row, 40)) << 70 }
        let integers: [Int64] = rows.map { row in Self.wild(row, 9) }
        let columns = [
            Column(type: .double, values: .doubles(decimals)),
            Column(type: .double, values: .doubles(floats)),
            Column(type: .decimal(precision: 38, scale: 2), values: .wideIntegers(wide)),
            Column(type: .bigint, values: .integers(integers), validity: validity),
        ]
        for column in columns {
            let bytes = encoding.encode(column, 0..<Self.count).bytes
            payloads.append((column.type, Self.count, bytes))
        }
        let texts = (0..<3_000).map { row in
            Text("M\(100_000 + row * 7 + Int(Hashing.mix(UInt64(row)) % 7))")
        }
        let strings = StringVector(texts)
        let dictionary = encoding.encode(StringDictionary(strings, isSorted: true))
        #expect(dictionary.encoding == .frontCoded)
        payloads.append((.varchar, texts.count, dictionary.bytes))
        let decoding = ColumnDecoding(dictionary: nil, decoders: PageDecoders())
        let picked: [Int32] = [1, 650]
        var draw = Draw(seed: 4)
        for (type, count, bytes) in payloads {
            for _ in 0..<3_000 {
                let changed = Self.mutate(bytes, &draw)
                do throws(ByteError) {
                    let column = try decoding.column(changed.span, type: type, count: count)
                    #expect(column.count == count)
                    var picker = ColumnPicker(decoding, type: type, reservedCount: 4)
                    try picker.append(picked.span, of: changed.span, count: count)
                    try picker.append(picked.span, of: bytes.span, count: count)
                    #expect(picker.finish().count == 4)
                } catch {
                    continue
                }
            }
        }
    }
}
