import Segments
import TestSupport
import Testing

@testable import Query

/// Values to codes and back, whatever form was chosen for them before they were known.
@Suite("Key spaces")
struct KeySpaceTests {
    private static func pattern(_ head: String, digits: Int) -> TextPattern? {
        TextPattern(
            head.utf8.map { .constant($0) }
                + Array(repeating: .symbol(.digits), count: digits))
    }

    /// Texts of all kinds: of the pattern, nearly, short, long, empty, not ASCII.
    private static func text(_ generator: inout TestSupport.SeededGenerator) -> Value {
        let number = Int.random(in: 100...999, using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return .null
        case 1: return .varchar("")
        case 2: return .varchar(Text("카\(number % 5)"))
        case 3: return .varchar(Text(bytes: [UInt8](repeating: 127, count: number % 9)))
        case 4: return .varchar(Text("a longer text of \(number % 7)"))
        case 5: return .varchar(Text("C\(number % 20)"))
        case 6: return .varchar(Text(bytes: [0, 0, UInt8(number % 3)]))
        case 7: return .varchar(Text("12345678"))
        default: return .varchar(Text("C\(number)"))
        }
    }

    /// The layouts that texts come in.
    private static func columns(_ values: [Value]) -> [Column] {
        let builder = ColumnBuilder(type: .varchar)
        for value in values { builder.append(value) }
        let plain = builder.finish()
        var columns = [plain]
        let distinct = Array(Set(values)).filter { !$0.isNull }
        let entries = StringVector(
            distinct.compactMap { value -> Text? in
                if case .varchar(let text) = value { return text }
                return nil
            })
        let codes = values.map { value in
            UInt32(distinct.firstIndex(of: value) ?? 0)
        }
        let dictionary = StringDictionary(entries, isSorted: false)
        columns.append(
            Column(type: .varchar, values: .codes(codes, dictionary), validity: plain.validity))
        if case .strings(let texts) = plain.values,
            let pattern = pattern("C", digits: 3),
            let packed = pattern.packNarrow(texts, plain.validity)
        {
            columns.append(
                Column(
                    type: .varchar, values: .packedTexts(packed, pattern),
                    validity: plain.validity))
        }
        return columns
    }

