/// The stable ascending order of 64-bit keys.
enum RadixOrder {
    private static let digitBits = 11
    private static let digitCount = 1 << digitBits

    /// The positions of `keys` so that the keys ascend and equal ones keep their order.
    ///
    /// Least significant digit first, 11 bits at a time; digits that all keys share cost nothing.
    ///
    /// - Precondition: fewer than 2^32 keys.
    /// - Complexity: O(n) for each of the at most six digits.
    static func positions(ordering keys: [UInt64]) -> [UInt32] {
        var order = keys.indices.map { UInt32(truncatingIfNeeded: $0) }
        guard let first = keys.first else { return order }
        var varying: UInt64 = 0
        for key in keys { varying |= key ^ first }
        var sorted = keys
        var nextSorted = keys
        var nextOrder = order
        var shift = 0
        while shift < 64 {
            if varying >> UInt64(shift) & UInt64(digitCount - 1) != 0 {
                scatter(sorted, order, shift, &nextSorted, &nextOrder)
                swap(&sorted, &nextSorted)
                swap(&order, &nextOrder)
            }
            shift += digitBits
        }
        return order
    }

    private static func scatter(
        _ keys: [UInt64], _ order: [UInt32], _ shift: Int,
        _ nextKeys: inout [UInt64], _ nextOrder: inout [UInt32]
    ) {
        let mask = UInt64(digitCount - 1)
        var starts = [Int](repeating: 0, count: digitCount)
        for key in keys { starts[Int(key &>> UInt64(shift) & mask)] &+= 1 }
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

    /// Replaces each key by the rank of its value among the distinct ones.
    ///
    /// - Returns: The ranks, and how many distinct values there are.
    static func ranks(of keys: [UInt64]) -> (ranks: [UInt64], count: Int) {
        let order = positions(ordering: keys)
        var ranks = [UInt64](repeating: 0, count: keys.count)
        var rank: UInt64 = 0
        for index in order.indices {
            let position = Int(order[index])
            if index > 0, keys[Int(order[index - 1])] != keys[position] { rank += 1 }
            ranks[position] = rank
        }
        return (ranks, keys.isEmpty ? 0 : Int(rank) + 1)
    }
}
