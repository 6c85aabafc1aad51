/// Doubles as a section, to the bit:
///
/// ```
/// constant   base: the bits
/// scaled     width: exponent k, base: count of exceptions; a section of integers; where there are
///            exceptions a section of their rows, and u64 × count their bits.
///            Else the value is Double(integer) / 10^k
/// split      a section of exponent · 2 + sign, a section of the 52 bits of the mantissa
/// plain      width 8; the values
/// ```
///
/// *Scaled* is for what was written as a decimal, as rates and measurements are: integers
/// to 2^53 divided by an exact power of ten are what a parser makes of the decimal. What is no such
/// number (NaN, infinities, minus zero, results of divisions) is an exception. The idea is that of
/// ALP (Afroozeh, Kuffó and Boncz, "ALP: Adaptive Lossless floating-Point Compression", 2023) with
/// a division, which is exact more often than the product with an inverse. *Split* is for real
/// doubles: exponents need few bits, mantissas of narrower floats have a step.
enum DoubleEncoding {
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
    /// Integers up to this are exact doubles.
    private static let bound: Double = 9_007_199_254_740_992
    private static let sampleCount = 128
    /// Scaled is not tried where more than one in this many of a sample are exceptions.
    private static let exceptionPart = 4
    /// What an exception takes: its bits and its row.
    private static let exceptionBits = 64 + 16
    private static let mantissaBits: UInt64 = 52

    /// Appends the section of `values`: the smallest, but plain where an eighth is not saved.
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
        let limit = values.count * 7
        if let section = scaled(values), section.count <= limit {
            bytes.append(contentsOf: section)
            return .scaled
        }
        let section = split(values)
        if section.count <= limit {
            bytes.append(contentsOf: section)
            return .split
        }
        bytes.appendSectionHeader(.plain, width: 8, bodyByteCount: values.count * 8)
        var bits: [UInt64] = []
        bits.reserveCapacity(values.count)
        for index in values.indices { bits.append(values[index].bitPattern) }
        bytes.append(littleEndian: bits.span)
        return .plain
    }

    /// The integer that stands for `value` under `10^exponent`; `nil` where none does.
    @inline(__always)
    private static func integer(of value: Double, _ power: Double) -> Int64? {
        let product = (value * power).rounded(.toNearestOrEven)
        guard product.magnitude <= bound else { return nil }
        let integer = Int64(product)
        return (Double(integer) / power).bitPattern == value.bitPattern ? integer : nil
    }

    /// The exponent under which a sample takes the fewest bits; `nil` where it has many exceptions.
    private static func exponent(for values: Span<Double>) -> Int? {
        var sample: [Double] = []
        let step = max(1, values.count / sampleCount)
        for index in stride(from: 0, to: values.count, by: step) { sample.append(values[index]) }
        var best: (exponent: Int, bits: Int)?
        for exponent in powers.indices {
            let integers = sample.compactMap { integer(of: $0, powers[exponent]) }
            let exceptions = sample.count - integers.count
            guard exceptions * exceptionPart <= sample.count, let least = integers.min(),
                let most = integers.max()
            else { continue }
            let width = BitPacking.width(of: UInt64(most - least))
            let bits = integers.count * width + exceptions * exceptionBits
            if bits < best?.bits ?? Int.max { best = (exponent, bits) }
        }
        return best?.exponent
    }

    private static func scaled(_ values: Span<Double>) -> [UInt8]? {
        guard let exponent = exponent(for: values) else { return nil }
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        var rows: [Int64] = []
        var bits: [UInt64] = []
        var last: Int64 = 0
        for index in values.indices {
            if let integer = integer(of: values[index], powers[exponent]) {
                last = integer
            } else {
                rows.append(Int64(index))
                bits.append(values[index].bitPattern)
            }
            integers.append(last)
        }
        // Exceptions before the first integer take its place, so that they widen nothing.
        var leading = 0
        while leading < rows.count, rows[leading] == Int64(leading) { leading += 1 }
        if leading < integers.count {
            for index in 0..<leading { integers[index] = integers[leading] }
        }
        var section: [UInt8] = []
        section.appendSectionHeader(
            .scaled, width: UInt8(exponent), bodyByteCount: 0, base: UInt64(rows.count))
        _ = IntegerEncoding.encode(integers.span, into: &section)
        if !rows.isEmpty {
            _ = IntegerEncoding.encode(rows.span, forms: .direct, into: &section)
            section.append(littleEndian: bits.span)
        }
        return section
    }

    private static func split(_ values: Span<Double>) -> [UInt8] {
        var heads: [Int64] = []
        var mantissas: [Int64] = []
        heads.reserveCapacity(values.count)
        mantissas.reserveCapacity(values.count)
        for index in values.indices {
            let bits = values[index].bitPattern
            heads.append(Int64(((bits & ~(1 << 63)) >> mantissaBits) << 1 | bits >> 63))
            mantissas.append(Int64(bits & (1 << mantissaBits - 1)))
        }
        var section: [UInt8] = []
        section.appendSectionHeader(.split, bodyByteCount: 0)
        _ = IntegerEncoding.encode(heads.span, into: &section)
        _ = IntegerEncoding.encode(mantissas.span, into: &section)
        return section
    }
}

