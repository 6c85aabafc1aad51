/// Which numbers of a sequence have been taken: all below `next`, some of the 256 from there on.
struct SequenceWindow: Hashable, Sendable {
    /// Numbers beyond `next` that can be taken before `next` is.
    static let width: UInt64 = 256

    /// The smallest number that has not been taken.
    private(set) var next: UInt64 = 0
    /// Bit `i` stands for `next + i`; bit 0 of `low` is never set.
    private(set) var low: UInt128 = 0
    private(set) var high: UInt128 = 0

    init() {}

    init(next: UInt64, low: UInt128, high: UInt128) {
        self.next = next
        self.low = low
        self.high = high
    }

    /// Whether a number has been taken.
    func contains(_ number: UInt64) -> Bool {
        guard number >= next else { return true }
        let distance = number - next
        return distance < 128
            ? low >> distance & 1 != 0 : distance < Self.width && high >> (distance - 128) & 1 != 0
    }

    /// Whether a number is within reach.
    func reaches(_ number: UInt64) -> Bool { number < next + Self.width }

    /// Takes a number.
    ///
    /// - Precondition: it is within reach and has not been taken.
    mutating func take(_ number: UInt64) {
        precondition(reaches(number) && !contains(number))
        let distance = number - next
        if distance < 128 { low |= 1 << distance } else { high |= 1 << (distance - 128) }
        var run = (~low).trailingZeroBitCount
        if run == 128 { run += (~high).trailingZeroBitCount }
        guard run > 0 else { return }
        next += UInt64(run)
        low = run < 128 ? low >> run | high << (128 - run) : high >> (run - 128)
        high = run < 128 ? high >> run : 0
    }

    /// Runs of numbers that are missing although a later one was taken, ascending.
    var gaps: [Range<UInt64>] {
        var gaps: [Range<UInt64>] = []
        var start = next
        let end =
            high != 0
            ? 256 - UInt64(high.leadingZeroBitCount) : 128 - UInt64(low.leadingZeroBitCount)
        for number in next..<next + end where contains(number) {
            if start < number { gaps.append(start..<number) }
            start = number + 1
        }
        return gaps
    }

    /// How many numbers are missing although a later one was taken.
    var missingCount: UInt64 { gaps.reduce(0) { $0 + UInt64($1.count) } }
}
