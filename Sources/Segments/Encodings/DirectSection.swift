/// Integers found in a payload in a form that needs no other section: constant, packed, stepped,
/// or plain. Its shape is checked; reading it cannot fail.
struct PackedSection: ~Escapable {
    let encoding: BlockEncoding
    let count: Int
    let base: Int64
    let step: UInt64
    let width: Int
    /// Packed bits, or plain values.
    let body: Span<UInt8>

    /// Takes the body of a section whose header has been read.
    ///
    /// - Parameter width: How many bits the packed values have; 0 where nothing is packed.
    @_lifetime(copy reader)
    init(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) {
        let width = Int(header.width)
        var step: UInt64 = 1
        var left = header.bodyByteCount
        var expected = 0
        switch header.encoding {
        case .constant:
            guard width == 0 else { throw reader.invalid("width of integers") }
        case .packed, .stepped:
            guard (1...64).contains(width) else { throw reader.invalid("bit width") }
            expected = BitPacking.byteCount(count: count, width: width)
            if header.encoding == .stepped {
                step = try reader.readUInt64()
                left -= 8
            }
        case .plain:
            guard width == 0 else { throw reader.invalid("width of integers") }
            expected = count * 8
        default: throw reader.invalid("encoding of integers")
        }
        guard left == expected else { throw reader.invalid("length of packed integers") }
        self.init(
            header.encoding, count: count, base: Int64(bitPattern: header.base), step: step,
            width: width, body: try reader.readBytes(expected))
    }

    @_lifetime(copy body)
    init(
        _ encoding: BlockEncoding, count: Int, base: Int64, step: UInt64, width: Int,
        body: Span<UInt8>
    ) {
        self.encoding = encoding
        self.count = count
        self.base = base
        self.step = step
        self.width = width
        self.body = body
    }

    /// All values. O(count), one allocation.
    func values() -> [Int64] {
        switch encoding {
        case .plain: return [Int64](littleEndian: body)
        case .constant: return [Int64](repeating: base, count: count)
        default:
            if step == 1 || width <= 32 && step <= UInt64(UInt32.max) {
                let factor = UInt32(truncatingIfNeeded: step)
                return BitPacking.unpack(
                    body, count: count, width: width, base: base, step: factor)
            }
            var values = BitPacking.unpack(body, count: count, width: width, base: 0)
            let factor = Int64(bitPattern: step)
            for index in values.indices { values[index] = base &+ values[index] &* factor }
            return values
        }
    }

    /// The value at `index`. O(1).
    ///
    /// - Precondition: `index < count`.
    func value(at index: Int) -> Int64 {
        precondition(index >= 0 && index < count)
        switch encoding {
        case .plain: return Int64(bitPattern: Hashing.load64(body, index &* 8))
        case .constant: return base
        default:
            let distance = BitPacking.distance(at: index, in: body, width: width)
            return base &+ Int64(bitPattern: distance &* step)
        }
    }
}

/// Integers found in a payload in a form that reads any value at its place: those of
/// `PackedSection`, or `patched`, which is three of them.
struct DirectSection: ~Escapable {
    let encoding: BlockEncoding
    /// The values, or of a patched section the values without their upper bits.
    let low: PackedSection
    /// Where upper bits are missing, ascending; of a patched section only.
    private let positions: PackedSection
    /// What is missing there, to be added.
    let excesses: PackedSection

