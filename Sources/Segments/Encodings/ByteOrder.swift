/// Strings in the order of their bytes, which for UTF-8 is the order of code points.
enum ByteOrder {
    /// Below, equal to or above zero as `one` sorts before, with or behind `other`.
    static func compare(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Int {
        let shared = min(one.count, other.count)
        var offset = 0
        while offset &+ 8 <= shared {
            let left = Hashing.load64(one, offset).bigEndian
            let right = Hashing.load64(other, offset).bigEndian
            if left != right { return left < right ? -1 : 1 }
            offset &+= 8
        }
        while offset < shared {
            if one[offset] != other[offset] { return one[offset] < other[offset] ? -1 : 1 }
            offset &+= 1
        }
        return one.count &- other.count
    }

    /// Whether the two have the same bytes; by words, the last one overlapping the one before.
    static func equal(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        let count = one.count
        guard count == other.count else { return false }
        if count >= 8 {
            var offset = 0
            while offset &+ 8 < count {
                if Hashing.load64(one, offset) != Hashing.load64(other, offset) { return false }
                offset &+= 8
            }
            return Hashing.load64(one, count &- 8) == Hashing.load64(other, count &- 8)
        }
        if count >= 4 {
            return Hashing.load32(one, 0) == Hashing.load32(other, 0)
                && Hashing.load32(one, count &- 4) == Hashing.load32(other, count &- 4)
        }
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }

    /// The first eight bytes as a number that orders like them, zeros where there are fewer.
    static func prefix(_ string: Span<UInt8>) -> UInt64 {
        if string.count >= 8 { return Hashing.load64(string, 0).bigEndian }
        var prefix: UInt64 = 0
        for index in string.indices { prefix |= UInt64(string[index]) << UInt64(56 - 8 * index) }
        return prefix
    }

    /// The positions of `strings` in ascending order of the strings. O(n log n).
    static func sortedPositions(_ strings: StringVector) -> [UInt32] {
        var keys: [(prefix: UInt64, position: UInt32)] = []
        keys.reserveCapacity(strings.count)
        for position in 0..<strings.count {
            keys.append((prefix(strings.span(at: position)), UInt32(position)))
        }
        keys.sort { one, other in
            if one.prefix != other.prefix { return one.prefix < other.prefix }
            let order = compare(
                strings.span(at: Int(one.position)), strings.span(at: Int(other.position)))
            return order == 0 ? one.position < other.position : order < 0
        }
        return keys.map { $0.position }
    }
}
