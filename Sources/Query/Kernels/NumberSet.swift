/// A set of 64-bit integers that is asked about many numbers: bits where they lie close together,
/// else a table of hashes; a look-up takes a few instructions without a branch that depends on
/// the data, or nearly so.
///
/// ```
/// bits:  a bit for each number from the least, one more that is 0 for all beyond the greatest
/// table: open addressing, a quarter full at most; empty slots hold one of the members, which is
///        in no slot of its own
/// ```
struct NumberSet {
    private var least: Int64 = 0
    /// Numbers the bits are for; 0 where there is a table.
    private var span: UInt64 = 0
    private var bits: [UInt64] = [0]
    private var slots: [Int64] = []
    private var shift: UInt64 = 63

    /// Numbers farther apart have a table: more bits than caches like.
    private static let bitCount: UInt64 = 1 << 20

    /// A set of numbers in any order.
    init(_ members: [Int64]) {
        guard let least = members.min(), let greatest = members.max() else { return }
        self.least = least
        let distance = UInt64(bitPattern: greatest &- least)
        guard distance >= Self.bitCount else {
            span = distance + 1
            bits = Array(repeating: 0, count: Int(span / 64) + 1)
            for member in members {
                let place = UInt64(bitPattern: member &- least)
                bits[Int(place / 64)] |= 1 << (place % 64)
            }
            return
        }
        var exponent: UInt64 = 4
        while 1 << exponent < members.count * 4 { exponent += 1 }
        shift = 64 - exponent
        slots = Array(repeating: least, count: 1 << Int(exponent))
        for member in members where member != least {
            var slot = place(member)
            while slots[slot] != least { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = member
        }
    }

    @inline(__always)
    private func place(_ number: Int64) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// For each of `count` rows 1 where its number is in the set, else 0.
    func found(_ operand: Operand<Int64>, count: Int) -> [UInt8] {
        guard slots.isEmpty else {
            return Elementwise.map(operand, count: count, zero: 0) { holds($0) ? 1 : 0 }
        }
        let (least, span) = (least, span)
        let bits = bits
        return Elementwise.map(operand, count: count, zero: 0) { number in
            let place = min(UInt64(bitPattern: number &- least), span)
            return UInt8(truncatingIfNeeded: bits[Int(place >> 6)] >> (place & 63)) & 1
        }
    }

    /// Whether a number is in the set.
    @inline(__always)
    func holds(_ number: Int64) -> Bool {
        guard !slots.isEmpty else {
            let place = min(UInt64(bitPattern: number &- least), span)
            return (bits[Int(place >> 6)] >> (place & 63)) & 1 == 1
        }
        var slot = place(number)
        while slots[slot] != number {
            if slots[slot] == least { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        return true
    }
}
