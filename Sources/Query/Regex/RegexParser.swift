/// Why a text is no regular expression that is understood here.
struct RegexError: Error, Equatable {
    let reason: String
    /// Which character it is about, from 1.
    let position: Int
}

/// Reads a regular expression; each construct that is left out has an error that says so.
struct RegexParser {
    /// Longer patterns, deeper groups and higher counts are refused.
    static let maximumScalarCount = 4_096
    static let maximumDepth = 64
    static let maximumRepetition = 1_000

    let scalars: [UInt32]
    var position = 0
    var depth = 0
    private(set) var groupCount = 0
    var flags = Flags()

    struct Flags {
        var ignoresCase = false
        var dotsMatchLineEnds = false
        var isMultiline = false
    }

    init(_ pattern: String) throws(RegexError) {
        scalars = pattern.unicodeScalars.map(\.value)
        guard scalars.count <= Self.maximumScalarCount else {
            throw RegexError(
                reason: "it has more than \(Self.maximumScalarCount) characters",
                position: Self.maximumScalarCount)
        }
    }

    /// The whole expression.
    mutating func parse() throws(RegexError) -> RegexSyntax {
        let syntax = try alternatives()
        guard position == scalars.count else { throw error("a parenthesis closes nothing") }
        return syntax
    }

    func error(_ reason: String, at place: Int? = nil) -> RegexError {
        RegexError(reason: reason, position: (place ?? position) + 1)
    }

    var peek: Unicode.Scalar? {
        position < scalars.count ? Unicode.Scalar(scalars[position]) : nil
    }

    func follows(_ text: String) -> Bool {
        scalars[position...].starts(with: text.unicodeScalars.map(\.value))
    }

    mutating func accept(_ text: String) -> Bool {
        guard follows(text) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    private mutating func alternatives() throws(RegexError) -> RegexSyntax {
        let outer = flags
        defer { flags = outer }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw error("groups are nested too deeply") }
        var branches = [try sequence()]
        while accept("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(RegexError) -> RegexSyntax {
        var items: [RegexSyntax] = []
        while let next = peek, next != "|", next != ")" {
            if accept("\\Q") {
                while position < scalars.count, !accept("\\E") {
                    items.append(.scalars(literal(scalars[position])))
                    position += 1
                }
                continue
            }
            let item = try atom()
            items.append(try repetitions(item))
        }
        return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
    }

    func literal(_ scalar: UInt32) -> ScalarSet {
        ScalarSet(scalar, ignoringCase: flags.ignoresCase)
    }

    private mutating func atom() throws(RegexError) -> RegexSyntax {
        guard let next = peek else { throw error("something is missing") }
        switch next {
        case "(": return try group()
        case "[": return .scalars(try characterClass())
        case "\\": return try escape()
        case ".":
            position += 1
            return .scalars(
                flags.dotsMatchLineEnds ? .everything : ScalarSet.lineEnds.inverted)
        case "^":
            position += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            position += 1
            return .assertion(flags.isMultiline ? .lineEnd : .lastLineEnd)
        case "*", "+", "?": throw error("nothing stands before \(next)")
        default:
            position += 1
            return .scalars(literal(next.value))
        }
    }

    // MARK: Repetition

    private mutating func repetitions(_ item: RegexSyntax) throws(RegexError) -> RegexSyntax {
        var item = item
        while let next = peek {
            let bounds: (least: Int, most: Int?)
            let start = position
            switch next {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{": bounds = try counts()
            default: return item
            }
            if next != "{" { position += 1 }
            if peek == "+" {
                throw error("possessive repetition is not supported", at: start)
            }
            item = .repeated(item, least: bounds.least, most: bounds.most, isLazy: accept("?"))
        }
        return item
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    private mutating func counts() throws(RegexError) -> (least: Int, most: Int?) {
        let start = position
        position += 1
        guard let least = number() else {
            throw error("a count is written {n}, {n,} or {n,m}; a brace itself \\{", at: start)
        }
        var most: Int? = least
        if accept(",") { most = number() }
        guard accept("}"), most.map({ $0 >= least }) ?? true else {
            throw error("a count is written {n}, {n,} or {n,m}", at: start)
        }
        guard max(least, most ?? 0) <= Self.maximumRepetition else {
            throw error("a count is at most \(Self.maximumRepetition)", at: start)
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var (value, count) = (0, 0)
        while position < scalars.count, (0x30...0x39).contains(scalars[position]), count < 6 {
            value = value * 10 + Int(scalars[position] - 0x30)
            count += 1
            position += 1
        }
        return count > 0 ? value : nil
    }

    // MARK: Groups

    private mutating func group() throws(RegexError) -> RegexSyntax {
        let start = position
        position += 1
        var index: Int?
        if accept("?") {
            if follows("=") || follows("!") || follows("<=") || follows("<!") {
                throw error("look-around is not supported", at: start)
            }
            if follows(">") { throw error("atomic groups are not supported", at: start) }
            if accept("<") {
                while let next = peek, next != ">" { position += 1 }
                guard accept(">") else { throw error("a group's name is not closed", at: start) }
                groupCount += 1
                index = groupCount
            } else if !accept(":") {
                return try flagGroup(start)
            }
        } else {
            groupCount += 1
            index = groupCount
        }
        let inner = try alternatives()
        guard accept(")") else { throw error("a parenthesis is not closed", at: start) }
        return index.map { .group(inner, index: $0) } ?? inner
    }

    /// `(?i)` for the rest of the group around it, or `(?i:...)`.
    private mutating func flagGroup(_ start: Int) throws(RegexError) -> RegexSyntax {
        let outer = flags
        var isOn = true
        while let next = peek, next != ")", next != ":" {
            switch next {
            case "-": isOn = false
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotsMatchLineEnds = isOn
            case "m": flags.isMultiline = isOn
            case "u", "U": break
            default: throw error("the flag \(next) is not supported")
            }
            position += 1
        }
        if accept(")") { return .empty }
        guard accept(":") else { throw error("a parenthesis is not closed", at: start) }
        let inner = try alternatives()
        flags = outer
        guard accept(")") else { throw error("a parenthesis is not closed", at: start) }
        return inner
    }
}
