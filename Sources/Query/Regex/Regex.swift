import Segments

/// A compiled regular expression, known by its text.
public final class Regex: Hashable, Sendable {
    /// As written; compared by its bytes, as all texts are.
    let pattern: Text
    let program: RegexProgram

    /// Compiles a pattern of Java's syntax, as far as it can be matched in linear time.
    init(_ pattern: String) throws(RegexError) {
        self.pattern = Text(pattern)
        program = try RegexProgram(pattern)
    }

    /// Expressions of one text are the same.
    public static func == (one: Regex, other: Regex) -> Bool { one.pattern == other.pattern }

    /// By text.
    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

/// What REGEXP_REPLACE puts in the place of a match: texts, and `$n` for what group n matched.
public struct RegexReplacement: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal([UInt8])
        case group(Int)
    }

    private(set) var pieces: [Piece] = []

    /// Reads `a$1b`; `\$` is a dollar sign, `\\` a backslash.
    ///
    /// - Returns: `nil` where a dollar sign has no number behind it, or the number of no group.
    init?(_ text: String, groups: Int) {
        var rest = Array(text.utf8)[...]
        var literal: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                literal.append(escaped)
            } else if byte == UInt8(ascii: "$") {
                guard let digit = rest.first, digit &- 0x30 < 10 else { return nil }
                var number = 0
                // As many digits as name a group that there is.
                while let digit = rest.first, digit &- 0x30 < 10 {
                    let longer = number * 10 + Int(digit - 0x30)
                    if longer > groups { break }
                    number = longer
                    rest.removeFirst()
                    if number == 0 { break }
                }
                if number == 0, digit != UInt8(ascii: "0") { return nil }
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(.group(number))
            } else {
                literal.append(byte)
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
    }

    /// The highest group used.
    var highestGroup: Int {
        pieces.reduce(0) { highest, piece in
            if case .group(let number) = piece { max(highest, number) } else { highest }
        }
    }
}

extension RegexMachine {
    /// Appends `text` with every match replaced; the machine finds groups up to the highest used.
    mutating func appendReplacing(
        _ text: Span<UInt8>, with replacement: RegexReplacement, to result: inout StringVector
    ) {
        var (done, position) = (0, 0)
        while position <= text.count, find(in: text, from: position) {
            let (start, end) = (Int(slots[0]), Int(slots[1]))
            TextKernels.append(text, done..<start, to: &result)
            for piece in replacement.pieces {
                switch piece {
                case .literal(let bytes):
                    for byte in bytes { result.append(byte: byte) }
                case .group(let number):
                    let (from, to) = (Int(slots[number * 2]), Int(slots[number * 2 + 1]))
                    if from >= 0, to >= from { TextKernels.append(text, from..<to, to: &result) }
                }
            }
            done = end
            position = end > start ? end : end + Self.width(in: text, at: end)
        }
        if done < text.count { TextKernels.append(text, done..<text.count, to: &result) }
    }
}
