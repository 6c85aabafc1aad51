/// A set of 32-bit integers, such as row indices: one container for each 65,536 of them that are
/// not all absent.
///
/// Immutable in use: operations give new sets. Two sets of the same members are equal (`==`) where
/// their containers have the same forms, as those of operations always have.
public struct RoaringBitmap: Hashable, Sendable {
    /// The high 16 bits of each container's members, ascending.
    private(set) var keys: [UInt16]
    /// One per key.
    private(set) var containers: [RoaringContainer]

    /// The empty set.
    public init() {
        keys = []
        containers = []
    }

    init(keys: [UInt16], containers: [RoaringContainer]) {
        precondition(keys.count == containers.count)
        self.keys = keys
        self.containers = containers
    }

    /// The set of ascending members.
    ///
    /// - Precondition: each is above the one before.
    /// - Complexity: O(count).
    public init(ascending members: some Collection<UInt32>) {
        self.init()
        var lows: [UInt16] = []
        var high: UInt32 = 0
        var previous: UInt32?
        for member in members {
            precondition(previous.map { $0 < member } ?? true, "members ascend")
            previous = member
            if member >> 16 != high {
                append(key: high, RoaringContainer(ascending: lows))
                lows.removeAll(keepingCapacity: true)
                high = member >> 16
            }
            lows.append(UInt16(truncatingIfNeeded: member))
        }
        append(key: high, RoaringContainer(ascending: lows))
    }

    /// The members of a range.
    public init(_ range: Range<UInt32>) {
        self.init()
        for part in Self.parts(Int(range.lowerBound)..<Int(range.upperBound)) {
            let run = RoaringRun(
                first: UInt16(part.low.lowerBound), last: UInt16(part.low.upperBound - 1))
            append(key: UInt32(part.key), .runs([run]))
        }
    }

    /// Adds a container behind the last; `nil` is an empty one.
    mutating func append(key: UInt32, _ container: RoaringContainer?) {
        guard let container else { return }
        keys.append(UInt16(key))
        containers.append(container)
    }

    /// A range cut at the borders of containers.
    static func parts(_ range: Range<Int>) -> [(key: UInt16, low: Range<Int>)] {
        guard !range.isEmpty else { return [] }
        return (range.lowerBound >> 16...(range.upperBound - 1) >> 16).map { key in
            let low = max(range.lowerBound - key << 16, 0)
            return (UInt16(key), low..<min(range.upperBound - key << 16, 1 << 16))
        }
    }

    /// How many members there are. O(containers).
    public var cardinality: Int { containers.reduce(0) { $0 + $1.cardinality } }

    /// Whether there is no member.
    public var isEmpty: Bool { keys.isEmpty }

    /// Whether `member` is in the set. O(log members).
    public func contains(_ member: UInt32) -> Bool {
        let index = RoaringContainer.lowerBound(keys, UInt16(member >> 16))
        return index < keys.count && keys[index] == UInt16(member >> 16)
            && containers[index].contains(UInt16(truncatingIfNeeded: member))
    }

    /// How many members are below `limit`. O(containers).
    public func rank(below limit: UInt32) -> Int {
        var count = 0
        for (key, container) in zip(keys, containers) {
            let first = UInt32(key) << 16
            guard first < limit else { break }
            count += container.rank(below: min(Int(limit - first), 1 << 16))
        }
        return count
    }

    /// The member that has `rank` smaller ones; `nil` where there are not so many. O(containers).
    public func select(_ rank: Int) -> UInt32? {
        guard rank >= 0 else { return nil }
        var left = rank
        for (key, container) in zip(keys, containers) {
            let count = container.cardinality
            if left < count { return UInt32(key) << 16 | UInt32(container.select(left)) }
            left -= count
        }
        return nil
    }

    /// All members, ascending.
    public var members: [UInt32] { members(in: 0..<1 << 32) }

    /// The members within `range`, ascending. O(members of the range).
    public func members(in range: Range<Int>) -> [UInt32] {
        var members: [UInt32] = []
        for part in overlaps(range) {
            containers[part.index].append(
                part.low, base: UInt32(keys[part.index]) << 16, to: &members)
        }
        return members
    }

    /// Hands over the members, ascending, in batches of those that share their high 16 bits, so
    /// that memory stays bounded.
    public func forEachBatch<Failure: Error>(
        _ body: (Span<UInt32>) throws(Failure) -> Void
    ) throws(Failure) {
        var members: [UInt32] = []
        for index in keys.indices {
            members.removeAll(keepingCapacity: true)
            containers[index].append(0..<1 << 16, base: UInt32(keys[index]) << 16, to: &members)
            try body(members.span)
        }
    }

    /// The containers that lie in a range, with the part of each that does.
    private func overlaps(_ range: Range<Int>) -> [(index: Int, low: Range<Int>)] {
        guard !range.isEmpty, range.lowerBound < 1 << 32, !keys.isEmpty else { return [] }
        var parts: [(index: Int, low: Range<Int>)] = []
        var index = RoaringContainer.lowerBound(keys, UInt16(range.lowerBound >> 16))
        while index < keys.count, Int(keys[index]) << 16 < range.upperBound {
            let first = Int(keys[index]) << 16
            let low = max(range.lowerBound - first, 0)
            parts.append((index, low..<min(range.upperBound - first, 1 << 16)))
            index += 1
        }
        return parts
    }

    /// How many members lie within `range`.
    public func count(in range: Range<Int>) -> Int {
        overlaps(range).reduce(0) { count, part in
            let container = containers[part.index]
            return count + container.rank(below: part.low.upperBound)
                - container.rank(below: part.low.lowerBound)
        }
    }

    /// The members of a block of rows as a dense bitmap: bit `i` for member `range.lowerBound + i`.
    ///
    /// - Precondition: the block lies within one container, as every run of 2^k ≤ 65,536 rows from
    ///   a multiple of 2^k does.
    /// - Complexity: O(block / 64), or O(members) where those are few.
    public func bitmap(of range: Range<Int>) -> Bitmap {
        precondition(range.isEmpty || range.lowerBound >> 16 == (range.upperBound - 1) >> 16)
        var bits = Bitmap(count: range.count)
        guard let part = overlaps(range).first else { return bits }
        if case .bitmap(let words, _) = containers[part.index], part.low.lowerBound & 63 == 0 {
            let first = part.low.lowerBound >> 6
            return Bitmap(
                words: Array(words[first..<first + (range.count + 63) / 64]), count: range.count)
        }
        for member in members(in: range) { bits.set(Int(member) - range.lowerBound, to: true) }
        return bits
    }
}
