import Segments
import Synchronization

/// Numbers the distinct strings of one key, for all workers of a query.
///
/// Where rows are numbered it is cut by hash into shards, each with its own lock, so that workers
/// seldom wait for one another: a number names its shard and the string's place there. Where
/// dictionaries are, numbers count from 0 without a gap and are codes of a dictionary themselves.
final class TextDomain: Sendable {
    private let shards: [Shard]
    /// The low bits of a number are the shard's.
    private let shardBits: UInt32
    private let seed: UInt64
    private let known = Mutex<StringDictionary?>(nil)

    private final class Shard: Sendable {
        let table = Mutex(TextTable())
    }

    /// No strings.
    init(isSharded: Bool) {
        shardBits = isSharded ? UInt32(RadixPartitions.bitCount) : 0
        shards = (0..<(1 << Int(shardBits))).map { _ in Shard() }
        seed = .random(in: .min ... .max)
    }

    /// For keys whose values are no texts.
    static var none: TextDomain { TextDomain(isSharded: false) }

    /// Whether it is cut into shards.
    var isSharded: Bool { shards.count > 1 }

    /// Bytes held.
    var memoryBytes: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.memoryBytes } }
    }

    /// The numbers of `texts`, in that order.
    ///
    /// - Throws: `query_memory_limit` where the strings are too many to be held at all.
    func numbers(of texts: StringVector) throws(QueryError) -> [UInt32] {
        guard shards.count > 1 else {
            let all = (0..<texts.count).map { Int32(truncatingIfNeeded: $0) }
            guard let numbers = numbers(of: texts, all[...], shard: 0) else {
                throw TextTable.overflow
            }
            return numbers
        }
        let hashes = (0..<texts.count).map { Hashing.hash(texts.span(at: $0), seed: seed) }
        let order = PartitionedPositions(hashes)
        var numbers = [UInt32](repeating: 0, count: texts.count)
        for index in shards.indices {
            let range = order.range(of: index)
            if range.isEmpty { continue }
            guard let found = self.numbers(of: texts, order.positions[range], shard: index) else {
                throw TextTable.overflow
            }
            for (position, number) in zip(order.positions[range], found) {
                numbers[Int(position)] = number << shardBits | UInt32(index)
            }
        }
        return numbers
    }

    /// Their places in one shard; `nil` where the strings do not fit.
    private func numbers(
        of texts: StringVector, _ positions: ArraySlice<Int32>, shard: Int
    ) -> [UInt32]? {
        shards[shard].table.withLock { table in
            Self.numbers(of: texts, positions, &table, below: Int(UInt32.max >> shardBits))
        }
    }

    private static func numbers(
        of texts: StringVector, _ positions: ArraySlice<Int32>, _ table: inout TextTable,
        below limit: Int
    ) -> [UInt32]? {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(positions.count)
        for position in positions {
            let text = texts.span(at: Int(position))
            guard table.hasRoom(for: text.count), table.count < limit else { return nil }
            numbers.append(table.number(of: text))
        }
        return numbers
    }

    /// Appends the string behind a number.
    func append(_ number: UInt32, to texts: inout StringVector) {
        let mask = UInt32(1) << shardBits - 1
        let bytes = shards[Int(number & mask)].table.withLock { table in
            [UInt8](copying: table.texts.span(at: Int(number >> shardBits)))
        }
        texts.append(bytes.span)
    }

    /// All strings as a dictionary whose codes are their numbers; `nil` where it has shards.
    ///
    /// Made anew only where strings have come since.
    func dictionary() -> StringDictionary? {
        guard shards.count == 1 else { return nil }
        return shards[0].table.withLock { table in
            known.withLock { known in
                if let known, known.count == table.count { return known }
                let dictionary = StringDictionary(table.texts, isSorted: false)
                known = dictionary
                return dictionary
            }
        }
    }
}
