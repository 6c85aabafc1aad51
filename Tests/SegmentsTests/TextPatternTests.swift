import Testing

@testable import Segments

/// Texts of one pattern, their codes, and what can be done with codes alone.
@Suite("Text patterns")
struct TextPatternTests {
    /// A shape of ids: `#` digit, `h` `H` hexadecimal, `b` `B` base 32, `l` `L` letters,
    /// `u` base64url, `a` ASCII, everything else itself.
    private static let shapes = [
        "ORD-202609##-BBBBBBBB", "pay_bbbbbbbbbbbbbbbbbbbb", "01BBBBBBBBBBBBBBBBBBBBBBBB",
        "C#######", "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", "HHHHHHHHHHHHHHHH", "LLL-lll-uuu-aaa",
        "주문-####-BBBB", "################", "LLLLLLLLLLLLL", "uuuuuuuuuu####", "constant", "",
        "aaaaaaaaaaaaaaaaa##", "#",
    ]

    static func alphabet(_ character: Character) -> TextAlphabet? {
        switch character {
        case "#": .digits
        case "h": .lowerHex
        case "H": .upperHex
        case "b": .lowerBase32
        case "B": .upperBase32
        case "l": .lowerLetters
        case "L": .upperLetters
        case "u": .urlSafe
        case "a": .ascii
        default: nil
        }
    }

    /// A text of a shape; ids that hold these letters themselves are not among the shapes.
    static func text(_ shape: String, _ draw: inout Draw) -> Text {
        var bytes: [UInt8] = []
        let isPlain = ["constant"].contains(shape)
        for character in shape {
            if !isPlain, let alphabet = alphabet(character) {
                let symbols = alphabet.bytes
                bytes.append(symbols[draw.below(symbols.count)])
            } else {
                bytes.append(contentsOf: String(character).utf8)
            }
        }
        return Text(bytes: bytes)
    }

    private static func texts(_ shape: String, _ count: Int, _ seed: Int) -> [Text] {
        var draw = Draw(seed: UInt64(seed))
        return (0..<count).map { _ in text(shape, &draw) }
    }

    private static func covering(_ texts: [Text]) -> TextPattern? {
        TextPattern.covering(StringVector(texts), 0..<texts.count, nil)
    }

