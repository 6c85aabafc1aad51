/// Doubles as a section: constant (base: the bits), scaled, or plain.
///
/// *Scaled* is for what was written as a decimal with few digits, as rates and discounts are: the
/// header's width is an exponent `k`, a section of integers follows, and each value is
/// `Double(integer) / 10^k`, to the bit. The writer proves that for every value before it uses it.
enum DoubleEncoding {
    private static let powers: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
    /// Integers below this are exact doubles.
    private static let bound: Double = 9_007_199_254_740_992

    /// Appends the section of `values`.
    static func encode(_ values: Span<Double>, into bytes: inout [UInt8]) -> BlockEncoding {
        var isConstant = true
        for index in values.indices {
            isConstant = isConstant && values[index].bitPattern == values[0].bitPattern
        }
        if isConstant {
            let bits = values.isEmpty ? 0 : values[0].bitPattern
            bytes.appendSectionHeader(.constant, bodyByteCount: 0, base: bits)
            return .constant
        }
        if let (exponent, integers) = scaled(values) {
            var section: [UInt8] = []
            _ = IntegerEncoding.encode(integers.span, into: &section)
            if section.count < values.count * 8 {
                bytes.appendSectionHeader(.scaled, width: UInt8(exponent), bodyByteCount: 0)
                bytes.append(contentsOf: section)
                return .scaled
            }
        }
        bytes.appendSectionHeader(.plain, width: 8, bodyByteCount: values.count * 8)
        var bits: [UInt64] = []
        bits.reserveCapacity(values.count)
        for index in values.indices { bits.append(values[index].bitPattern) }
        bytes.append(littleEndian: bits.span)
        return .plain
    }

    /// The smallest exponent under which every value is an integer, and the integers.
    private static func scaled(_ values: Span<Double>) -> (exponent: Int, integers: [Int64])? {
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        var exponent = 0
        var index = 0
        while index < values.count {
            let value = values[index]
            let product = (value * powers[exponent]).rounded()
            if product.magnitude < bound,
                (product / powers[exponent]).bitPattern == value.bitPattern
            {
                integers.append(Int64(product))
                index += 1
            } else {
                exponent += 1
                guard exponent < powers.count else { return nil }
                integers.removeAll(keepingCapacity: true)
                index = 0
            }
        }
        // Minus zero passes the test above as an integer that has lost its sign.
        for index in values.indices where values[index] == 0 && values[index].sign == .minus {
            return nil
        }
        return (exponent, integers)
    }

    /// Takes the rest of a section whose header has been read.
    static func decode(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) -> [Double] {
        switch header.encoding {
        case .constant where header.bodyByteCount == 0:
            return [Double](repeating: Double(bitPattern: header.base), count: count)
        case .scaled where header.bodyByteCount == 0 && Int(header.width) < powers.count:
            let integers = try IntegerSection(from: &reader, count: count).values()
            let divisor = powers[Int(header.width)]
            var values: [Double] = []
            values.reserveCapacity(count)
            for index in integers.indices { values.append(Double(integers[index]) / divisor) }
            return values
        case .plain where header.width == 8 && header.bodyByteCount == count * 8:
            let bits = [UInt64](littleEndian: try reader.readBytes(count * 8))
            return bits.map { Double(bitPattern: $0) }
        default: throw reader.invalid("section of doubles")
        }
    }

    /// The values at `rows` alone.
    ///
    /// - Precondition: every row is below `count`.
    static func pick(
        _ rows: Span<Int32>, from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) -> [Double] {
        var picked: [Double] = []
        picked.reserveCapacity(rows.count)
        switch header.encoding {
        case .scaled where header.bodyByteCount == 0 && Int(header.width) < powers.count:
            let integers = try IntegerSection(from: &reader, count: count)
            let divisor = powers[Int(header.width)]
            for index in rows.indices {
                picked.append(Double(integers.value(at: Int(rows[index]))) / divisor)
            }
        case .plain where header.width == 8 && header.bodyByteCount == count * 8:
            let bytes = try reader.readBytes(count * 8)
            for index in rows.indices {
                picked.append(
                    Double(bitPattern: Hashing.load64(bytes, Int(rows[index]) * 8)))
            }
        default:
            let values = try decode(from: &reader, header: header, count: count)
            for index in rows.indices { picked.append(values[Int(rows[index])]) }
        }
        return picked
    }
}
