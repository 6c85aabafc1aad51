/// The low 16 bits of the members that share their high 16 bits, never empty, in one of three
/// forms.
///
/// ```
/// array   at most 4,096 values     ascending, 2 bytes each
/// bitmap  more than 4,096 values   1,024 words, 8 KiB
/// runs    any number               ascending, neither touching nor overlapping, 4 bytes each
/// ```
///
/// Operations give arrays and bitmaps, whichever the cardinality asks for; runs come from building
/// and from `runOptimized()`. The forms are those of Chambi, Lemire, Kaser and Godin, "Better
/// bitmap performance with Roaring bitmaps", 2016.
enum RoaringContainer: Hashable, Sendable {
    case array([UInt16])
    case bitmap([UInt64], cardinality: Int)
    case runs([RoaringRun])

    /// The most values of an array.
    static let maximumArrayCount = 4_096
    /// Words of a bitmap.
    static let wordCount = 1_024

    /// How many values there are. O(1), O(runs) for runs.
    var cardinality: Int {
        switch self {
        case .array(let values): values.count
        case .bitmap(_, let cardinality): cardinality
        case .runs(let runs): runs.reduce(0) { $0 + $1.count }
        }
    }

    /// Whether `value` is in it. O(log values), O(1) for bitmaps.
    func contains(_ value: UInt16) -> Bool {
        switch self {
        case .array(let values):
            let index = Self.lowerBound(values, value)
            return index < values.count && values[index] == value
        case .bitmap(let words, _):
            return words[Int(value >> 6)] >> UInt64(value & 63) & 1 == 1
        case .runs(let runs):
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].last < value { low = middle + 1 } else { high = middle }
            }
            return low < runs.count && runs[low].first <= value
        }
    }

    /// The position of the first value that is not below `value`.
    static func lowerBound(_ values: [UInt16], _ value: UInt16) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many values are below `limit`, 0 to 65,536.
    func rank(below limit: Int) -> Int {
        switch self {
        case .array(let values):
            return limit > 0xffff ? values.count : Self.lowerBound(values, UInt16(limit))
        case .bitmap(let words, _):
            var count = 0
            for index in 0..<limit >> 6 { count &+= words[index].nonzeroBitCount }
            let rest = limit & 63
            return rest == 0
                ? count : count + (words[limit >> 6] & (1 << UInt64(rest) - 1)).nonzeroBitCount
        case .runs(let runs):
            return runs.reduce(0) { count, run in
                count + max(0, min(limit, Int(run.last) + 1) - Int(run.first))
            }
        }
    }

    /// The value that has `rank` smaller ones.
    ///
    /// - Precondition: `rank` is below the cardinality.
    func select(_ rank: Int) -> UInt16 {
        var left = rank
        switch self {
        case .array(let values): return values[rank]
        case .bitmap(let words, _):
            var index = 0
            while left >= words[index].nonzeroBitCount {
                left -= words[index].nonzeroBitCount
                index += 1
            }
            var word = words[index]
            for _ in 0..<left { word &= word &- 1 }
            return UInt16(index * 64 + word.trailingZeroBitCount)
        case .runs(let runs):
            for run in runs {
                if left < run.count { return run.first + UInt16(left) }
                left -= run.count
            }
            preconditionFailure("rank \(rank) of \(cardinality) values")
        }
    }

    /// Appends `base` plus every value within `range`, ascending.
    func append(_ range: Range<Int>, base: UInt32, to values: inout [UInt32]) {
        switch self {
        case .array(let lows):
            let start =
                range.lowerBound > 0xffff
                ? lows.count : Self.lowerBound(lows, UInt16(range.lowerBound))
            for index in start..<lows.count {
                guard Int(lows[index]) < range.upperBound else { return }
                values.append(base | UInt32(lows[index]))
            }
        case .bitmap(let words, _):
            for index in range.lowerBound >> 6..<(range.upperBound + 63) >> 6 {
                var word = words[index]
                if index == range.lowerBound >> 6 {
                    word &= ~0 << UInt64(range.lowerBound & 63)
                }
                if index == range.upperBound >> 6 {
                    word &= 1 << UInt64(range.upperBound & 63) - 1
                }
                while word != 0 {
                    values.append(base | UInt32(index * 64 + word.trailingZeroBitCount))
                    word &= word &- 1
                }
            }
        case .runs(let runs):
            for run in runs {
                let first = max(Int(run.first), range.lowerBound)
                let end = min(Int(run.last) + 1, range.upperBound)
                guard first < end else { continue }
                for value in first..<end { values.append(base | UInt32(value)) }
            }
        }
    }

    /// The values as 1,024 words.
    var words: [UInt64] {
        if case .bitmap(let words, _) = self { return words }
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        union(into: &words)
        return words
    }

    /// Sets the bit of every value.
    func union(into words: inout [UInt64]) {
        switch self {
        case .array(let values):
            for value in values { words[Int(value >> 6)] |= 1 << UInt64(value & 63) }
        case .bitmap(let other, _):
            for index in other.indices { words[index] |= other[index] }
        case .runs(let runs):
            for run in runs { Self.fill(Int(run.first)..<Int(run.last) + 1, &words) }
        }
    }

    /// Sets all bits of a range that is not empty.
    static func fill(_ range: Range<Int>, _ words: inout [UInt64]) {
        let (first, last) = (range.lowerBound >> 6, (range.upperBound - 1) >> 6)
        let low: UInt64 = ~0 << UInt64(range.lowerBound & 63)
        let high: UInt64 = ~0 >> UInt64(63 - (range.upperBound - 1) & 63)
        guard first < last else {
            words[first] |= low & high
            return
        }
        words[first] |= low
        for index in first + 1..<last { words[index] = ~0 }
        words[last] |= high
    }
}

