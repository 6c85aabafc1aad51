/// A block's payload, ready to be written.
struct EncodedBlock {
    var bytes: [UInt8]
    var encoding: BlockEncoding
    var codec: BlockCodec
    /// What the payload would take without the codec.
    var rawByteCount: Int
}

/// Turns rows of a column into a block's payload:
///
/// ```
/// 0  u64  1 where a validity bitmap follows, else 0
///    u64  one bit a row, least significant first (only where some row is NULL)
///    the section of the values
/// ```
///
/// Sections by layout: integers and codes as `IntegerEncoding`; wide integers the same where they
/// fit 64 bits, else plain; doubles constant, scaled or plain; booleans constant or bits; strings
/// as `TextEncoding`; arrays their lengths and then the elements as a payload of their own.
struct ColumnEncoding {
    let compressor: ZstdCompressor

    /// The payload of rows `range`.
    ///
    /// - Precondition: strings that come as codes refer to the column's sorted dictionary.
    func encode(_ column: Column, _ range: Range<Int>) -> EncodedBlock {
        var block = EncodedBlock(bytes: [], encoding: .opaque, codec: .none, rawByteCount: 0)
        encode(column, range, into: &block)
        block.rawByteCount += block.bytes.count
        return block
    }

    private func encode(_ column: Column, _ range: Range<Int>, into block: inout EncodedBlock) {
        let validity = column.validity?.slice(range)
        if let validity, validity.setCount < range.count {
            block.bytes.append(littleEndian: [UInt64(1)].span)
            block.bytes.append(littleEndian: validity.words.span)
        } else {
            block.bytes.append(littleEndian: [UInt64(0)].span)
        }
        switch column.values {
        case .integers(let values):
            block.encoding = IntegerEncoding.encode(
                values.span.extracting(range), into: &block.bytes)
        case .wideIntegers(let values):
            block.encoding = Self.encode(values.span.extracting(range), into: &block.bytes)
        case .doubles(let values):
            block.encoding = DoubleEncoding.encode(
                values.span.extracting(range), into: &block.bytes)
        case .booleans(let values):
            block.encoding = Self.encode(values.span.extracting(range), into: &block.bytes)
        case .codes(let codes, _):
            let integers = codes[range].map { Int64($0) }
            block.encoding = IntegerEncoding.encode(
                integers.span, allowsDelta: false, into: &block.bytes)
        case .strings(let strings):
            let (codec, saved) = TextEncoding.encode(
                strings, range, compressor: compressor, into: &block.bytes)
            block.encoding = .text
            block.codec = codec
            block.rawByteCount += saved
        case .arrays(let offsets, let elements):
            encode(offsets, elements, range, into: &block)
        }
    }

    private func encode(
        _ offsets: [UInt32], _ elements: Column, _ range: Range<Int>,
        into block: inout EncodedBlock
    ) {
        var lengths: [Int64] = []
        lengths.reserveCapacity(range.count)
        for row in range { lengths.append(Int64(offsets[row + 1]) - Int64(offsets[row])) }
        let part = Int(offsets[range.lowerBound])..<Int(offsets[range.upperBound])
        block.bytes.appendSectionHeader(.arrays, bodyByteCount: 0, base: UInt64(part.count))
        _ = IntegerEncoding.encode(lengths.span, allowsDelta: false, into: &block.bytes)
        encode(elements, part, into: &block)
        block.encoding = .arrays
    }

    private static func encode(
        _ values: Span<Int128>, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        var narrow: [Int64] = []
        narrow.reserveCapacity(values.count)
        for index in values.indices {
            guard let value = Int64(exactly: values[index]) else { break }
            narrow.append(value)
        }
        if narrow.count == values.count {
            return IntegerEncoding.encode(narrow.span, into: &bytes)
        }
        bytes.appendSectionHeader(.plain, width: 16, bodyByteCount: values.count * 16)
        bytes.append(littleEndian: values)
        return .plain
    }

    private static func encode(
        _ values: Span<UInt8>, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        var bits = [UInt64](repeating: 0, count: (values.count + 63) / 64)
        var setCount = 0
        for index in values.indices {
            let bit: UInt64 = values[index] == 0 ? 0 : 1
            setCount &+= Int(bit)
            bits[index >> 6] |= bit &<< UInt64(index & 63)
        }
        if setCount == 0 || setCount == values.count {
            bytes.appendSectionHeader(.constant, bodyByteCount: 0, base: setCount == 0 ? 0 : 1)
            return .constant
        }
        bytes.appendSectionHeader(.bits, bodyByteCount: bits.count * 8)
        bytes.append(littleEndian: bits.span)
        return .bits
    }
}
