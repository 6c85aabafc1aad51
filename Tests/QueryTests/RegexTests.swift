import Segments
import TestSupport
import Testing

@testable import Query

/// The machine for regular expressions against a plain backtracking matcher, and its limits.
@Suite("Regular expressions")
struct RegexTests {
    /// Tries one way after the other, as Perl does; for texts of a few letters only.
    private struct Backtracking {
        let text: [UInt32]

        func end(of syntax: RegexSyntax, from start: Int) -> Int? {
            var end: Int?
            _ = match(syntax, start) { position in
                end = position
                return true
            }
            return end
        }

        private func match(_ syntax: RegexSyntax, _ at: Int, _ next: (Int) -> Bool) -> Bool {
            switch syntax {
            case .empty: return next(at)
            case .scalars(let set):
                return at < text.count && set.contains(text[at]) && next(at + 1)
            case .assertion(.textStart): return at == 0 && next(at)
            case .assertion: return at == text.count && next(at)
            case .group(let inner, _): return match(inner, at, next)
            case .alternatives(let branches):
                return branches.contains { match($0, at, next) }
            case .sequence(let items):
                guard let first = items.first else { return next(at) }
                return match(first, at) { match(.sequence(Array(items.dropFirst())), $0, next) }
            case .repeated(let item, let least, let most, let isLazy):
                func again() -> Bool {
                    guard most != 0 else { return false }
                    let rest = RegexSyntax.repeated(
                        item, least: max(0, least - 1), most: most.map { $0 - 1 }, isLazy: isLazy)
                    return match(item, at) { $0 > at && match(rest, $0, next) }
                }
                if least > 0 { return again() }
                return isLazy ? next(at) || again() : again() || next(at)
            }
        }
    }

    @Test("Patterns that differ in their bytes alone are two patterns")
    func equality() throws {
        #expect(try Regex("caf\u{e9}") != Regex("cafe\u{301}"))
    }

    /// A pattern that matches no empty text inside a repetition.
    private func pattern(_ random: inout SeededGenerator, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 3), using: &random) {
        case 0: return "a"
        case 1: return "b"
        case 2: return ["[ab]", "[^a]", "."].randomElement(using: &random) ?? "."
        case 3:
            return pattern(&random, depth: depth - 1) + pattern(&random, depth: depth - 1)
        case 4:
            return "(" + pattern(&random, depth: depth - 1) + "|"
                + pattern(&random, depth: depth - 1) + ")"
        case 5:
            let suffix = ["+", "+?", "{2}", "{1,2}", "{1,3}?"].randomElement(using: &random) ?? "+"
            return "(?:" + pattern(&random, depth: depth - 1) + ")" + suffix
        case 6:
            let suffix = ["*", "?", "*?", "??", "{0,2}"].randomElement(using: &random) ?? "*"
            return "(?:" + pattern(&random, depth: depth - 1) + ")" + suffix
                + pattern(&random, depth: depth - 1)
        default: return pattern(&random, depth: depth - 1)
        }
    }

    @Test("The first match is the one that trying one way after the other finds")
    func backtracking() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<1_500 {
            var pattern = pattern(&random, depth: 4)
            if Int.random(in: 0..<6, using: &random) == 0 { pattern = "^" + pattern }
            if Int.random(in: 0..<6, using: &random) == 0 { pattern += "\\z" }
            var parser = try RegexParser(pattern)
            let syntax = try parser.parse()
            var machine = RegexMachine(try RegexProgram(pattern), groups: 0)
            for _ in 0..<6 {
                let letters = (0..<Int.random(in: 0..<9, using: &random)).map { _ in
                    ["a", "b", "é"].randomElement(using: &random) ?? "a"
                }
                let text = letters.joined()
                let plain = Backtracking(text: text.unicodeScalars.map(\.value))
                let expected = (0...letters.count).lazy.compactMap { start in
                    plain.end(of: syntax, from: start).map { (start, $0) }
                }.first
                let bytes = Array(text.utf8)
                let isFound = machine.find(in: bytes.span)
                #expect(isFound == (expected != nil), "\(pattern) in \(text), seed 3")
                guard isFound, let expected else { continue }
                func offset(_ count: Int) -> Int32 {
                    Int32(letters.prefix(count).reduce(0) { $0 + $1.utf8.count })
                }
                #expect(
                    machine.slots == [offset(expected.0), offset(expected.1)],
                    "\(pattern) in \(text), seed 3")
            }
        }
    }

    @Test("Patterns that trap backtracking take time linear in the text")
    func linear() throws {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 20_000)
        for pattern in ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)b"] {
            var machine = RegexMachine(try RegexProgram(pattern), groups: nil)
            let isFound = machine.find(in: text.span)
            #expect(!isFound, "\(pattern)")
        }
    }

    @Test("No text is a pattern that traps")
    func fuzz() {
        var random = SeededGenerator(seed: 9)
        let letters = Array("ab\\()[]{}*+?|^$.-,:<>=!&dwpLQEx{1}0iu")
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<12, using: &random)
            let pattern = String(
                (0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
            guard let program = try? RegexProgram(pattern) else { continue }
            var machine = RegexMachine(program, groups: program.groupCount)
            let text = Array("ab(){é".utf8)
            _ = machine.find(in: text.span)
        }
    }
}
