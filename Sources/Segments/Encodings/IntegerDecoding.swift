/// A section of integers found in a payload, its shape checked, not yet unpacked.
struct IntegerSection: ~Escapable {
    let encoding: BlockEncoding
    let count: Int
    /// The most frequent value of `sparse`, the first value of `delta` and `deltaOfDelta`.
    let base: Int64
    /// The first distance of `deltaOfDelta`.
    private let firstDistance: Int64
    /// A bit a row in `sparse` and `runs`.
    let marks: [UInt64]
    /// The values themselves, or those behind the marks, or distances.
    let direct: DirectSection

    /// Takes the next section of `count` integers.
    @_lifetime(copy reader)
    init(from reader: inout PayloadReader, count: Int) throws(ByteError) {
        let header = try SectionHeader(from: &reader)
        try self.init(from: &reader, header: header, count: count)
    }

    /// Takes the rest of a section whose header has been read.
    @_lifetime(copy reader)
    init(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) {
        encoding = header.encoding
        self.count = count
        base = Int64(bitPattern: header.base)
        var marks: [UInt64] = []
        var distance: Int64 = 0
        switch header.encoding {
        case .sparse, .runs:
            marks = try Self.marks(from: &reader, header: header, count: count)
            let markCount = marks.reduce(0) { $0 + $1.nonzeroBitCount }
            direct = try DirectSection(from: &reader, count: markCount)
        case .delta, .deltaOfDelta:
            let skipped = header.encoding == .delta ? 1 : 2
            guard header.width == 0, header.bodyByteCount == (skipped - 1) * 8, count > skipped
            else {
                throw reader.invalid("header of distances")
            }
            if skipped == 2 { distance = try reader.readInt64() }
            direct = try DirectSection(from: &reader, count: count - skipped)
        default:
            direct = try DirectSection(from: &reader, header: header, count: count)
        }
        self.marks = marks
        firstDistance = distance
    }

    /// The bits of a sparse section or one of runs, none of them behind the last row.
    private static func marks(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) -> [UInt64] {
        let wordCount = (count + 63) / 64
        guard header.width == 0, header.bodyByteCount == wordCount * 8, count > 0 else {
            throw reader.invalid("header of marks")
        }
        let marks = [UInt64](littleEndian: try reader.readBytes(wordCount * 8))
        let unused = wordCount * 64 - count
        guard marks[wordCount - 1].leadingZeroBitCount >= unused,
            header.encoding == .sparse || marks[0] & 1 == 1
        else { throw reader.invalid("marks") }
        return marks
    }

    /// All values. O(count).
    func values() -> [Int64] {
        switch encoding {
        case .sparse: Self.spread(direct.values(), marks, count: count, base: base)
        case .runs: Self.repeated(direct.values(), marks, count: count)
        case .delta: Self.accumulated(base, direct.values())
        case .deltaOfDelta:
            Self.accumulated(base, Self.accumulated(firstDistance, direct.values()))
        default: direct.values()
        }
    }

    /// `base` where a bit is clear, the next of `others` where it is set.
    ///
    /// - Precondition: as many bits are set as there are others.
    private static func spread<Value: FixedWidthInteger>(
        _ others: [Value], _ marks: [UInt64], count: Int, base: Value
    ) -> [Value] {
        var values = [Value](repeating: base, count: count)
        var output = values.mutableSpan
        let (others, marks) = (others.span, marks.span)
        var next = 0
        for word in 0..<marks.count {
            var bits = marks[word]
            while bits != 0 {
                output[word &* 64 &+ bits.trailingZeroBitCount] = others[next]
                next &+= 1
                bits &= bits &- 1
            }
        }
        return values
    }

    /// The next of `heads` from every set bit on.
    ///
    /// - Precondition: as many bits are set as there are heads, the first one among them.
    private static func repeated<Value: FixedWidthInteger>(
        _ heads: [Value], _ marks: [UInt64], count: Int
    ) -> [Value] {
        let (heads, marks) = (heads.span, marks.span)
        return [Value](capacity: count) { values in
            var run = 0
            var start = 0
            for word in 0..<marks.count {
                var bits = word == 0 ? marks[0] & ~1 : marks[word]
                while bits != 0 {
                    let next = word &* 64 &+ bits.trailingZeroBitCount
                    values.append(repeating: heads[run], count: next &- start)
                    run &+= 1
                    start = next
                    bits &= bits &- 1
                }
            }
            values.append(repeating: heads[run], count: count &- start)
        }
    }

