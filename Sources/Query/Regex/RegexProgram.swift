/// A regular expression as instructions for a machine that follows all ways at once.
///
/// ```
/// a|bc   0 split 1 3    1 a    2 jump 5    3 b    4 c    5 match
/// ```
///
/// Of two ways of a split the first is preferred, which makes the first match the one that Perl and
/// Java find.
struct RegexProgram: Sendable {
    /// One step of one way.
    enum Instruction: Sendable {
        /// Takes one scalar of set `index`.
        case scalar(set: Int)
        case split(Int, Int)
        case jump(Int)
        /// Remembers the position in a slot.
        case save(Int)
        case assert(RegexAssertion)
        case match
    }

    private static let maximumCount = 20_000

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ScalarSet] = []
    /// Groups in parentheses; group 0 is the match itself.
    private(set) var groupCount = 0
    /// The first bytes that a match can begin with; `nil` where it may be empty or be anything.
    private(set) var firstBytes: [Bool]?
    /// Whether a match can begin at the start of the text only.
    private(set) var isAnchored = false

    /// Compiles a pattern.
    init(_ pattern: String) throws(RegexError) {
        var parser = try RegexParser(pattern)
        let syntax = try parser.parse()
        groupCount = parser.groupCount
        try emit(.save(0))
        try compile(syntax)
        try emit(.save(1))
        try emit(.match)
        firstBytes = possibleFirstBytes()
        isAnchored = Self.isAnchored(syntax)
    }

    private mutating func emit(_ instruction: Instruction) throws(RegexError) {
        guard instructions.count < Self.maximumCount else {
            throw RegexError(reason: "its repetitions make it too long", position: 1)
        }
        instructions.append(instruction)
    }

    private mutating func compile(_ syntax: RegexSyntax) throws(RegexError) {
        switch syntax {
        case .empty: break
        case .scalars(let set):
            try emit(.scalar(set: sets.count))
            sets.append(set.prepared)
        case .assertion(let assertion): try emit(.assert(assertion))
        case .sequence(let items):
            for item in items { try compile(item) }
        case .alternatives(let branches): try compile(alternatives: branches)
        case .repeated(let item, let least, let most, let isLazy):
            let start = instructions.count
            for _ in 0..<least {
                try compile(item)
                // What compiles to nothing does so a thousand times.
                if instructions.count == start { return }
            }
            if let most {
                try compile(optional: item, most - least, isLazy: isLazy)
            } else {
                try compile(star: item, isLazy: isLazy)
            }
        case .group(let inner, let index):
            try emit(.save(index * 2))
            try compile(inner)
            try emit(.save(index * 2 + 1))
        }
    }

    private mutating func compile(alternatives branches: [RegexSyntax]) throws(RegexError) {
        var jumps: [Int] = []
        for (number, branch) in branches.enumerated() {
            guard number + 1 < branches.count else {
                try compile(branch)
                break
            }
            let split = instructions.count
            try emit(.match)
            try compile(branch)
            jumps.append(instructions.count)
            try emit(.match)
            instructions[split] = .split(split + 1, instructions.count)
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func compile(
        optional item: RegexSyntax, _ count: Int, isLazy: Bool
    ) throws(RegexError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(instructions.count)
            try emit(.match)
            try compile(item)
        }
        for split in splits { branch(at: split, to: split + 1, or: instructions.count, isLazy) }
    }

    private mutating func compile(star item: RegexSyntax, isLazy: Bool) throws(RegexError) {
        let split = instructions.count
        try emit(.match)
        try compile(item)
        try emit(.jump(split))
        branch(at: split, to: split + 1, or: instructions.count, isLazy)
    }

    private mutating func branch(at index: Int, to inner: Int, or outer: Int, _ isLazy: Bool) {
        instructions[index] = isLazy ? .split(outer, inner) : .split(inner, outer)
    }

    // MARK: What a match begins with

    private static func isAnchored(_ syntax: RegexSyntax) -> Bool {
        switch syntax {
        case .assertion(.textStart): true
        case .sequence(let items): items.first.map(isAnchored) ?? false
        case .alternatives(let branches): branches.allSatisfy(isAnchored)
        case .group(let inner, _): isAnchored(inner)
        case .repeated(let item, let least, _, _): least > 0 && isAnchored(item)
        default: false
        }
    }

    private func possibleFirstBytes() -> [Bool]? {
        var bytes = [Bool](repeating: false, count: 256)
        var seen = Set<Int>()
        var open = [0]
        while let index = open.popLast() {
            guard seen.insert(index).inserted else { continue }
            switch instructions[index] {
            case .match: return nil
            case .save, .assert: open.append(index + 1)
            case .jump(let target): open.append(target)
            case .split(let one, let other): open += [one, other]
            case .scalar(let set):
                for scalar in UInt32(0)..<128 where sets[set].contains(scalar) {
                    bytes[Int(scalar)] = true
                }
                // Whatever is beyond ASCII may begin with any such byte.
                for byte in 128..<256 { bytes[byte] = true }
            }
        }
        return bytes
    }
}
