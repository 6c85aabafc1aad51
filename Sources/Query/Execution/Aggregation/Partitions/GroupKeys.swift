import Segments

/// Keys of groups as fixed-width words that mean the same in all workers of a query.
///
/// ```
/// group := word × wordCount
/// 64 bits  of a key that is kept in words: the word     1 bit  of each key: set where it is NULL
/// 32 bits  of any other key: the text's number in the key's domain
/// ```
///
/// Parts lie where they fit first, in the order of the keys, NULL bits last.
final class GroupKeys: Sendable {
    /// The keys' types.
    let types: [LogicalType]
    /// Words of one group.
    let wordCount: Int
    private let places: [Place]
    private let nullPlaces: [Place]
    private let domains: [TextDomain?]
    private let seed: UInt64

    private struct Place {
        let word: Int
        let shift: UInt64
    }

    /// Keys of these types; `seed` is that of the groups' hashes.
    init(_ types: [LogicalType], seed: UInt64) {
        self.types = types
        self.seed = seed
        var used: [Int] = []
        func place(_ bits: Int) -> Place {
            let word = used.firstIndex { $0 + bits <= 64 } ?? used.count
            if word == used.count { used.append(0) }
            defer { used[word] += bits }
            return Place(word: word, shift: UInt64(used[word]))
        }
        places = types.map { place(AggregateEntry.isWord($0) ? 64 : 32) }
        nullPlaces = types.map { _ in place(1) }
        wordCount = used.count
        domains = types.map { AggregateEntry.isWord($0) ? nil : TextDomain() }
    }

    /// Bytes of the texts.
    var memoryBytes: Int { domains.reduce(0) { $0 + ($1?.memoryBytes ?? 0) } }

    /// The words of groups, one after the other.
    ///
    /// - Parameters:
    ///   - numbers: For each key, the number of each group's value.
    ///   - keys: What numbered them.
    func words(
        of numbers: [[UInt32]], _ keys: [KeyNumbering], count: Int
    ) throws(QueryError) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count * wordCount)
        for key in keys.indices {
            let values = try keys[key].words(domains[key])
            let null = keys[key].nullNumber.map { Int($0) } ?? -1
            let (place, nullPlace) = (places[key], nullPlaces[key])
            for group in 0..<count {
                let number = Int(numbers[key][group])
                words[group * wordCount + place.word] |= values[number] << place.shift
                if number == null {
                    words[group * wordCount + nullPlace.word] |= 1 << nullPlace.shift
                }
            }
        }
        return words
    }

    /// The hash of the group whose words begin at `start`.
    @inline(__always)
    func hash(_ words: Span<UInt64>, at start: Int) -> UInt64 {
        var hash = seed
        for word in start..<start + wordCount { hash = Hashing.mix(words[word], seed: hash) }
        return hash
    }

    /// The groups in `range` of which key `key` is not NULL.
    func validity(_ key: Int, of words: [UInt64], _ range: Range<Int>) -> Bitmap {
        let place = nullPlaces[key]
        var validity = Bitmap(count: 0)
        for group in range {
            validity.append(words[group * wordCount + place.word] >> place.shift & 1 == 0)
        }
        return validity
    }

    /// The values of key `key` in the groups of `range`.
    func column(_ key: Int, of words: [UInt64], _ range: Range<Int>) -> Column {
        let (place, type) = (places[key], types[key])
        let validity = validity(key, of: words, range)
        let parts = range.map { words[$0 * wordCount + place.word] >> place.shift }
        guard let domain = domains[key] else {
            return KeyWord.column(parts, type, validity.unlessFull)
        }
        let texts = domain.texts(of: parts.map { UInt32(truncatingIfNeeded: $0) }, validity)
        if type.layout == .strings {
            return Column(type: type, values: .strings(texts), validity: validity.unlessFull)
        }
        let builder = ColumnBuilder(type: type)
        for row in 0..<texts.count {
            builder.append(
                validity[row] ? Value(keyBytes: texts.span(at: row), of: type) : .null)
        }
        return builder.finish()
    }
}

/// Numbers the groups of one partition by their words.
struct GroupWordTable {
    /// The words of each group, one group after the other.
    private(set) var words: [UInt64] = []
    private var slots: [UInt64] = Array(repeating: 0, count: 64)
    private let keys: GroupKeys

    init(_ keys: GroupKeys) { self.keys = keys }

    /// How many groups there are.
    var count: Int { words.count / keys.wordCount }

    /// Bytes held.
    var memoryBytes: Int { words.count * 8 + slots.count * 8 }

    /// The number here of each group of `other`, which has no group twice.
    mutating func numbers(of other: [UInt64]) -> [UInt32] {
        let otherCount = other.count / keys.wordCount
        makeRoom(for: otherCount)
        var numbers: [UInt32] = []
        numbers.reserveCapacity(otherCount)
        for start in stride(from: 0, to: other.count, by: keys.wordCount) {
            let hash = keys.hash(other.span, at: start)
            numbers.append(number(other, start, hash))
        }
        return numbers
    }

    /// A slot holds the upper half of a hash, and below it the number plus one.
    private mutating func number(_ other: [UInt64], _ start: Int, _ hash: UInt64) -> UInt32 {
        let width = keys.wordCount
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let slot = slots[index]
            if slot >> 32 == hash >> 32 {
                let found = (Int(slot & 0xffff_ffff) - 1) * width
                var word = 0
                while word < width, words[found + word] == other[start + word] { word += 1 }
                if word == width { return UInt32(truncatingIfNeeded: slot) &- 1 }
            }
            index = (index + 1) & mask
        }
        words.append(contentsOf: other[start..<start + width])
        slots[index] = (hash & ~0xffff_ffff) | UInt64(count)
        return UInt32(truncatingIfNeeded: count - 1)
    }

    private mutating func makeRoom(for newCount: Int) {
        let needed = 2 * (count + newCount)
        guard needed > slots.count else { return }
        var size = slots.count
        while size < needed { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for group in 0..<count {
            let hash = keys.hash(words.span, at: group * keys.wordCount)
            var index = Int(truncatingIfNeeded: hash) & (size - 1)
            while slots[index] != 0 { index = (index + 1) & (size - 1) }
            slots[index] = (hash & ~0xffff_ffff) | UInt64(group + 1)
        }
    }
}
