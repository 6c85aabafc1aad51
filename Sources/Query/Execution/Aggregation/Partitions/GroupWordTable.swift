import Segments

/// Numbers the groups of one partition by their words: open addressing with linear probing, at
/// most half full.
///
/// A slot holds the upper half of a hash, and below it the number plus one; 0 is empty. Equal
/// halves are followed by a comparison of words.
struct GroupWordTable {
    /// How many groups there are.
    private(set) var count = 0
    /// Room for the words of more groups than there are, one group after the other.
    private var room: [UInt64] = []
    private var slots: [UInt64] = []
    private let keys: GroupKeys

    private static let smallestSlotCount = 64

    /// No groups.
    init(_ keys: GroupKeys) { self.keys = keys }

    /// The words of each group, one group after the other.
    var words: [UInt64] { Array(room[..<(count * keys.wordCount)]) }

    /// Bytes held.
    var memoryBytes: Int { room.count * 8 + slots.count * 8 }

    /// Lets go of everything but the words.
    mutating func freeze() -> [UInt64] {
        slots = []
        room.removeLast(room.count - count * keys.wordCount)
        defer { room = [] }
        return room
    }

    /// The number of the group of each row; new groups get the next numbers.
    mutating func numbers(of rows: [UInt64]) -> [UInt32] {
        let rowCount = rows.count / keys.wordCount
        makeRoom(for: rowCount)
        let hashes = keys.hashes(of: rows)
        var numbers: [UInt32] = []
        numbers.append(addingCapacity: rowCount) { output in
            switch keys.wordCount {
            case 1: Self.number(rows.span, hashes.span, &slots, &room, &count, &output)
            case 2: Self.numberPairs(rows.span, hashes.span, &slots, &room, &count, &output)
            default:
                Self.number(
                    rows.span, hashes.span, keys.wordCount, &slots, &room, &count, &output)
            }
        }
        return numbers
    }

    private static let tagMask: UInt64 = ~0xffff_ffff

    private static func number(
        _ rows: Span<UInt64>, _ hashes: Span<UInt64>, _ slots: inout [UInt64],
        _ words: inout [UInt64], _ count: inout Int, _ numbers: inout OutputSpan<UInt32>
    ) {
        var slots = slots.mutableSpan
        var words = words.mutableSpan
        let mask = slots.count &- 1
        for row in 0..<hashes.count {
            let (hash, word) = (hashes[row], rows[row])
            var index = Int(truncatingIfNeeded: hash) & mask
            while true {
                let slot = slots[index]
                if slot == 0 {
                    words[count] = word
                    count &+= 1
                    slots[index] = hash & tagMask | UInt64(truncatingIfNeeded: count)
                    numbers.append(UInt32(truncatingIfNeeded: count &- 1))
                    break
                }
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if (slot ^ hash) & tagMask == 0, words[Int(number)] == word {
                    numbers.append(number)
                    break
                }
                index = (index &+ 1) & mask
            }
        }
    }

    private static func numberPairs(
        _ rows: Span<UInt64>, _ hashes: Span<UInt64>, _ slots: inout [UInt64],
        _ words: inout [UInt64], _ count: inout Int, _ numbers: inout OutputSpan<UInt32>
    ) {
        var slots = slots.mutableSpan
        var words = words.mutableSpan
        let mask = slots.count &- 1
        for row in 0..<hashes.count {
            let (hash, first, second) = (hashes[row], rows[row &* 2], rows[row &* 2 &+ 1])
            var index = Int(truncatingIfNeeded: hash) & mask
            while true {
                let slot = slots[index]
                if slot == 0 {
                    words[count &* 2] = first
                    words[count &* 2 &+ 1] = second
                    count &+= 1
                    slots[index] = hash & tagMask | UInt64(truncatingIfNeeded: count)
                    numbers.append(UInt32(truncatingIfNeeded: count &- 1))
                    break
                }
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if (slot ^ hash) & tagMask == 0, words[Int(number) &* 2] == first,
                    words[Int(number) &* 2 &+ 1] == second
                {
                    numbers.append(number)
                    break
                }
                index = (index &+ 1) & mask
            }
        }
    }

    private static func number(
        _ rows: Span<UInt64>, _ hashes: Span<UInt64>, _ width: Int, _ slots: inout [UInt64],
        _ words: inout [UInt64], _ count: inout Int, _ numbers: inout OutputSpan<UInt32>
    ) {
        let mask = slots.count &- 1
        for row in 0..<hashes.count {
            let hash = hashes[row]
            var index = Int(truncatingIfNeeded: hash) & mask
            while true {
                let slot = slots[index]
                if slot == 0 {
                    for word in 0..<width {
                        words[count &* width &+ word] = rows[row &* width &+ word]
                    }
                    count &+= 1
                    slots[index] = hash & tagMask | UInt64(truncatingIfNeeded: count)
                    numbers.append(UInt32(truncatingIfNeeded: count &- 1))
                    break
                }
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if (slot ^ hash) & tagMask == 0 {
                    let found = Int(number) &* width
                    var word = 0
                    while word < width, words[found &+ word] == rows[row &* width &+ word] {
                        word &+= 1
                    }
                    if word == width {
                        numbers.append(number)
                        break
                    }
                }
                index = (index &+ 1) & mask
            }
        }
    }

    /// Makes room for so many new groups.
    private mutating func makeRoom(for newCount: Int) {
        let wordsNeeded = (count + newCount) * keys.wordCount
        if wordsNeeded > room.count {
            room.grow(to: max(wordsNeeded, room.count * 3 / 2), 0)
        }
        let needed = 2 * (count + newCount)
        guard needed > slots.count else { return }
        var size = max(slots.count, Self.smallestSlotCount)
        while size < needed { size *= 2 }
        slots = Array(repeating: 0, count: size)
        let hashes = keys.hashes(of: words)
        let mask = size - 1
        for group in 0..<count {
            var index = Int(truncatingIfNeeded: hashes[group]) & mask
            while slots[index] != 0 { index = (index &+ 1) & mask }
            slots[index] = hashes[group] & Self.tagMask | UInt64(group + 1)
        }
    }
}
