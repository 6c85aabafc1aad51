/// The stable ascending order of 64-bit keys.
enum RadixOrder {
    private static let digitBits = 11
    private static let digitCount = 1 << digitBits

    /// The positions of `keys` so that the keys ascend and equal ones keep their order.
    static func positions(ordering keys: [UInt64]) -> [UInt32] { sorted(keys).positions }

    /// The keys in ascending order, equal ones as they came, and where each was.
    ///
    /// Least significant digit first, 11 bits at a time; digits that all keys share cost nothing.
    ///
    /// - Precondition: fewer than 2^32 keys.
    /// - Complexity: O(n) for each of the at most six digits.
    static func sorted(_ keys: [UInt64]) -> (keys: [UInt64], positions: [UInt32]) {
        var order = keys.indices.map { UInt32(truncatingIfNeeded: $0) }
        guard let first = keys.first else { return (keys, order) }
        var varying: UInt64 = 0
        for key in keys { varying |= key ^ first }
        var sorted = keys
        var nextSorted = [UInt64](repeating: 0, count: keys.count)
        var nextOrder = [UInt32](repeating: 0, count: keys.count)
        var shift = 0
        while shift < 64 {
            if varying >> UInt64(shift) & UInt64(digitCount - 1) != 0 {
                scatter(
                    sorted.span, order.span, shift, nextSorted.mutableSpan, nextOrder.mutableSpan)
                swap(&sorted, &nextSorted)
                swap(&order, &nextOrder)
            }
            shift += digitBits
        }
        return (sorted, order)
    }

    private static func scatter(
        _ keys: Span<UInt64>, _ order: Span<UInt32>, _ shift: Int,
        _ nextKeys: consuming MutableSpan<UInt64>, _ nextOrder: consuming MutableSpan<UInt32>
    ) {
        let mask = UInt64(digitCount - 1)
        var counts = [Int](repeating: 0, count: digitCount)
        var starts = counts.mutableSpan
        for index in keys.indices { starts[Int(keys[index] &>> UInt64(shift) & mask)] &+= 1 }
        var total = 0
        for digit in starts.indices {
            let count = starts[digit]
            starts[digit] = total
            total += count
        }
        for index in keys.indices {
            let key = keys[index]
            let digit = Int(key &>> UInt64(shift) & mask)
            let at = starts[digit]
            starts[digit] = at &+ 1
            nextKeys[at] = key
            nextOrder[at] = order[index]
        }
    }

    /// Sorts keys by their bits from `firstBit` on; those below count for nothing.
    ///
    /// - Complexity: O(n) for each 11 bits.
    static func sort(_ keys: inout [UInt64], fromBit firstBit: Int) {
        guard keys.count > digitCount / 8 else { return keys.sort() }
        var next = [UInt64](repeating: 0, count: keys.count)
        for shift in stride(from: firstBit, to: 64, by: digitBits) {
            scatter(keys.span, shift, next.mutableSpan)
            swap(&keys, &next)
        }
    }

    private static func scatter(
        _ keys: Span<UInt64>, _ shift: Int, _ next: consuming MutableSpan<UInt64>
    ) {
        let mask = UInt64(digitCount - 1)
        var counts = [Int](repeating: 0, count: digitCount)
        var starts = counts.mutableSpan
        for index in keys.indices { starts[Int(keys[index] &>> UInt64(shift) & mask)] &+= 1 }
        var total = 0
        for digit in starts.indices {
            let count = starts[digit]
            starts[digit] = total
            total &+= count
        }
        for index in keys.indices {
            let digit = Int(keys[index] &>> UInt64(shift) & mask)
            next[starts[digit]] = keys[index]
            starts[digit] &+= 1
        }
    }

    /// Replaces each key by the rank of its value among the distinct ones.
    ///
    /// - Returns: The ranks, and how many distinct values there are.
    static func ranks(of keys: [UInt64]) -> (ranks: [UInt64], count: Int) {
        let (sorted, order) = sorted(keys)
        var ranks = [UInt64](repeating: 0, count: keys.count)
        var rank: UInt64 = 0
        for index in order.indices {
            if index > 0, sorted[index - 1] != sorted[index] { rank += 1 }
            ranks[Int(order[index])] = rank
        }
        return (ranks, keys.isEmpty ? 0 : Int(rank) + 1)
    }
}
