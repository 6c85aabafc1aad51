import Segments
import Synchronization

/// How sets of distinct values are cut: by the highest bits of their values' hashes.
///
/// All workers of a query hash with one seed, so that equal values lie in partitions of the same
/// number, and partitions merge one by one, on all cores, each freed as it merges.
enum RadixPartitions {
    /// Bits of a hash that choose the partition.
    static let bitCount: UInt64 = 6
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

/// The distinct values of one radix partition.
protocol DistinctPart: AnyObject, SendableMetatype {
    /// How many values there are.
    var count: Int { get }
    /// Bytes held.
    var memoryBytes: Int { get }
    /// Takes the values of another part, and leaves it empty.
    func absorb(_ other: Self)
}

/// Merges the partitions of one worker's set into another's, on all of the query's workers.
final class PartitionMerge<Part: DistinctPart>: @unchecked Sendable {
    // SAFETY: part `p` of both sides is touched only by the thread that took `p` from the cursor,
    // and by the caller after all threads are done; the rest is atomic or immutable.
    private let target: [Part]
    private let source: [Part]
    private let context: QueryContext
    private let cursor = Atomic<Int>(0)
    private let failure = Mutex<QueryError?>(nil)

    private init(_ target: [Part], _ source: [Part], _ context: QueryContext) {
        self.target = target
        self.source = source
        self.context = context
    }

    /// Moves the values of `source` into `target`; part `p` into part `p`.
    ///
    /// - Throws: where the query must not go on.
    static func run(
        from source: [Part], into target: [Part], _ context: QueryContext
    ) throws(QueryError) {
        precondition(source.count == target.count, "two sets have unequal partitions")
        let merge = PartitionMerge(target, source, context)
        context.workers.run(slotCount: context.workers.helperCount + 1) { _ in merge.step() }
        if let error = merge.failure.withLock({ $0 }) { throw error }
    }

    private func step() -> Bool {
        let partition = cursor.add(1, ordering: .relaxed).oldValue
        guard partition < target.count else { return false }
        do throws(QueryError) {
            try context.check()
            target[partition].absorb(source[partition])
            return true
        } catch {
            failure.withLock { if $0 == nil { $0 = error } }
            cursor.store(target.count, ordering: .relaxed)
            return false
        }
    }
}