/// Consecutive values: `first`, ..., `last`, both of them in it.
struct RoaringRun: Hashable, Sendable {
    var first: UInt16
    var last: UInt16

    /// How many values; 1 to 65,536.
    var count: Int { Int(last) - Int(first) + 1 }
}

/// Making containers.
extension RoaringContainer {
    /// Words as an array or a bitmap; `nil` where no bit is set.
    init?(words: [UInt64]) {
        var cardinality = 0
        for word in words { cardinality &+= word.nonzeroBitCount }
        if cardinality == 0 { return nil }
        guard cardinality <= Self.maximumArrayCount else {
            self = .bitmap(words, cardinality: cardinality)
            return
        }
        var values: [UInt16] = []
        values.reserveCapacity(cardinality)
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                values.append(UInt16(index * 64 + word.trailingZeroBitCount))
                word &= word &- 1
            }
        }
        self = .array(values)
    }

    /// Ascending values as an array or a bitmap; `nil` for none.
    init?(ascending values: [UInt16]) {
        if values.isEmpty { return nil }
        guard values.count > Self.maximumArrayCount else {
            self = .array(values)
            return
        }
        self = .bitmap(RoaringContainer.array(values).words, cardinality: values.count)
    }

    /// The same values as an array or a bitmap.
    var plain: RoaringContainer {
        guard case .runs = self else { return self }
        // Runs are never empty.
        return RoaringContainer(words: words) ?? self
    }

    /// The values as runs.
    var asRuns: [RoaringRun] {
        if case .runs(let runs) = self { return runs }
        var values: [UInt32] = []
        append(0..<1 << 16, base: 0, to: &values)
        var runs: [RoaringRun] = []
        for value in values {
            let low = UInt16(truncatingIfNeeded: value)
            if let last = runs.last?.last, UInt32(last) + 1 == value {
                runs[runs.count - 1].last = low
            } else {
                runs.append(RoaringRun(first: low, last: low))
            }
        }
        return runs
    }

    /// Bytes in the portable form.
    var byteCount: Int {
        switch self {
        case .array(let values): values.count * 2
        case .bitmap: Self.wordCount * 8
        case .runs(let runs): 2 + runs.count * 4
        }
    }

    /// The smallest of the three forms.
    var runOptimized: RoaringContainer {
        let runs = RoaringContainer.runs(asRuns)
        let plain = plain
        return runs.byteCount < plain.byteCount ? runs : plain
    }
}
