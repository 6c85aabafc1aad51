import Glibc
import Segments

/// APPROX_COUNT_DISTINCT: a HyperLogLog of 4,096 cells per group, a standard error of 1.6 %.
///
/// The first 12 bits of a value's hash choose the cell, which keeps the longest run of zeros seen
/// behind them. Up to 256 groups have all their cells side by side, a byte each; of more groups
/// only the cells that were hit are held, so that a group of few values stays small.
///
/// One set of values has one estimate, in whatever order, blocks and layouts it comes: the hash is
/// of the values, under a key that never changes.
final class ApproximateCountAccumulator: Accumulator {
    /// The cells that were hit, where groups are many.
    private var cells = PackedNumbers(positionCount: 2)
    /// The longest run plus one of each of `cells`; while groups are few, of cell `place` of group
    /// `group` at `group << cellBits | place`, 0 where nothing hit it.
    private var ranks: [UInt8] = []
    /// Whether groups are few.
    private var isDense = true
    private var groupCount = 0
    /// Of all groups, once the first of them is finished: then nothing is added any more.
    private var estimates: [Int64]?
    private var dictionary: StringDictionary?
    private var dictionaryHashes: [UInt64] = []

    private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let cellBits: UInt64 = 12
    private static let cellCount = 1 << Int(cellBits)
    private static let denseGroupCount = 256

    var memoryBytes: Int { cells.memoryBytes + ranks.count + dictionaryHashes.count * 8 }

    func grow(to count: Int) {
        if count > groupCount { estimates = nil }
        groupCount = max(groupCount, count)
        if isDense, groupCount > Self.denseGroupCount { thin() }
        if isDense { ranks.grow(to: groupCount << Int(Self.cellBits), 0) }
    }

    /// Goes over to holding only the cells that were hit.
    private func thin() {
        let hits = hits
        isDense = false
        ranks = []
        add(hits)
    }

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
        if isDense { return Self.keep(hashes.span, groups, &ranks) }
        let places = hashes.map { UInt32(truncatingIfNeeded: $0 >> (64 - Self.cellBits)) }
        let numbers = cells.numbers(
            of: [groups.expanded, .rows(places)], counts: [groupCount, Self.cellCount],
            count: hashes.count)
        guard case .rows(let numbers) = numbers else { return }
        ranks.grow(to: cells.count, 0)
        Self.keep(hashes.span, numbers.span, &ranks)
    }

    private static func keep(
        _ hashes: Span<UInt64>, _ groups: GroupNumbers, _ ranks: inout [UInt8]
    ) {
        var ranks = ranks.mutableSpan
        GroupLoop.run(groups, count: hashes.count, validity: nil) { row, group in
            let hash = hashes[row]
            let place = Int(truncatingIfNeeded: hash >> (64 - cellBits))
            let rank = rank(of: hash)
            let cell = group << Int(cellBits) | place
            if rank > ranks[cell] { ranks[cell] = rank }
        }
    }

    /// The length of the run of zeros behind the bits that choose the cell, plus one.
    @inline(__always)
    private static func rank(of hash: UInt64) -> UInt8 {
        // A bit behind the last one ends the run of zeros of a hash that has no other.
        let rest = hash << cellBits | 1 << (cellBits - 1)
        return UInt8(truncatingIfNeeded: rest.leadingZeroBitCount + 1)
    }

    private static func keep(
        _ hashes: Span<UInt64>, _ cells: Span<UInt32>, _ ranks: inout [UInt8]
    ) {
        var ranks = ranks.mutableSpan
        for row in 0..<hashes.count {
            let cell = Int(cells[row])
            ranks[cell] = max(ranks[cell], rank(of: hashes[row]))
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

    /// Cells that were hit, in any order.
    private struct Hits {
        var groups: [UInt32] = []
        var places: [UInt32] = []
        var ranks: [UInt8] = []
    }

    private var hits: Hits {
        var hits = Hits()
        for (cell, rank) in ranks.enumerated() where rank > 0 {
            let isDense = isDense
            hits.groups.append(
                isDense
                    ? UInt32(cell >> Int(Self.cellBits)) : cells.number(at: 0, of: cell))
            hits.places.append(
                isDense ? UInt32(cell & (Self.cellCount - 1)) : cells.number(at: 1, of: cell))
            hits.ranks.append(rank)
        }
        return hits
    }

    private func add(_ hits: Hits) {
        guard !hits.groups.isEmpty else { return }
        guard !isDense else {
            for index in hits.ranks.indices {
                let cell = Int(hits.groups[index]) << Int(Self.cellBits) | Int(hits.places[index])
                ranks[cell] = max(ranks[cell], hits.ranks[index])
            }
            return
        }
        let numbers = cells.numbers(
            of: [.rows(hits.groups), .rows(hits.places)], counts: [groupCount, Self.cellCount],
            count: hits.groups.count)
        guard case .rows(let numbers) = numbers else { return }
        ranks.grow(to: cells.count, 0)
        for (cell, rank) in zip(numbers, hits.ranks) {
            ranks[Int(cell)] = max(ranks[Int(cell)], rank)
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        take(sibling(other), map)
    }

    /// Takes over another worker's cells; its group `g` is group `map[g]` here.
    func take(_ other: ApproximateCountAccumulator, _ map: [UInt32]) {
        var hits = other.hits
        for index in hits.groups.indices { hits.groups[index] = map[Int(hits.groups[index])] }
        add(hits)
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        // Groups are finished range by range, their cells lie in no order: one pass over all of
        // them serves every range.
        grow(to: range.upperBound)
        let all = estimates ?? estimatesOfAll()
        estimates = all
        return Column(type: .bigint, values: .integers(Array(all[range])))
    }

    private func estimatesOfAll() -> [Int64] {
        var sums = [Double](repeating: 0, count: groupCount)
        var counts = [Int](repeating: 0, count: groupCount)
        let hits = hits
        for index in hits.ranks.indices {
            let group = Int(hits.groups[index])
            sums[group] += exp2(-Double(hits.ranks[index]))
            counts[group] += 1
        }
        return zip(sums, counts).map { sum, count in Self.estimate(sum, count) }
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
