import Glibc
import Segments

/// APPROX_COUNT_DISTINCT: a HyperLogLog of 4,096 cells per group, a standard error of 1.6 %.
///
/// The first 12 bits of a value's hash choose the cell, which keeps the longest run of zeros seen
/// behind them. Only cells that were hit are held, so that a group of few values stays small.
///
/// One set of values has one estimate, in whatever order, blocks and layouts it comes: the hash is
/// of the values, under a key that never changes.
final class ApproximateCountAccumulator: Accumulator {
    private var cells = PackedNumbers(positionCount: 2)
    /// Of each cell that was hit, the longest run plus one.
    private var ranks: [UInt8] = []
    private var groupCount = 0
    private var dictionary: StringDictionary?
    private var dictionaryHashes: [UInt64] = []

    private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let cellBits: UInt64 = 12
    private static let cellCount = 1 << Int(cellBits)

    var memoryBytes: Int { cells.memoryBytes + ranks.count + dictionaryHashes.count * 8 }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let column = argument.column(count: count)
        guard let validity = column.validity?.unlessFull else {
            return add(hashes(column), groups)
        }
        let rows = (0..<Int32(truncatingIfNeeded: count)).filter { validity[Int($0)] }
        if !rows.isEmpty { add(hashes(column.gather(rows)), groups.gather(rows)) }
    }

    private func add(_ hashes: [UInt64], _ groups: GroupNumbers) {
        let places = hashes.map { UInt32(truncatingIfNeeded: $0 >> (64 - Self.cellBits)) }
        let numbers = cells.numbers(
            of: [groups, .rows(places)], counts: [groupCount, Self.cellCount],
            count: hashes.count)
        guard case .rows(let numbers) = numbers else { return }
        ranks.grow(to: cells.count, 0)
        Self.keep(hashes.span, numbers.span, &ranks)
    }

    private static func keep(
        _ hashes: Span<UInt64>, _ cells: Span<UInt32>, _ ranks: inout [UInt8]
    ) {
        var ranks = ranks.mutableSpan
        for row in 0..<hashes.count {
            // A bit behind the last one ends the run of zeros of a hash that has no other.
            let rest = hashes[row] << cellBits | 1 << (cellBits - 1)
            let rank = UInt8(truncatingIfNeeded: rest.leadingZeroBitCount + 1)
            let cell = Int(cells[row])
            ranks[cell] = max(ranks[cell], rank)
        }
    }

    /// The hash of each row of a column without NULLs.
    private func hashes(_ column: Column) -> [UInt64] {
        let seed = Self.seed
        switch column.withoutPackedTexts.values {
        case .integers(let values):
            return values.map { Hashing.mix(KeyWord.word($0), seed: seed) }
        case .booleans(let values):
            return values.map { Hashing.mix(KeyWord.word($0), seed: seed) }
        case .doubles(let values):
            return values.map { Hashing.mix(KeyWord.word($0), seed: seed) }
        case .codes(let codes, let dictionary):
            if self.dictionary !== dictionary {
                self.dictionary = dictionary
                dictionaryHashes = Self.hashes(dictionary.values)
            }
            return codes.map { dictionaryHashes[Int($0)] }
        case .strings(let texts): return Self.hashes(texts)
        case .packedTexts, .widePackedTexts: preconditionFailure("packed texts were unpacked")
        case .wideIntegers, .arrays:
            return (0..<column.count).map {
                Hashing.hash(column.value(at: $0).keyBytes.span, seed: seed)
            }
        }
    }

    private static func hashes(_ texts: StringVector) -> [UInt64] {
        (0..<texts.count).map { Hashing.hash(texts.span(at: $0), seed: seed) }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        guard other.cells.count > 0 else { return }
        let groups = (0..<other.cells.count).map { map[Int(other.cells.number(at: 0, of: $0))] }
        let places = (0..<other.cells.count).map { other.cells.number(at: 1, of: $0) }
        let numbers = cells.numbers(
            of: [.rows(groups), .rows(places)], counts: [groupCount, Self.cellCount],
            count: groups.count)
        guard case .rows(let numbers) = numbers else { return }
        ranks.grow(to: cells.count, 0)
        for (cell, rank) in zip(numbers, other.ranks) {
            ranks[Int(cell)] = max(ranks[Int(cell)], rank)
        }
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        var sums = [Double](repeating: 0, count: range.count)
        var hits = [Int](repeating: 0, count: range.count)
        for cell in ranks.indices {
            let group = Int(cells.number(at: 0, of: cell)) - range.lowerBound
            guard sums.indices.contains(group) else { continue }
            sums[group] += exp2(-Double(ranks[cell]))
            hits[group] += 1
        }
        let counts = zip(sums, hits).map { sum, hitCount in Self.estimate(sum, hitCount) }
        return Column(type: .bigint, values: .integers(counts))
    }

    /// The estimate of Flajolet and others; while cells are empty and it is small, by their share.
    private static func estimate(_ sum: Double, _ hitCount: Int) -> Int64 {
        let count = Double(cellCount)
        let emptyCount = Double(cellCount - hitCount)
        let raw = 0.7213 / (1 + 1.079 / count) * count * count / (sum + emptyCount)
        guard raw <= 2.5 * count, emptyCount > 0 else { return Int64(raw.rounded()) }
        return Int64((count * log(count / emptyCount)).rounded())
    }
}
