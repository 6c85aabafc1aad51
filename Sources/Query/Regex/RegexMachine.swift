import Segments

/// Runs a compiled regular expression over texts: all ways side by side, one scalar after the
/// other, so that the time is linear in the text whatever the pattern (Pike's machine).
///
/// It holds the room that a run needs, and is used for one text after the other.
struct RegexMachine {
    private let program: RegexProgram
    /// Positions to remember: two for each group wanted.
    private let slotCount: Int
    private var current: Ways
    private var next: Ways
    private var stack: [Frame] = []
    private var scratch: [Int32]
    /// Where the groups of the last match begin and end; -1 for one that took no part.
    private(set) var slots: [Int32]

    /// The ways that are alive, the preferred ones first.
    private struct Ways {
        /// Instructions, and the place of each among them.
        var places: [Int32] = []
        var marks: [Int32]
        /// `slotCount` positions for each.
        var slots: [Int32] = []

        init(_ count: Int) { marks = [Int32](repeating: 0, count: count) }

        mutating func clear() {
            places.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
        }

        func contains(_ index: Int) -> Bool {
            let mark = Int(marks[index])
            return mark < places.count && places[mark] == Int32(truncatingIfNeeded: index)
        }
    }

    private enum Frame {
        case follow(Int)
        case restore(Int, Int32)
    }

    /// A machine that finds the positions of groups 0 to `groups`; of none without.
    init(_ program: RegexProgram, groups: Int?) {
        self.program = program
        slotCount = groups.map { ($0 + 1) * 2 } ?? 0
        current = Ways(program.instructions.count)
        next = Ways(program.instructions.count)
        scratch = [Int32](repeating: -1, count: slotCount)
        slots = scratch
    }

    /// Whether there is a match at `start` or behind it; `slots` then says where.
    mutating func find(in text: Span<UInt8>, from start: Int = 0) -> Bool {
        current.clear()
        var isFound = false
        var position = start
        while true {
            if !isFound, !program.isAnchored || position == 0 {
                if current.places.isEmpty, let first = program.firstBytes {
                    while position < text.count, !first[Int(text[position])] { position += 1 }
                    if position == text.count { return false }
                    if program.isAnchored, position > 0 { return false }
                }
                for slot in scratch.indices { scratch[slot] = -1 }
                // Ways are added to the next ones; these are to be the current ones.
                swap(&current, &next)
                follow(0, at: position, in: text)
                swap(&current, &next)
            }
            if current.places.isEmpty { return isFound }
            let (scalar, width) = Self.scalar(in: text, at: position)
            next.clear()
            if step(scalar, text, position, width, &isFound), slotCount == 0 { return true }
            swap(&current, &next)
            if width == 0 { return isFound }
            position += width
        }
    }

    /// Moves every way over one scalar; `true` where a match was reached.
    private mutating func step(
        _ scalar: UInt32, _ text: Span<UInt8>, _ position: Int, _ width: Int,
        _ isFound: inout Bool
    ) -> Bool {
        for place in current.places.indices {
            let index = Int(current.places[place])
            switch program.instructions[index] {
            case .scalar(let set):
                guard width > 0, program.sets[set].contains(scalar) else { continue }
                for slot in 0..<slotCount {
                    scratch[slot] = current.slots[place * slotCount + slot]
                }
                follow(index + 1, at: position + width, in: text)
            case .match:
                isFound = true
                for slot in 0..<slotCount {
                    slots[slot] = current.slots[place * slotCount + slot]
                }
                // All that follow are less preferred.
                return true
            default: continue
            }
        }
        return false
    }

    /// Adds to the next ways the instructions that can be reached from `start` without a scalar.
    private mutating func follow(_ start: Int, at position: Int, in text: Span<UInt8>) {
        stack.removeAll(keepingCapacity: true)
        stack.append(.follow(start))
        while let frame = stack.popLast() {
            guard case .follow(let index) = frame else {
                if case .restore(let slot, let value) = frame { scratch[slot] = value }
                continue
            }
            if next.contains(index) { continue }
            next.marks[index] = Int32(truncatingIfNeeded: next.places.count)
            next.places.append(Int32(truncatingIfNeeded: index))
            for slot in 0..<slotCount { next.slots.append(scratch[slot]) }
            switch program.instructions[index] {
            case .jump(let target): stack.append(.follow(target))
            case .split(let first, let second):
                stack.append(.follow(second))
                stack.append(.follow(first))
            case .save(let slot):
                if slot < slotCount {
                    stack.append(.restore(slot, scratch[slot]))
                    scratch[slot] = Int32(truncatingIfNeeded: position)
                }
                stack.append(.follow(index + 1))
            case .assert(let assertion):
                if Self.holds(assertion, text, position) { stack.append(.follow(index + 1)) }
            case .scalar, .match: break
            }
        }
    }

    // MARK: Texts

    /// The scalar at a position and its bytes; none at the end.
    private static func scalar(
        in text: Span<UInt8>, at position: Int
    ) -> (scalar: UInt32, width: Int) {
        guard position < text.count else { return (0, 0) }
        let first = text[position]
        guard first >= 0x80 else { return (UInt32(first), 1) }
        let width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard position + width <= text.count else { return (0xfffd, text.count - position) }
        var scalar = UInt32(first) & (0xff >> UInt32(width + 1))
        for index in 1..<width { scalar = scalar << 6 | UInt32(text[position + index] & 0x3f) }
        return (scalar, width)
    }

    /// The bytes of the scalar at a position; 1 at the end, to get past it.
    static func width(in text: Span<UInt8>, at position: Int) -> Int {
        max(1, scalar(in: text, at: position).width)
    }

    private static func isWord(_ text: Span<UInt8>, _ position: Int) -> Bool {
        guard position >= 0, position < text.count else { return false }
        return ScalarSet.words.contains(UInt32(text[position]))
    }

    private static func holds(
        _ assertion: RegexAssertion, _ text: Span<UInt8>, _ position: Int
    ) -> Bool {
        let lineFeed = UInt8(ascii: "\n")
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lastLineEnd:
            return position == text.count
                || (position == text.count - 1 && text[position] == lineFeed)
        case .lineStart: return position == 0 || text[position - 1] == lineFeed
        case .lineEnd: return position == text.count || text[position] == lineFeed
        case .wordBoundary: return isWord(text, position - 1) != isWord(text, position)
        case .noWordBoundary: return isWord(text, position - 1) == isWord(text, position)
        }
    }
}
