import Segments
import Synchronization

/// Numbers the distinct strings of one key, for all workers of a query.
///
/// Cut by hash into shards, each with its own lock, so that workers seldom wait for one another.
/// A number names its shard and the string's place there.
final class TextDomain: Sendable {
    private let shards: [Shard]
    private let seed: UInt64

    private final class Shard: Sendable {
        let table = Mutex(TextTable())
    }

    /// The low bits of a number are the shard's.
    private static let shardBits = UInt32(RadixPartitions.bitCount)

    init() {
        shards = (0..<RadixPartitions.count).map { _ in Shard() }
        seed = .random(in: .min ... .max)
    }

    /// Bytes held.
    var memoryBytes: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.memoryBytes } }
    }

    /// The numbers of `texts`, in that order.
    ///
    /// - Throws: `query_memory_limit` where the strings are too many to be held at all.
    func numbers(of texts: StringVector) throws(QueryError) -> [UInt32] {
        let hashes = (0..<texts.count).map { Hashing.hash(texts.span(at: $0), seed: seed) }
        let order = PartitionedPositions(hashes)
        var numbers = [UInt32](repeating: 0, count: texts.count)
        for index in shards.indices {
            let range = order.range(of: index)
            if range.isEmpty { continue }
            let found = shards[index].table.withLock { table in
                Self.numbers(of: texts, order.positions[range], &table)
            }
            guard let found else { throw TextTable.overflow }
            for (position, number) in zip(order.positions[range], found) {
                numbers[Int(position)] = number << Self.shardBits | UInt32(index)
            }
        }
        return numbers
    }

    /// `nil` where the strings do not fit.
    private static func numbers(
        of texts: StringVector, _ positions: ArraySlice<Int32>, _ table: inout TextTable
    ) -> [UInt32]? {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(positions.count)
        for position in positions {
            let text = texts.span(at: Int(position))
            guard table.hasRoom(for: text.count), table.count < Int(UInt32.max >> shardBits)
            else { return nil }
            numbers.append(table.number(of: text))
        }
        return numbers
    }

    /// The strings behind `numbers`, empty where a row is not in `validity`.
    func texts(of numbers: [UInt32], _ validity: Bitmap) -> StringVector {
        var result = StringVector()
        let mask = UInt32(1) << Self.shardBits - 1
        for (row, number) in numbers.enumerated() {
            guard validity[row] else {
                result.finishString()
                continue
            }
            let bytes = shards[Int(number & mask)].table.withLock { table in
                [UInt8](copying: table.texts.span(at: Int(number >> Self.shardBits)))
            }
            result.append(bytes.span)
        }
        return result
    }
}