    private static func spaces() throws -> [KeySpace] {
        let narrow = try #require(pattern("C", digits: 3))
        let wider = try #require(
            TextPattern(
                [.symbol(.upperBase32), .symbol(.digits), .symbol(.digits)]
                    + [.symbol(.digits)]))
        let wide = try #require(
            TextPattern(
                (0..<4).map { $0 == 0 ? .constant(UInt8(ascii: "C")) : .symbol(.ascii) }))
        let long = try #require(pattern("ORD-", digits: 24))
        return [
            KeySpace(.varchar, .shortTexts, domain: TextDomain(isSharded: true)),
            KeySpace(.varchar, .numbers(bitCount: 33), domain: TextDomain(isSharded: true)),
            KeySpace(.varchar, .numbers(bitCount: 12), domain: TextDomain(isSharded: false)),
            KeySpace(
                .varchar, .pattern(narrow), domain: TextDomain(isSharded: true), patterns: [narrow]
            ),
            KeySpace(.varchar, .pattern(wider), domain: TextDomain(isSharded: true)),
            KeySpace(.varchar, .pattern(wide), domain: TextDomain(isSharded: true)),
            KeySpace(.varchar, .pattern(long), domain: TextDomain(isSharded: true)),
        ]
    }

    @Test("Texts have equal codes where they are equal, in every layout, and come back")
    func texts() throws {
        for seed in UInt64(0)..<40 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            for space in try Self.spaces() {
                var codeOf: [Value: UInt128] = [:]
                var valueOf: [UInt128: Value] = [:]
                for batch in 0..<4 {
                    let fits = batch == 0 && seed % 2 == 0
                    let values = (0..<70).map { row -> Value in
                        let value = Self.text(&generator)
                        return fits && !value.isNull ? .varchar(Text("C\(100 + row)")) : value
                    }
                    for column in Self.columns(values) {
                        let codes = try space.codes(column)
                        #expect(codes.high.isEmpty == !space.isWide)
                        let back = space.column(codes)
                        for row in values.indices {
                            let code = codes.code(at: row)
                            #expect(code >> UInt128(space.bitCount) == 0)
                            #expect(codeOf[values[row], default: code] == code, "seed \(seed)")
                            #expect(valueOf[code, default: values[row]] == values[row])
                            codeOf[values[row]] = code
                            valueOf[code] = values[row]
                            #expect(back.value(at: row) == values[row], "seed \(seed)")
                        }
                    }
                }
            }
        }
    }

    @Test("Numbers, booleans and NULLs have codes, and come back")
    func numbers() throws {
        var generator = TestSupport.SeededGenerator(seed: 3)
        for _ in 0..<60 {
            let first = Int64.random(in: -1_000_000...1_000_000, using: &generator)
            let step = Int64.random(in: 1...5_000, using: &generator)
            let values = (0..<50).map { row -> Value in
                row % 7 == 3 ? .null : .bigint(first + step * Int64((row * row) % 20))
            }
            let builder = ColumnBuilder(type: .bigint)
            for value in values { builder.append(value) }
            let column = builder.finish()
            for form in [
                KeySpace.Form.words, .range(first: first, step: step, count: 20),
            ] {
                let space = KeySpace(.bigint, form, domain: .none)
                let back = space.column(try space.codes(column))
                #expect(values.indices.allSatisfy { back.value(at: $0) == values[$0] })
            }
        }
        let flags = Column(
            type: .boolean, values: .booleans([0, 1, 0]),
            validity: Bitmap(words: [0b011], count: 3))
        let space = KeySpace(.boolean, .range(first: 0, step: 1, count: 2), domain: .none)
        let back = space.column(try space.codes(flags))
        #expect((0..<3).map { back.value(at: $0) } == [.boolean(false), .boolean(true), .null])
    }

    @Test("A value outside of the bounds that zone maps gave is an error, not a wrong group")
    func outside() {
        let space = KeySpace(.bigint, .range(first: 10, step: 1, count: 5), domain: .none)
        for value in [Int64(9), 15, .min, .max] {
            do throws(QueryError) {
                _ = try space.codes(Column(type: .bigint, values: .integers([12, value])))
                Issue.record("\(value) lies outside of 10 to 14")
            } catch {
                #expect(error.code == .damagedSegment)
            }
        }
    }

    @Test("Words of several keys are numbered as the tuples are, at any width")
    func tuples() throws {
        for seed in UInt64(0)..<30 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let keyCount = Int.random(in: 1...4, using: &generator)
            let all = try Self.spaces()
            let spaces = (0..<keyCount).map { _ in all.randomElement(using: &generator) ?? all[0] }
            let keys = GroupKeys(spaces)
            var table = GroupWordTable(keys)
            var numberOf: [[Value]: UInt32] = [:]
            var tuples: [[Value]] = []
            for _ in 0..<5 {
                let values = (0..<keyCount).map { _ in
                    (0..<120).map { _ in Self.text(&generator) }
                }
                let columns = values.map { KeyVector.vector(.column(Self.columns($0)[0])) }
                let numbers = table.numbers(of: try keys.words(of: columns, count: 120))
                for row in 0..<120 {
                    let tuple = values.map { $0[row] }
                    if numberOf[tuple] == nil {
                        numberOf[tuple] = UInt32(tuples.count)
                        tuples.append(tuple)
                    }
                    #expect(numbers[row] == numberOf[tuple], "seed \(seed)")
                }
            }
            #expect(table.count == tuples.count)
            let words = table.freeze()
            for key in 0..<keyCount {
                let column = keys.column(key, of: words, 0..<tuples.count)
                let validity = keys.validity(key, of: words, 0..<tuples.count)
                for group in tuples.indices {
                    #expect(column.value(at: group) == tuples[group][key], "seed \(seed)")
                    #expect(validity[group] == !tuples[group][key].isNull)
                }
                let last = keys.column(key, of: words, [tuples.count - 1, 0])
                #expect(last.value(at: 0) == tuples[tuples.count - 1][key])
                #expect(last.value(at: 1) == tuples[0][key])
            }
        }
    }
}
