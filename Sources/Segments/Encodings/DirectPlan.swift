/// The smallest form of integers in which each can be read at its place, found by counting.
///
/// The order of preference is that of speed: packed; stepped where it saves a sixteenth, because a
/// value costs a multiplication more; patched where it saves an eighth, because a look-up searches
/// the positions; plain where nothing else is smaller.
struct DirectPlan {
    let encoding: BlockEncoding
    /// What the section takes, its header included.
    let byteCount: Int
    private let base: Int64
    private let step: UInt64
    private let width: Int
    /// The distances from the base, divided by the step; empty where nobody needs them.
    private let distances: [Int64]

    /// The plan for `values`.
    ///
    /// - Complexity: O(n), with a division a value while the values have a common step.
    init(_ values: Span<Int64>) {
        var minimum = values.isEmpty ? 0 : values[0]
        var maximum = minimum
        for index in values.indices {
            minimum = min(minimum, values[index])
            maximum = max(maximum, values[index])
        }
        let header = IntegerEncoding.headerByteCount
        guard minimum != maximum else {
            self.init(.constant, header, base: minimum)
            return
        }
        let spread = UInt64(bitPattern: maximum &- minimum)
        let step = Self.commonStep(values, minimum)
        let count = values.count
        let width = BitPacking.width(of: spread)
        let steppedWidth = BitPacking.width(of: spread / step)
        var best = (BlockEncoding.plain, header + count * 8, 0)
        let packed = header + BitPacking.byteCount(count: count, width: width)
        if packed <= best.1 { best = (.packed, packed, width) }
        let stepped = header + 8 + BitPacking.byteCount(count: count, width: steppedWidth)
        if stepped * 16 <= best.1 * 15 { best = (.stepped, stepped, steppedWidth) }
        if step == 1, !Self.mayPatch(values, minimum, width: width, limit: best.1) {
            self.init(best.0, best.1, base: best.0 == .plain ? 0 : minimum, width: best.2)
            return
        }

        var distances = [Int64](repeating: 0, count: count)
        for index in values.indices { distances[index] = values[index] &- minimum }
        if step > 1 { Self.divide(&distances, by: step) }
        let patched = Self.patched(distances.span, width: steppedWidth)
        if patched.byteCount * 8 <= best.1 * 7 {
            best = (.patched, patched.byteCount, patched.width)
        }
        let keeps = best.0 == .stepped || best.0 == .patched
        self.init(
            best.0, best.1, base: best.0 == .plain ? 0 : minimum, step: step, width: best.2,
            distances: keeps ? distances : [])
    }

    private init(
        _ encoding: BlockEncoding, _ byteCount: Int, base: Int64, step: UInt64 = 1,
        width: Int = 0, distances: [Int64] = []
    ) {
        self.encoding = encoding
        self.byteCount = byteCount
        self.base = base
        self.step = step
        self.width = width
        self.distances = distances
    }

    /// The largest number that divides every distance from `minimum`.
    private static func commonStep(_ values: Span<Int64>, _ minimum: Int64) -> UInt64 {
        var step: UInt64 = 0
        for index in values.indices {
            var rest = UInt64(bitPattern: values[index] &- minimum)
            if step == 0 {
                step = rest
                continue
            }
            while rest != 0 { (step, rest) = (rest, step % rest) }
            if step == 1 { break }
        }
        return max(1, step)
    }

    private static func divide(_ distances: inout [Int64], by step: UInt64) {
        for index in distances.indices {
            distances[index] = Int64(bitPattern: UInt64(bitPattern: distances[index]) / step)
        }
    }

    /// Whether patches may save an eighth of `limit` bytes; `false` is certain.
    ///
    /// One look at the values, in wide registers, tells how many need more than seven eighths of
    /// the bits: with fewer bits there are at least as many patches. Evenly spread values, as
    /// codes and ids are, end here.
    private static func mayPatch(
        _ values: Span<Int64>, _ minimum: Int64, width: Int, limit: Int
    ) -> Bool {
        let lowWidth = width * 7 / 8
        var wideCount = 0
        for index in values.indices {
            let distance = UInt64(bitPattern: values[index] &- minimum)
            wideCount &+= distance &>> UInt64(lowWidth) == 0 ? 0 : 1
        }
        let positionWidth = BitPacking.width(of: UInt64(values.count - 1))
        for low in 0..<width {
            let exceptions = low <= lowWidth ? wideCount : 0
            let bits = values.count * low + exceptions * (positionWidth + width - low)
            let size = 3 * IntegerEncoding.headerByteCount + 16 + bits / 8
            if size * 8 <= limit * 7 { return true }
        }
        return false
    }