/// Reading.
extension DoubleEncoding {
    /// Takes the rest of a section whose header has been read.
    static func decode(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) -> [Double] {
        switch header.encoding {
        case .constant where header.bodyByteCount == 0:
            return [Double](repeating: Double(bitPattern: header.base), count: count)
        case .scaled:
            let divisor = try divisor(header, reader, count: count)
            let integers = try IntegerSection(from: &reader, count: count).values()
            var values: [Double] = []
            values.reserveCapacity(count)
            for index in integers.indices { values.append(Double(integers[index]) / divisor) }
            let exceptions = try exceptions(&reader, header, count: count)
            for index in exceptions.rows.indices {
                values[Int(exceptions.rows[index])] = Double(bitPattern: exceptions.bits[index])
            }
            return values
        case .split where header.bodyByteCount == 0:
            let heads = try IntegerSection(from: &reader, count: count).values()
            let mantissas = try IntegerSection(from: &reader, count: count).values()
            var values: [Double] = []
            values.reserveCapacity(count)
            for index in heads.indices { values.append(joined(heads[index], mantissas[index])) }
            return values
        case .plain where header.width == 8 && header.bodyByteCount == count * 8:
            let bits = [UInt64](littleEndian: try reader.readBytes(count * 8))
            return bits.map { Double(bitPattern: $0) }
        default: throw reader.invalid("section of doubles")
        }
    }

    private static func joined(_ head: Int64, _ mantissa: Int64) -> Double {
        let bits = UInt64(bitPattern: head)
        let exponent = (bits >> 1) << mantissaBits
        return Double(bitPattern: bits << 63 | exponent | UInt64(bitPattern: mantissa))
    }

    private static func divisor(
        _ header: SectionHeader, _ reader: borrowing PayloadReader, count: Int
    ) throws(ByteError) -> Double {
        guard header.bodyByteCount == 0, Int(header.width) < powers.count,
            header.base <= UInt64(count)
        else { throw reader.invalid("header of scaled doubles") }
        return powers[Int(header.width)]
    }

    /// The exceptions of a scaled section, by row.
    private static func exceptions(
        _ reader: inout PayloadReader, _ header: SectionHeader, count: Int
    ) throws(ByteError) -> (rows: [UInt32], bits: [UInt64]) {
        let exceptionCount = Int(header.base)
        guard exceptionCount > 0 else { return ([], []) }
        let rows = try DirectSection(from: &reader, count: exceptionCount)
            .values(below: count, "row of an exception")
        let bits = [UInt64](littleEndian: try reader.readBytes(exceptionCount * 8))
        return (rows, bits)
    }

    /// Where `row` is among ascending rows.
    private static func search(_ row: UInt32, in rows: [UInt32]) -> Int? {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low] == row ? low : nil
    }

    /// The values at `rows` alone.
    ///
    /// - Precondition: every row is below `count`.
    static func pick(
        _ rows: Span<Int32>, from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) -> [Double] {
        switch header.encoding {
        case .scaled:
            let divisor = try divisor(header, reader, count: count)
            var integers: [Int64] = []
            try IntegerSection(from: &reader, count: count).append(rows, to: &integers)
            var values = integers.map { Double($0) / divisor }
            let exceptions = try exceptions(&reader, header, count: count)
            for index in rows.indices {
                let row = UInt32(bitPattern: rows[index])
                if let found = search(row, in: exceptions.rows) {
                    values[index] = Double(bitPattern: exceptions.bits[found])
                }
            }
            return values
        case .split where header.bodyByteCount == 0:
            var (heads, mantissas): ([Int64], [Int64]) = ([], [])
            try IntegerSection(from: &reader, count: count).append(rows, to: &heads)
            try IntegerSection(from: &reader, count: count).append(rows, to: &mantissas)
            return heads.indices.map { joined(heads[$0], mantissas[$0]) }
        case .plain where header.width == 8 && header.bodyByteCount == count * 8:
            let bytes = try reader.readBytes(count * 8)
            return [Double](capacity: rows.count) { values in
                for index in rows.indices {
                    values.append(Double(bitPattern: Hashing.load64(bytes, Int(rows[index]) * 8)))
                }
            }
        default:
            let values = try decode(from: &reader, header: header, count: count)
            return rows.indices.map { values[Int(rows[$0])] }
        }
    }
}