    private static func accumulated(_ first: Int64, _ distances: [Int64]) -> [Int64] {
        var running = first
        var values: [Int64] = []
        values.reserveCapacity(distances.count + 1)
        values.append(running)
        for index in distances.indices {
            running &+= distances[index]
            values.append(running)
        }
        return values
    }

    /// All values, each of which must be below `bound`: codes, lengths.
    ///
    /// - Precondition: `bound <= 2^32`.
    func values(below bound: Int, _ what: String) throws(ByteError) -> [UInt32] {
        switch encoding {
        case .sparse:
            guard base >= 0, base < Int64(bound) else { throw .invalid(what, byteOffset: 0) }
            return Self.spread(
                try direct.values(below: bound, what), marks, count: count,
                base: UInt32(truncatingIfNeeded: base))
        case .runs:
            return Self.repeated(try direct.values(below: bound, what), marks, count: count)
        case .delta, .deltaOfDelta:
            return try DirectSection.narrowed(values(), below: bound, what)
        default: return try direct.values(below: bound, what)
        }
    }

    /// The value at `index`: O(1), O(log patches) where patched; in the forms that are read as a
    /// whole O(count).
    ///
    /// - Precondition: `index < count`.
    func value(at index: Int) -> Int64 {
        precondition(index >= 0 && index < count)
        switch encoding {
        case .sparse:
            guard marks[index >> 6] >> UInt64(index & 63) & 1 == 1 else { return base }
            return direct.value(at: rank(index) - 1)
        case .runs: return direct.value(at: rank(index) - 1)
        case .delta, .deltaOfDelta: return values()[index]
        default: return direct.value(at: index)
        }
    }

    /// Where `value` stands among values that ascend. O(log count) reads of a value.
    func places(of value: Int64) -> Range<Int> {
        let start = firstIndex(notBelow: value)
        let end = value == .max ? count : firstIndex(notBelow: value + 1)
        return start..<max(start, end)
    }

    private func firstIndex(notBelow bound: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if value(at: middle) < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many bits up to `index` are set, its own included.
    private func rank(_ index: Int) -> Int {
        var rank = (marks[index >> 6] << UInt64(63 - index & 63)).nonzeroBitCount
        for word in 0..<index >> 6 { rank &+= marks[word].nonzeroBitCount }
        return rank
    }

    /// Appends the values at `rows`, in that order.
    ///
    /// - Precondition: every row is below `count`.
    /// - Complexity: O(`rows.count`), and O(count / 64) where bits have to be counted, as long as
    ///   rows ascend; distances are added up from the first.
    func append(_ rows: Span<Int32>, to picked: inout [Int64]) {
        switch encoding {
        case .sparse, .runs: appendMarked(rows, to: &picked)
        case .delta, .deltaOfDelta:
            let all = values()
            for index in rows.indices { picked.append(all[Int(rows[index])]) }
        default: direct.append(rows, to: &picked)
        }
    }

    private func appendMarked(_ rows: Span<Int32>, to picked: inout [Int64]) {
        let marks = marks.span
        // Bits of the words before `word`.
        var (word, countBefore) = (0, 0)
        for index in rows.indices {
            let row = Int(rows[index])
            if row >> 6 < word { (word, countBefore) = (0, 0) }
            while word < row >> 6 {
                countBefore &+= marks[word].nonzeroBitCount
                word &+= 1
            }
            let bits = marks[word] << UInt64(63 - row & 63)
            if encoding == .sparse, bits >> 63 == 0 {
                picked.append(base)
            } else {
                picked.append(direct.value(at: countBefore &+ bits.nonzeroBitCount &- 1))
            }
        }
    }
}

/// The 16 bytes that open every section of a payload.
struct SectionHeader {
    var encoding: BlockEncoding
    var width: UInt8
    var bodyByteCount: Int
    var base: UInt64

    init(from reader: inout PayloadReader) throws(ByteError) {
        guard let encoding = BlockEncoding(rawValue: try reader.readUInt8()) else {
            throw reader.invalid("section encoding")
        }
        self.encoding = encoding
        width = try reader.readUInt8()
        guard try reader.readUInt8() == 0, try reader.readUInt8() == 0 else {
            throw reader.invalid("reserved bytes")
        }
        bodyByteCount = Int(try reader.readUInt32())
        base = try reader.readUInt64()
    }
}
