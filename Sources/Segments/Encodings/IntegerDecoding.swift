/// A section of integers found in a payload, its shape checked, not yet unpacked.
struct IntegerSection: ~Escapable {
    let encoding: BlockEncoding
    let width: Int
    let base: Int64
    let count: Int
    private let body: Span<UInt8>

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
        guard [.constant, .packed, .delta, .plain].contains(header.encoding) else {
            throw reader.invalid("encoding of integers")
        }
        let width = Int(header.width)
        var expected = 0
        switch header.encoding {
        case .packed:
            guard (1...64).contains(width) else { throw reader.invalid("bit width") }
            expected = BitPacking.byteCount(count: count, width: width)
        case .delta:
            guard width <= 64, count > 0 else { throw reader.invalid("bit width") }
            expected = 8 + BitPacking.byteCount(count: count - 1, width: width)
        case .plain where width == 0: expected = count * 8
        case .constant where width == 0: expected = 0
        default: throw reader.invalid("width of integers")
        }
        guard header.bodyByteCount == expected else {
            throw reader.invalid("length of packed integers")
        }
        encoding = header.encoding
        self.width = width
        base = Int64(bitPattern: header.base)
        self.count = count
        body = try reader.readBytes(expected)
    }

    /// All values. O(count), one allocation.
    func values() -> [Int64] {
        switch encoding {
        case .constant: return [Int64](repeating: base, count: count)
        case .packed: return BitPacking.unpack(body, count: count, width: width, base: base)
        case .delta: return accumulated()
        default: return [Int64](littleEndian: body)
        }
    }

    private func accumulated() -> [Int64] {
        var running = Int64(bitPattern: Hashing.load64(body, 0))
        let packed = body.extracting(8..<body.count)
        let distances =
            width == 0
            ? [Int64](repeating: base, count: count - 1)
            : BitPacking.unpack(packed, count: count - 1, width: width, base: base)
        var values: [Int64] = []
        values.reserveCapacity(count)
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
        let values: [UInt32]
        switch encoding {
        case .constant:
            guard base >= 0, base < Int64(bound) else { throw .invalid(what, byteOffset: 0) }
            return [UInt32](repeating: UInt32(truncatingIfNeeded: base), count: count)
        case .packed where width <= 32 && base >= 0 && base < Int64(bound):
            values = BitPacking.unpack32(
                body, count: count, width: width, base: UInt32(truncatingIfNeeded: base))
            // A wrapped sum would be small again: with the distances bounded, none wraps.
            let widest = Int64(bitPattern: (1 &<< UInt64(width)) &- 1)
            if base &+ widest < Int64(bound) { return values }
            if base &+ widest <= Int64(UInt32.max) {
                guard Self.maximum(values) < bound else { throw .invalid(what, byteOffset: 0) }
                return values
            }
        default: break
        }
        return try narrowed(below: bound, what)
    }

    private func narrowed(below bound: Int, _ what: String) throws(ByteError) -> [UInt32] {
        let values = values()
        var narrow: [UInt32] = []
        narrow.reserveCapacity(count)
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

    /// The value at `index`: O(1) but for the delta form, which is decoded whole.
    ///
    /// - Precondition: `index < count`.
    func value(at index: Int) -> Int64 {
        precondition(index >= 0 && index < count)
        switch encoding {
        case .constant: return base
        case .packed:
            let distance = BitPacking.distance(at: index, in: body, width: width)
            return base &+ Int64(bitPattern: distance)
        case .delta: return accumulated()[index]
        default: return Int64(bitPattern: Hashing.load64(body, index &* 8))
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
