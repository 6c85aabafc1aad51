/// What whoever reads a section of integers needs to do with it.
enum IntegerForms: Hashable, Sendable {
    /// Every form will do.
    case any
    /// Codes of a dictionary: equal neighbours may share a place, distances are of no use.
    case codes
    /// Every value is wanted at its place, without the others.
    case direct
}

/// A run of 64-bit integers in the smallest of its forms, its *section*: 16 bytes of header (u8
/// encoding, u8 width, u16 0, u32 byte count of the body, i64 base), the body, and in some forms
/// further sections.
///
/// Forms that read any value at its place (`DirectPlan`):
///
/// ```
/// constant         base: the value
/// packed           base: the smallest value; distances from it in `width` bits
/// stepped          base: the smallest value; u64 step, distances divided by the step, packed
/// patched          as stepped, but only the lowest `width` bits; u64 step, u64 count of distances
///                  that have more, packed bits; sections of their positions and upper bits
/// plain            i64 values
/// ```
///
/// Forms that are read as a whole, each in front of a section in one of the direct forms:
///
/// ```
/// sparse           base: the most frequent value; a bit a row, set where another one is; those
/// runs             a bit a row, set where the value is not the one before; one value a run
/// delta            base: the first value; the distances between neighbours
/// deltaOfDelta     the same; i64 first distance; the distances between distances
/// ```
///
/// How many values there are is known from outside. All arithmetic wraps, so that every body
/// decodes to something; sense is checked by whoever knows what the integers mean.
enum IntegerEncoding {
    static let headerByteCount = 16
    /// A value is looked for as the most frequent one where it has at least this part of a sample.
    private static let frequentPart = 4
    private static let sampleCount = 64
    /// Runs are worth their decoding where they have at least this many rows on average.
    private static let runLength = 4
    /// Neighbours looked at before all of them are.
    private static let probeCount = 1_024

    /// Appends the section of `values`: the smallest direct form, or a form that is read as a whole
    /// where that one is a quarter smaller yet.
    static func encode(
        _ values: Span<Int64>, forms: IntegerForms = .any, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        let direct = DirectPlan(values)
        guard forms != .direct, direct.encoding != .constant else {
            direct.append(values, to: &bytes)
            return direct.encoding
        }
        var candidates = [sparse(values), runs(values)]
        if forms == .any, maySaveByDistances(values) {
            candidates += [delta(values), secondDelta(values)]
        }
        let best = candidates.compactMap { $0 }.min { $0.byteCount < $1.byteCount }
        guard let best, best.byteCount * 4 <= direct.byteCount * 3 else {
            direct.append(values, to: &bytes)
            return direct.encoding
        }
        best.append(to: &bytes)
        return best.encoding
    }

    /// A form in front of another section.
    private struct WholeForm {
        let encoding: BlockEncoding
        let base: Int64
        let body: [UInt64]
        let values: [Int64]
        let plan: DirectPlan

        init(_ encoding: BlockEncoding, base: Int64, body: [UInt64], values: [Int64]) {
            self.encoding = encoding
            self.base = base
            self.body = body
            self.values = values
            plan = DirectPlan(values.span)
        }

        var byteCount: Int { IntegerEncoding.headerByteCount + body.count * 8 + plan.byteCount }

        func append(to bytes: inout [UInt8]) {
            bytes.appendSectionHeader(
                encoding, bodyByteCount: body.count * 8, base: UInt64(bitPattern: base))
            bytes.append(littleEndian: body.span)
            plan.append(values.span, to: &bytes)
        }
    }

    private static func sparse(_ values: Span<Int64>) -> WholeForm? {
        guard let frequent = frequentValue(values) else { return nil }
        let (marks, others) = marked(values) { values, index in values[index] != frequent }
        return WholeForm(.sparse, base: frequent, body: marks, values: others)
    }

