import TestSupport
import Testing

@testable import Ingest

@Suite struct JSONDifferentialTests {
    @Test(
        "Scanner and naive reader agree on random documents and on damaged ones", arguments: 1...8)
    func agree(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var acceptedCount = 0
        for _ in 0..<2_000 {
            var bytes: [UInt8] = []
            Self.appendValue(&bytes, &random, level: 0)
            #expect(
                scannerAccepts(bytes), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            for _ in 0..<4 {
                let damaged = Self.damage(bytes, &random)
                let expected = NaiveJSON.accepts(damaged)
                acceptedCount += expected ? 1 : 0
                #expect(
                    scannerAccepts(damaged) == expected,
                    "seed \(seed): \(String(decoding: damaged, as: UTF8.self)) \(damaged)")
            }
        }
        #expect(acceptedCount > 100, "damage that leaves JSON is tried as well")
    }

    private static func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var damaged = bytes
        let alphabet =
            Array("{}[]\":,\\ue0123456789.-+tfnull \n\t\u{0}é".utf8) + [0xff, 0xed, 0xa0]
        for _ in 0...random.below(2) where !damaged.isEmpty {
            let at = random.below(damaged.count)
            switch random.below(5) {
            case 0: damaged[at] ^= 1 << UInt8(random.below(8))
            case 1: damaged.remove(at: at)
            case 2: damaged.insert(alphabet[random.below(alphabet.count)], at: at)
            case 3: damaged[at] = alphabet[random.below(alphabet.count)]
            default: damaged.removeLast(damaged.count - at)
            }
        }
        return damaged
    }

    private static func blank(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        while random.chance(15) { bytes.append([0x20, 0x09, 0x0a, 0x0d][random.below(4)]) }
    }

    private static func appendValue(
        _ bytes: inout [UInt8], _ random: inout SeededGenerator, level: Int
    ) {
        blank(&bytes, &random)
        switch random.below(level > 3 ? 5 : 8) {
        case 0: bytes += Array(["true", "false", "null"][random.below(3)].utf8)
        case 1: appendNumber(&bytes, &random)
        case 2...4: appendString(&bytes, &random, prefix: "")
        case 5:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<random.below(5) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                appendValue(&bytes, &random, level: level + 1)
            }
            blank(&bytes, &random)
            bytes.append(UInt8(ascii: "]"))
        default:
            bytes.append(UInt8(ascii: "{"))
            for index in 0..<random.below(5) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                blank(&bytes, &random)
                appendString(&bytes, &random, prefix: "\(index)")
                blank(&bytes, &random)
                bytes.append(UInt8(ascii: ":"))
                appendValue(&bytes, &random, level: level + 1)
            }
            blank(&bytes, &random)
            bytes.append(UInt8(ascii: "}"))
        }
        blank(&bytes, &random)
    }

    private static func appendNumber(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        var text = random.chance(30) ? "-" : ""
        text += random.chance(20) ? "0" : String(random.next() >> UInt64(random.below(63)) | 1)
        if random.chance(40) { text += "." + String(random.next() >> UInt64(random.below(60))) }
        if random.chance(30) {
            text += ["e", "E", "e+", "e-", "E+", "E-"][random.below(6)] + String(random.below(400))
        }
        bytes += Array(text.utf8)
    }

    private static func appendString(
        _ bytes: inout [UInt8], _ random: inout SeededGenerator, prefix: String
    ) {
        let parts = [
            "a", "bc", "plain text ", "é", "결제", "😀", #"\n"#, #"\""#, #"\\"#, #"\u00e9"#,
            #"\ud83d\ude00"#, #"\u0000"#, #"\/"#, "\u{7f}", "01234567", "\u{10ffff}",
        ]
        bytes.append(UInt8(ascii: "\""))
        bytes += Array(prefix.utf8)
        for _ in 0..<random.below(6) { bytes += Array(parts[random.below(parts.count)].utf8) }
        bytes.append(UInt8(ascii: "\""))
    }
}