    /// The width under which packed bits and patches together are smallest.
    private static func patched(
        _ distances: Span<Int64>, width: Int
    ) -> (byteCount: Int, width: Int) {
        var above = [Int](repeating: 0, count: 65)
        for index in distances.indices {
            above[BitPacking.width(of: UInt64(bitPattern: distances[index]))] &+= 1
        }
        let positionWidth = BitPacking.width(of: UInt64(distances.count - 1))
        var best = (byteCount: Int.max, width: width)
        var exceptions = 0
        for low in stride(from: width - 1, through: 0, by: -1) {
            exceptions += above[low + 1]
            let size =
                3 * IntegerEncoding.headerByteCount + 16
                + BitPacking.byteCount(count: distances.count, width: low)
                + BitPacking.byteCount(count: exceptions, width: positionWidth)
                + BitPacking.byteCount(count: exceptions, width: width - low)
            if size < best.byteCount { best = (size, low) }
        }
        return best
    }

    /// Appends the section of the values that the plan was made for.
    func append(_ values: Span<Int64>, to bytes: inout [UInt8]) {
        switch encoding {
        case .constant:
            appendHeader(bodyByteCount: 0, to: &bytes)
        case .packed:
            appendHeader(
                bodyByteCount: BitPacking.byteCount(count: values.count, width: width), to: &bytes)
            BitPacking.pack(values, base: base, width: width, into: &bytes)
        case .stepped:
            appendHeader(
                bodyByteCount: 8 + BitPacking.byteCount(count: values.count, width: width),
                to: &bytes)
            bytes.append(littleEndian: [step].span)
            BitPacking.pack(distances.span, base: 0, width: width, into: &bytes)
        case .patched:
            appendPatched(to: &bytes)
        default:
            appendHeader(bodyByteCount: values.count * 8, to: &bytes)
            bytes.append(littleEndian: values)
        }
    }

    private func appendHeader(bodyByteCount: Int, to bytes: inout [UInt8]) {
        bytes.appendSectionHeader(
            encoding, width: UInt8(width), bodyByteCount: bodyByteCount,
            base: UInt64(bitPattern: base))
    }

    private func appendPatched(to bytes: inout [UInt8]) {
        let mask: Int64 = 1 << Int64(width) - 1
        var low: [Int64] = []
        low.reserveCapacity(distances.count)
        var positions: [Int64] = []
        var excesses: [Int64] = []
        for (position, distance) in distances.enumerated() {
            low.append(distance & mask)
            let excess = UInt64(bitPattern: distance) >> UInt64(width)
            guard excess > 0 else { continue }
            positions.append(Int64(position))
            excesses.append(Int64(bitPattern: excess))
        }
        appendHeader(
            bodyByteCount: 16 + BitPacking.byteCount(count: low.count, width: width), to: &bytes)
        bytes.append(littleEndian: [step, UInt64(positions.count)].span)
        if width > 0 { BitPacking.pack(low.span, base: 0, width: width, into: &bytes) }
        Self.appendPacked(positions.span, to: &bytes)
        Self.appendPacked(excesses.span, to: &bytes)
    }

    /// Appends a section in one of the forms that need no other: constant or packed from zero.
    private static func appendPacked(_ values: Span<Int64>, to bytes: inout [UInt8]) {
        var all: UInt64 = 0
        for index in values.indices { all |= UInt64(bitPattern: values[index]) }
        let width = BitPacking.width(of: all)
        guard width > 0 else {
            bytes.appendSectionHeader(.constant, bodyByteCount: 0)
            return
        }
        bytes.appendSectionHeader(
            .packed, width: UInt8(width),
            bodyByteCount: BitPacking.byteCount(count: values.count, width: width))
        BitPacking.pack(values, base: 0, width: width, into: &bytes)
    }
}