    /// The most frequent value of a sample, where it is frequent there; the first of several.
    private static func frequentValue(_ values: Span<Int64>) -> Int64? {
        var sample: [Int64] = []
        let step = max(1, values.count / sampleCount)
        for index in stride(from: 0, to: values.count, by: step) { sample.append(values[index]) }
        sample.sort()
        var best = (value: Int64(0), count: 0)
        var count = 0
        for index in sample.indices {
            count = index > 0 && sample[index] == sample[index - 1] ? count + 1 : 1
            if count > best.count { best = (sample[index], count) }
        }
        return best.count * frequentPart >= sample.count ? best.value : nil
    }

    private static func runs(_ values: Span<Int64>) -> WholeForm? {
        var headCount = 1
        let next = values.extracting(1..<values.count)
        for start in stride(from: 0, to: next.count, by: probeCount) {
            for index in start..<min(next.count, start + probeCount) {
                headCount &+= next[index] == values[index] ? 0 : 1
            }
            guard headCount * runLength <= values.count else { return nil }
        }
        let (marks, heads) = marked(values) { values, index in
            index == 0 || values[index] != values[index &- 1]
        }
        return WholeForm(.runs, base: 0, body: marks, values: heads)
    }

    /// A bit a value, set where `isMarked`, and the values that are marked; without a branch on
    /// what is marked.
    @inline(__always)
    private static func marked(
        _ values: Span<Int64>, _ isMarked: (Span<Int64>, Int) -> Bool
    ) -> (marks: [UInt64], values: [Int64]) {
        var marks: [UInt64] = []
        marks.reserveCapacity((values.count + 63) / 64)
        var picked = [Int64](repeating: 0, count: values.count)
        var count = 0
        var target = picked.mutableSpan
        for start in stride(from: 0, to: values.count, by: 64) {
            var word: UInt64 = 0
            for index in start..<min(start &+ 64, values.count) {
                let mark: UInt64 = isMarked(values, index) ? 1 : 0
                word |= mark &<< UInt64(index & 63)
                target[count] = values[index]
                count &+= Int(mark)
            }
            marks.append(word)
        }
        picked.removeLast(values.count - count)
        return (marks, picked)
    }

    /// Whether distances are smaller than values in the middle of the run.
    private static func maySaveByDistances(_ values: Span<Int64>) -> Bool {
        let first = max(0, (values.count - probeCount) / 2)
        let probe = values.extracting(first..<min(values.count, first + probeCount))
        guard let distances = distances(probe) else { return false }
        return DirectPlan(distances.span).byteCount * 8 <= DirectPlan(probe).byteCount * 7
    }

    private static func delta(_ values: Span<Int64>) -> WholeForm? {
        guard let distances = distances(values) else { return nil }
        return WholeForm(.delta, base: values[0], body: [], values: distances)
    }

    private static func secondDelta(_ values: Span<Int64>) -> WholeForm? {
        guard values.count > 2, let distances = distances(values),
            let second = self.distances(distances.span)
        else { return nil }
        return WholeForm(
            .deltaOfDelta, base: values[0], body: [UInt64(bitPattern: distances[0])], values: second
        )
    }

    /// The distances between neighbours; `nil` where one does not fit.
    private static func distances(_ values: Span<Int64>) -> [Int64]? {
        var distances: [Int64] = []
        distances.reserveCapacity(values.count)
        var overflowed = false
        for index in 1..<max(1, values.count) {
            let distance = values[index].subtractingReportingOverflow(values[index &- 1])
            distances.append(distance.partialValue)
            overflowed = overflowed || distance.overflow
        }
        return overflowed || distances.isEmpty ? nil : distances
    }
}

extension Array where Element == UInt8 {
    /// Appends the 16 bytes that open every section.
    mutating func appendSectionHeader(
        _ encoding: BlockEncoding, width: UInt8 = 0, bodyByteCount: Int, base: UInt64 = 0
    ) {
        append(encoding.rawValue)
        append(width)
        append(0)
        append(0)
        append(littleEndian: [Int32(truncatingIfNeeded: bodyByteCount)].span)
        append(littleEndian: [base].span)
    }
}