    /// Takes a section of `count` integers.
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
        guard header.encoding == .patched else {
            low = try PackedSection(from: &reader, header: header, count: count)
            let none = try reader.readBytes(0)
            positions = PackedSection(
                .constant, count: 0, base: 0, step: 1, width: 0, body: none)
            excesses = PackedSection(
                .constant, count: 0, base: 0, step: 1, width: 0, body: none)
            return
        }
        let width = Int(header.width)
        guard width < 64 else { throw reader.invalid("bit width") }
        let expected = BitPacking.byteCount(count: count, width: width)
        guard header.bodyByteCount == 16 + expected else {
            throw reader.invalid("length of packed integers")
        }
        let step = try reader.readUInt64()
        let patchCount = try reader.readUInt64()
        guard patchCount <= UInt64(count) else { throw reader.invalid("count of patches") }
        low = PackedSection(
            width == 0 ? .constant : .stepped, count: count, base: Int64(bitPattern: header.base),
            step: step, width: width, body: try reader.readBytes(expected))
        let positionHeader = try SectionHeader(from: &reader)
        positions = try PackedSection(
            from: &reader, header: positionHeader, count: Int(patchCount))
        let excessHeader = try SectionHeader(from: &reader)
        excesses = try PackedSection(from: &reader, header: excessHeader, count: Int(patchCount))
    }

    /// How many integers there are.
    var count: Int { low.count }

    private func excess(_ patch: Int64) -> Int64 {
        Int64(bitPattern: UInt64(bitPattern: patch) &<< UInt64(low.width) &* low.step)
    }

    /// All values. O(count).
    func values() -> [Int64] {
        var values = low.values()
        guard encoding == .patched else { return values }
        let positions = positions.values()
        let excesses = excesses.values()
        for patch in positions.indices {
            let position = positions[patch]
            guard position >= 0, position < Int64(values.count) else { continue }
            values[Int(position)] &+= excess(excesses[patch])
        }
        return values
    }

    /// The value at `index`. O(1), or O(log patches).
    ///
    /// - Precondition: `index < count`.
    func value(at index: Int) -> Int64 {
        let value = low.value(at: index)
        guard encoding == .patched else { return value }
        var first = 0
        var end = positions.count
        while first < end {
            let middle = (first + end) / 2
            if positions.value(at: middle) < Int64(index) {
                first = middle + 1
            } else {
                end = middle
            }
        }
        guard first < positions.count, positions.value(at: first) == Int64(index) else {
            return value
        }
        return value &+ excess(excesses.value(at: first))
    }

    /// For more rows than these it pays to unpack the places of all patches.
    private static let unpackedPatches = 16

    /// Appends the values at `rows`, in that order.
    ///
    /// - Precondition: every row is below `count`.
    /// - Complexity: O(rows), after O(patches + count / 64) where patched.
    func append(_ rows: Span<Int32>, to picked: inout [Int64]) {
        guard encoding == .patched, rows.count > Self.unpackedPatches else {
            for index in rows.indices { picked.append(value(at: Int(rows[index]))) }
            return
        }
        var isPatched = [UInt64](repeating: 0, count: (count + 63) / 64)
        for position in positions.values() where position >= 0 && position < Int64(count) {
            isPatched[Int(position) >> 6] |= 1 << UInt64(position & 63)
        }
        for index in rows.indices {
            let row = Int(rows[index])
            let bit = isPatched[row >> 6] >> UInt64(row & 63) & 1
            picked.append(bit == 1 ? value(at: row) : low.value(at: row))
        }
    }

    /// All values, each of which must be below `bound`: codes, lengths.
    ///
    /// - Precondition: `bound <= 2^32`.
    func values(below bound: Int, _ what: String) throws(ByteError) -> [UInt32] {
        let base = low.base
        switch encoding {
        case .constant:
            guard base >= 0, base < Int64(bound) else { throw .invalid(what, byteOffset: 0) }
            return [UInt32](repeating: UInt32(truncatingIfNeeded: base), count: count)
        case .packed where low.width <= 32 && base >= 0 && base < Int64(bound):
            let values = BitPacking.unpack32(
                low.body, count: count, width: low.width, base: UInt32(truncatingIfNeeded: base))
            // A wrapped sum would be small again: with the distances bounded, none wraps.
            let widest = Int64(bitPattern: (1 &<< UInt64(low.width)) &- 1)
            if base &+ widest < Int64(bound) { return values }
            if base &+ widest <= Int64(UInt32.max) {
                guard Self.maximum(values) < bound else { throw .invalid(what, byteOffset: 0) }
                return values
            }
        default: break
        }
        return try Self.narrowed(values(), below: bound, what)
    }

    static func narrowed(
        _ values: [Int64], below bound: Int, _ what: String
    ) throws(ByteError) -> [UInt32] {
        var narrow: [UInt32] = []
        narrow.reserveCapacity(values.count)
        for value in values {
            guard value >= 0, value < Int64(bound) else { throw .invalid(what, byteOffset: 0) }
            narrow.append(UInt32(truncatingIfNeeded: value))
        }
        return narrow
    }

    private static func maximum(_ values: [UInt32]) -> Int {
        var maximum: UInt32 = 0
        for value in values { maximum = max(maximum, value) }
        return Int(maximum)
    }
}