    @Test("Texts become codes and come back, and codes order as the texts do", arguments: shapes)
    func roundTrip(shape: String) throws {
        for seed in 0..<4 {
            let texts = Self.texts(shape, [1, 2, 30, 500][seed], seed)
            let pattern = try #require(Self.covering(texts), "\(shape), seed \(seed)")
            let codes = try #require(pattern.packWide(StringVector(texts), nil))
            #expect(codes.allSatisfy { pattern.bitCount == 128 || $0 >> pattern.bitCount == 0 })
            #expect(codes.map { pattern.text($0) } == texts, "\(shape), seed \(seed)")
            #expect(pattern.unpack(codes, nil) == StringVector(texts))
            #expect(pattern.areCodes(codes))
            #expect(
                texts.indices.sorted { (codes[$0], $0) < (codes[$1], $1) }
                    == texts.indices.sorted {
                        texts[$0] == texts[$1] ? $0 < $1 : texts[$0] < texts[$1]
                    })
            guard !pattern.isWide else { continue }
            let narrow = try #require(pattern.packNarrow(StringVector(texts), nil))
            #expect(narrow.map { UInt128($0) } == codes)
            #expect(pattern.unpack(narrow, nil) == StringVector(texts))
            #expect(pattern.areCodes(narrow))
        }
    }

    @Test("NULLs take the code zero and come back as empty strings")
    func nulls() throws {
        let texts = Self.texts("C#######", 100, 1)
        var validity = Bitmap(repeating: true, count: 100)
        for row in stride(from: 0, to: 100, by: 7) { validity.set(row, to: false) }
        var strings = StringVector()
        for row in 0..<100 {
            let text = validity[row] ? texts[row].bytes : []
            strings.append(text.span)
        }
        let pattern = try #require(TextPattern.covering(strings, 0..<100, validity))
        let codes = try #require(pattern.packNarrow(strings, validity))
        #expect(codes[7] == 0 && pattern.unpack(codes, validity) == strings)
    }

    @Test("Lengths that differ, bytes beyond ASCII that differ and 129 bits have no pattern")
    func unfit() throws {
        func pattern(_ texts: [String]) -> TextPattern? { Self.covering(texts.map { Text($0) }) }
        #expect(pattern(["1234567890123456", "12345678901234567"]) == nil)
        #expect(pattern(["", "1"]) == nil)
        #expect(pattern([]) == nil)
        #expect(pattern(["주문1", "주간1"]) == nil)
        #expect(pattern(["é", "è"]) == nil)
        #expect(pattern(["주문1", "주문2"])?.bitCount == 4)
        #expect(pattern([""])?.bitCount == 0)
        #expect(pattern([String(repeating: "x", count: 255)])?.bitCount == 0)
        #expect(pattern([String(repeating: "x", count: 256)]) == nil)
        func bits(_ counts: [(TextAlphabet, Int)]) -> TextPattern? {
            TextPattern(counts.flatMap { Array(repeating: .symbol($0.0), count: $0.1) })
        }
        #expect(bits([(.digits, 16)])?.isWide == false)
        #expect(bits([(.digits, 15), (.upperLetters, 1)])?.isWide == true)
        #expect(bits([(.digits, 32)])?.bitCount == 128)
        #expect(bits([(.digits, 31), (.upperLetters, 1)]) == nil)
        #expect(TextPattern([.constant(0xc3)]) == nil)
        #expect(TextPattern([.constant(0xc3), .symbol(.digits)]) == nil)
    }

    @Test("The smallest alphabet does not depend on the order of bytes")
    func closure() {
        var draw = Draw(seed: 5)
        for one in TextAlphabet.allCases {
            for other in TextAlphabet.allCases {
                let shared = one.set & other.set
                let isAlphabet = shared == 0 || TextAlphabet.allCases.contains { $0.set == shared }
                #expect(isAlphabet, "\(one) and \(other)")
            }
        }
        for _ in 0..<2_000 {
            let alphabet = TextAlphabet.allCases[draw.below(TextAlphabet.allCases.count)]
            let bytes = (0..<1 + draw.below(6)).map { _ in
                alphabet.bytes[draw.below(alphabet.bytes.count)]
            }
            let set = bytes.reduce(UInt128(0)) { $0 | 1 << UInt128($1) }
            let found = TextAlphabet.smallest(holding: set)
            for other in TextAlphabet.allCases where set & ~other.set == 0 {
                #expect(found.set & ~other.set == 0, "\(bytes)")
            }
        }
    }

    @Test("A union holds both sides, in either order, and codes convert without their texts")
    func union() throws {
        var draw = Draw(seed: 9)
        var converted = 0
        for round in 0..<400 {
            let shapes = Self.pairs[round % Self.pairs.count]
            let texts = (0..<2).map { side in
                (0..<1 + draw.below(40)).map { _ in Self.text(shapes[side], &draw) }
            }
            guard let one = Self.covering(texts[0]), let other = Self.covering(texts[1]) else {
                continue
            }
            let union = one.union(other)
            #expect(union == other.union(one))
            #expect(union == Self.covering(texts[0] + texts[1]), "round \(round)")
            guard let union else { continue }
            #expect(union.contains(one) && union.contains(other))
            for (pattern, texts) in [(one, texts[0]), (other, texts[1])] {
                let conversion = try #require(TextConversion(from: pattern, to: union))
                let strings = StringVector(texts)
                let codes = try #require(pattern.packWide(strings, nil))
                let expected = try #require(union.packWide(strings, nil))
                #expect(codes.map { conversion.convert($0) } == expected, "round \(round)")
                converted += 1
                if union.isWide, pattern.isWide {
                    #expect(conversion.convert(codes) == expected)
                } else if let narrow = pattern.packNarrow(optional: strings) {
                    #expect(conversion.widen(narrow) == expected)
                    if !union.isWide {
                        #expect(conversion.convert(narrow).map { UInt128($0) } == expected)
                    }
                }
            }
        }
        #expect(converted > 400)
        let digits = try #require(TextPattern([.symbol(.digits)]))
        let hex = try #require(TextPattern([.symbol(.lowerHex)]))
        #expect(TextConversion(from: hex, to: digits) == nil)
    }

    private static let pairs = [
        ["ORD-202609##-BBBBBBBB", "ORD-202510##-BBBBBBBB"], ["C#######", "C#######"],
        ["C#######", "CHHHHHHH"], ["Chhhhhhh", "CHHHHHHH"], ["C#######", "Cuuuuuuu"],
        ["pay_bbbbbbbbbbbbbbbbbbbb", "pay_################bbbb"],
        ["hhhhhhhhhhhhhhhh", "uuuuuuuuuuuuuuuu"],
        ["hhhhhhhhhhhhhhhhhhhh", "uuuuuuuuuuuuuuuuuuuu"],
        ["LLLL", "llll"], ["llll", "bbbb"], ["LLLL", "aaaa"], ["주문-####", "주문-BBBB"],
        ["주문-####", "주간-####"],
    ]

    @Test("The bound of any text splits the codes as the texts are split")
    func bounds() throws {
        var draw = Draw(seed: 3)
        for shape in Self.shapes {
            let texts = Self.texts(shape, 60, draw.below(1_000))
            let pattern = try #require(Self.covering(texts))
            let codes = try #require(pattern.packWide(StringVector(texts), nil))
            for _ in 0..<150 {
                var probe = texts[draw.below(texts.count)].bytes
                switch draw.below(5) {
                case 0: probe.removeLast(min(probe.count, draw.below(3)))
                case 1: probe.append(UInt8(draw.below(128)))
                case 2 where !probe.isEmpty:
                    probe[draw.below(probe.count)] = UInt8(draw.below(256))
                case 3 where !probe.isEmpty:
                    probe[draw.below(probe.count)] = draw.below(2) == 0 ? 0xff : 0
                default: break
                }
                let text = Text(bytes: probe)
                let bound = pattern.bound(of: probe.span)
                #expect(bound.isExact == (pattern.pack(probe.span) != nil))
                if bound.isExact { #expect(bound.code == pattern.pack(probe.span)) }
                for (row, code) in codes.enumerated() {
                    let isBelow = bound.code.map { code < $0 } ?? true
                    #expect(isBelow == (texts[row] < text), "\(shape): \(texts[row]), \(text)")
                }
            }
        }
    }

    @Test("A window finds exactly the texts that hold a part at its place")
    func windows() throws {
        var draw = Draw(seed: 4)
        for shape in Self.shapes where !shape.isEmpty {
            let texts = Self.texts(shape, 200, draw.below(1_000))
            let pattern = try #require(Self.covering(texts))
            let codes = try #require(pattern.packWide(StringVector(texts), nil))
            for _ in 0..<100 {
                let source = texts[draw.below(texts.count)].bytes
                let start = draw.below(source.count)
                var part = Array(source[start..<start + 1 + draw.below(source.count - start)])
                if draw.below(4) == 0 { part[draw.below(part.count)] = UInt8(draw.below(256)) }
                let place = draw.below(3) == 0 ? draw.below(source.count) : start
                let window = pattern.window(of: part.span, at: place)
                for (row, code) in codes.enumerated() {
                    let found = window.map { code & $0.mask == $0.value } ?? false
                    let isThere =
                        place + part.count <= source.count
                        && Array(texts[row].bytes[place..<place + part.count]) == part
                    #expect(found == isThere, "\(shape)")
                }
            }
        }
    }

    @Test("Integers that are no codes are told from codes")
    func noCodes() throws {
        var draw = Draw(seed: 6)
        for shape in Self.shapes {
            let pattern = try #require(Self.covering(Self.texts(shape, 300, 1)))
            for _ in 0..<300 {
                var code = UInt128(draw.next()) << 64 | UInt128(draw.next())
                if draw.below(4) > 0, pattern.bitCount < 128 {
                    code &= 1 << UInt128(pattern.bitCount) - 1
                }
                let isCode =
                    (pattern.bitCount == 128 || code >> UInt128(pattern.bitCount) == 0)
                    && pattern.pack(pattern.text(code).bytes.span) == code
                #expect(pattern.areCodes([code]) == isCode, "\(shape): \(code)")
                if let narrow = UInt64(exactly: code), !pattern.isWide {
                    #expect(pattern.areCodes([narrow]) == isCode)
                }
            }
        }
    }

    @Test("A pattern's bytes read back, and no bytes trap")
    func bytes() throws {
        for shape in Self.shapes {
            let pattern = try #require(Self.covering(Self.texts(shape, 50, 2)))
            var writer = ByteWriter()
            pattern.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            #expect(try TextPattern.decode(from: &reader) == pattern && reader.isAtEnd)
            for bit in 0..<writer.bytes.count * 8 {
                var flipped = writer.bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                var reader = ByteReader(flipped)
                _ = try? TextPattern.decode(from: &reader)
            }
        }
    }
}

extension TextPattern {
    fileprivate func packNarrow(optional strings: StringVector) -> [UInt64]? {
        isWide ? nil : packNarrow(strings, nil)
    }
}
