/// An endless row of random numbers that follows from a seed and the name of what it is for.
///
/// Every order, event and fate has its own stream, so that a thing can be drawn again from its
/// number alone instead of being kept in memory. The step is Steele, Lea and Flood's SplitMix64.
struct RandomStream {
    /// What a stream is for; equal numbers in other roles draw other values.
    enum Role: UInt64 {
        case tables = 1
        case start, cycle, facts, fate, eventID, row
    }

    private var state: UInt64

    /// The stream of number `number` in a role.
    @inline(__always)
    init(seed: UInt64, _ role: Role, _ number: UInt64) {
        let named = seed &+ role.rawValue &* 0xA24B_AED4_963E_E407
        state = Self.mix(named) ^ (number &* 0x9FB2_1C65_1E98_DF25)
    }

    /// 64 random bits.
    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 up to but not including `bound`; its bias is below 2⁻³².
    ///
    /// - Precondition: `bound` is positive and at most 2³².
    @inline(__always)
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: ((next() >> 32) &* UInt64(truncatingIfNeeded: bound)) >> 32)
    }

    /// A time from 0 up to but not including `bound`, for bounds beyond 32 bits too.
    @inline(__always)
    mutating func below(_ bound: Int64) -> Int64 {
        Int64(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bitPattern: bound)).high)
    }

    /// A number in [0, 1).
    @inline(__always)
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// True for that share of draws.
    @inline(__always)
    mutating func happens(_ share: Share) -> Bool {
        below(1_000_000) < share.partsPerMillion
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
