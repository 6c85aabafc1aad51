import Segments

/// Keys of groups as fixed-width words that mean the same in all workers of a query.
///
/// ```
/// group := word × wordCount      word: codes of keys side by side
/// ```
///
/// Each key has as many bits as its space needs, in the first word with room for them; a code of
/// more than 64 bits has a word for itself, and the rest where it fits.
final class GroupKeys: Sendable {
    /// The keys' spaces.
    let spaces: [KeySpace]
    /// Words of one group.
    let wordCount: Int
    private let places: [(low: Place, high: Place?)]
    private let seed: UInt64

    private struct Place {
        let word: Int
        let shift: UInt64
        let mask: UInt64
    }

    /// Keys of these spaces; their hashes are seeded so that nobody can choose colliding keys.
    init(_ spaces: [KeySpace]) {
        self.spaces = spaces
        seed = .random(in: .min ... .max)
        var used: [Int] = []
        func place(_ bits: Int) -> Place {
            let word = used.firstIndex { $0 + bits <= 64 } ?? used.count
            if word == used.count { used.append(0) }
            defer { used[word] += bits }
            return Place(
                word: word, shift: UInt64(used[word]), mask: bits == 64 ? ~0 : 1 << UInt64(bits) - 1
            )
        }
        places = spaces.map { space in
            let low = place(min(space.bitCount, 64))
            return (low, space.isWide ? place(space.bitCount - 64) : nil)
        }
        wordCount = used.count
    }

    /// Bytes of what the spaces have learned.
    var memoryBytes: Int { spaces.reduce(0) { $0 + $1.memoryBytes } }

    /// The words of rows, one row after the other.
    func words(of keys: [KeyVector], count: Int) throws(QueryError) -> [UInt64] {
        var words: [UInt64] = []
        for key in keys.indices {
            let codes = try spaces[key].codes(keys[key], count: count)
            precondition(codes.count == count, "a key has a code in every row")
            if key == 0, wordCount == 1 {
                words = codes.low
                continue
            }
            if key == 0 { words = Array(repeating: 0, count: count * wordCount) }
            add(codes.low, places[key].low, to: &words)
            if let high = places[key].high { add(codes.high, high, to: &words) }
        }
        return words
    }

    private func add(_ codes: [UInt64], _ place: Place, to words: inout [UInt64]) {
        let codes = codes.span
        var words = words.mutableSpan
        let shift = place.shift
        if wordCount == 1 {
            for row in 0..<codes.count { words[row] |= codes[row] &<< shift }
            return
        }
        let wordCount = wordCount
        for row in 0..<codes.count {
            words[row &* wordCount &+ place.word] |= codes[row] &<< shift
        }
    }

    /// The hashes of groups.
    func hashes(of words: [UInt64]) -> [UInt64] {
        let words = words.span
        let (seed, wordCount) = (seed, wordCount)
        let count = words.count / wordCount
        var hashes: [UInt64] = []
        hashes.append(addingCapacity: count) { output in
            switch wordCount {
            case 1: for row in 0..<count { output.append(Hashing.mix(words[row], seed: seed)) }
            case 2:
                for row in 0..<count {
                    let first = Hashing.mix(words[row &* 2], seed: seed)
                    output.append(Hashing.mix(words[row &* 2 &+ 1], seed: first))
                }
            default:
                for row in 0..<count {
                    var hash = seed
                    for word in 0..<wordCount {
                        hash = Hashing.mix(words[row &* wordCount &+ word], seed: hash)
                    }
                    output.append(hash)
                }
            }
        }
        return hashes
    }

    /// The values of key `key` in the groups of `range`.
    func column(_ key: Int, of words: [UInt64], _ range: Range<Int>) -> Column {
        spaces[key].column(codes(key, words, range.count) { range.lowerBound &+ $0 })
    }

    /// The values of key `key` in some groups.
    func column(_ key: Int, of words: [UInt64], _ groups: [Int]) -> Column {
        spaces[key].column(codes(key, words, groups.count) { groups[$0] })
    }

    @inline(__always)
    private func codes(
        _ key: Int, _ words: [UInt64], _ count: Int, _ group: (Int) -> Int
    ) -> KeyCodes {
        func part(_ place: Place) -> [UInt64] {
            let words = words.span
            var codes: [UInt64] = []
            codes.append(addingCapacity: count) { output in
                for row in 0..<count {
                    let word = words[group(row) &* wordCount &+ place.word]
                    output.append(word &>> place.shift & place.mask)
                }
            }
            return codes
        }
        let place = places[key]
        return KeyCodes(low: part(place.low), high: place.high.map { part($0) } ?? [])
    }

    /// The groups in `range` of which key `key` is not NULL.
    func validity(_ key: Int, of words: [UInt64], _ range: Range<Int>) -> Bitmap {
        let codes = codes(key, words, range.count) { range.lowerBound &+ $0 }
        var validity = Bitmap(repeating: true, count: range.count)
        for row in 0..<range.count {
            if case .null = spaces[key].content(codes, row) { validity.set(row, to: false) }
        }
        return validity
    }
}
