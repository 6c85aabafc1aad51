import TestSupport
import Testing

@testable import Segments

@Suite("The interner")
struct StringInternerTests {
    @Test("Equal strings have equal numbers, others others, at every length", arguments: 0..<4)
    func numbers(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var interner = StringInterner(minimumCapacity: 0)
        var expected: [[UInt8]: UInt32] = [:]
        for _ in 0..<20_000 {
            // Few letters, zero among them, so that lengths and places decide.
            let count = Int.random(in: 0..<40, using: &random)
            let varied = Int.random(in: 0..<max(1, count), using: &random)
            var string = [UInt8](repeating: 0, count: count)
            if count > 0 { string[varied] = UInt8.random(in: 0..<3, using: &random) }
            if count > 0 { string[count - 1] ^= UInt8.random(in: 0..<2, using: &random) }
            let number = interner.intern(string.span)
            #expect(expected[string, default: UInt32(expected.count)] == number)
            expected[string] = number
        }
        #expect(interner.count == expected.count)
        for (string, number) in expected {
            #expect(interner.strings.text(at: Int(number)).bytes == string)
        }
    }
}
