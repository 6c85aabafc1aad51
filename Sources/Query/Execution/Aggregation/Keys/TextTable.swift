import Segments

/// Numbers distinct strings in order of first appearance; seeded as `WordTable` is.
struct TextTable {
    /// The string of each number.
    private(set) var texts = StringVector()
    private var slots: [Slot]
    private let seed: UInt64

    private struct Slot {
        var hash: UInt32 = 0
        /// The number plus one; 0 is an empty slot.
        var mark: UInt32 = 0
    }

    init() {
        slots = Array(repeating: Slot(), count: 64)
        seed = .random(in: .min ... .max)
    }

    /// How many strings there are.
    var count: Int { texts.count }

    /// Bytes held.
    var memoryBytes: Int { slots.count * 8 + texts.bytes.count + texts.count * 4 }

    /// Whether `byteCount` more bytes of strings can be held.
    func hasRoom(for byteCount: Int) -> Bool {
        byteCount <= StringVector.maximumByteCount - texts.bytes.count
    }

    /// The string's number; a new string gets the next. Expected O(length).
    ///
    /// - Precondition: there is room for the string.
    mutating func number(of text: Span<UInt8>) -> UInt32 {
        number(of: text, hash: hash(text))
    }

    /// The numbers of some entries of a dictionary, in that order.
    ///
    /// Hashes and slots are read for all of them before any text is, so that no look-up waits for
    /// the memory that another one reads.
    ///
    /// - Precondition: there is room for the strings.
    mutating func numbers(of codes: [UInt32], in entries: StringVector) -> [UInt32] {
        let hashes = codes.map { hash(entries.span(at: Int($0))) }
        let mask = slots.count &- 1
        var numbers = hashes.map { slots[Int($0) & mask].mark }
        for index in codes.indices {
            let text = entries.span(at: Int(codes[index]))
            let mark = numbers[index]
            if mark != 0, ByteStrings.equal(texts.span(at: Int(mark &- 1)), text) {
                numbers[index] = mark &- 1
            } else {
                numbers[index] = number(of: text, hash: hashes[index])
            }
        }
        return numbers
    }

    private func hash(_ text: Span<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: Hashing.hash(text, seed: seed))
    }

    private mutating func number(of text: Span<UInt8>, hash: UInt32) -> UInt32 {
        let mask = slots.count &- 1
        var index = Int(hash) & mask
        while true {
            let slot = slots[index]
            if slot.mark == 0 { break }
            if slot.hash == hash,
                ByteStrings.equal(texts.span(at: Int(slot.mark &- 1)), text)
            {
                return slot.mark &- 1
            }
            index = (index &+ 1) & mask
        }
        let number = UInt32(texts.count)
        texts.append(text)
        slots[index] = Slot(hash: hash, mark: number + 1)
        if texts.count * 2 > slots.count { grow() }
        return number
    }

    /// Gives away the next number without a string that leads to it.
    mutating func appendUnfindable() -> UInt32 {
        texts.finishString()
        return UInt32(truncatingIfNeeded: texts.count - 1)
    }

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(), count: slots.count * 4)
        let mask = larger.count - 1
        for slot in slots where slot.mark != 0 {
            var index = Int(slot.hash) & mask
            while larger[index].mark != 0 { index = (index &+ 1) & mask }
            larger[index] = slot
        }
        slots = larger
    }
}

extension TextTable {
    /// The error where a table cannot hold all strings.
    static var overflow: QueryError {
        QueryError(
            .memory, "the groups of a query need more than 4 GiB of text",
            hint: "group by fewer values, or narrow the filter")
    }
}
