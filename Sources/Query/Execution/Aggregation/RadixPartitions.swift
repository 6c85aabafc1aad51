/// How groups are cut: by the highest bits of their keys' hashes.
///
/// All workers of a query hash with one seed, so that equal keys lie in partitions of the same
/// number, and partitions merge one by one, on all cores, each freed as it merges. They are so many
/// that a partition of some ten million rows, its table included, fits the second-level cache.
enum RadixPartitions {
    /// Bits of a hash that choose the partition.
    static let bitCount: UInt64 = 8
    /// How many partitions there are.
    static let count = 1 << Int(bitCount)

    /// The partition of a hash.
    @inline(__always)
    static func index(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> (64 - bitCount)) }
}

/// Positions of a batch ordered by the partition of their hashes.
struct PartitionedPositions {
    /// All positions, those of the first partition first.
    let positions: [Int32]
    /// Where each partition starts in `positions`, and the end.
    private let starts: [Int]

    /// Orders the positions of `hashes`. O(count).
    init(_ hashes: [UInt64]) {
        var starts = [Int](repeating: 0, count: RadixPartitions.count + 1)
        for hash in hashes { starts[RadixPartitions.index(of: hash) + 1] += 1 }
        for partition in 0..<RadixPartitions.count { starts[partition + 1] += starts[partition] }
        self.starts = starts
        var positions = [Int32](repeating: 0, count: hashes.count)
        Self.fill(&positions, hashes.span, &starts)
        self.positions = positions
    }

    private static func fill(
        _ positions: inout [Int32], _ hashes: Span<UInt64>, _ next: inout [Int]
    ) {
        var positions = positions.mutableSpan
        var next = next.mutableSpan
        for position in 0..<hashes.count {
            let partition = RadixPartitions.index(of: hashes[position])
            positions[next[partition]] = Int32(truncatingIfNeeded: position)
            next[partition] &+= 1
        }
    }

    /// Where the positions of a partition lie in `positions`.
    func range(of partition: Int) -> Range<Int> { starts[partition]..<starts[partition + 1] }
}
