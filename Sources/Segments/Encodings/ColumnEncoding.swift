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
/// 0  which rows have a value: `ValidityEncoding`
///    the section of the values
/// ```
///
/// Sections by layout: integers and codes as `IntegerEncoding`, wide integers as `WideEncoding`,
/// doubles as `DoubleEncoding`; booleans constant or bits; strings as `PackedTextEncoding` where
/// they fit the pattern of the column, else `TextEncoding`; arrays their lengths, then the elements
/// as a payload of their own.
struct ColumnEncoding {
    let compressor: ZstdCompressor

    /// The payload of rows `range`.
    ///
    /// - Precondition: strings that come as codes refer to the column's sorted dictionary.
    /// - Parameter pattern: What the column's strings are packed by, where they fit.
    func encode(
        _ column: Column, _ range: Range<Int>, pattern: TextPattern? = nil
    ) -> EncodedBlock {
        var block = EncodedBlock(bytes: [], encoding: .opaque, codec: .none, rawByteCount: 0)
        encode(column, range, pattern, into: &block)
        block.rawByteCount += block.bytes.count
        return block
    }

    /// The payload of a dictionary's strings, ascending: front-coded where that saves an eighth.
    func encode(_ dictionary: StringDictionary) -> EncodedBlock {
        let strings = dictionary.values
        var text = EncodedBlock(bytes: [], encoding: .text, codec: .none, rawByteCount: 0)
        ValidityEncoding.encode(nil, into: &text.bytes)
        var front = text
        front.encoding = .frontCoded
        let textSaving = TextEncoding.encode(
            strings, 0..<strings.count, compressor: compressor, into: &text.bytes)
        let frontSaving = FrontCoding.encode(
            strings, compressor: compressor, into: &front.bytes)
        let isFront = front.bytes.count * 8 <= text.bytes.count * 7
        var block = isFront ? front : text
        let saving = isFront ? frontSaving : textSaving
        block.codec = saving.codec
        block.rawByteCount = block.bytes.count + saving.savedByteCount
        return block
    }

    private func encode(
        _ column: Column, _ range: Range<Int>, _ pattern: TextPattern?,
        into block: inout EncodedBlock
    ) {
        let validity = column.validity?.slice(range)
        ValidityEncoding.encode(validity, into: &block.bytes)
        switch column.values {
        case .integers(let values):
            let filled = ValidityEncoding.filled(values.span.extracting(range), validity)
            block.encoding = IntegerEncoding.encode(filled.span, into: &block.bytes)
        case .wideIntegers(let values):
            block.encoding = WideEncoding.encode(
                values.span.extracting(range), validity, into: &block.bytes)
        case .doubles(let values):
            block.encoding = DoubleEncoding.encode(
                values.span.extracting(range), into: &block.bytes)
        case .booleans(let values):
            block.encoding = Self.encode(values.span.extracting(range), into: &block.bytes)
        case .codes(let codes, _):
            let integers = codes[range].map { Int64($0) }
            block.encoding = IntegerEncoding.encode(
                integers.span, forms: .codes, into: &block.bytes)
        case .strings(let strings):
            if let pattern,
                let encoding = PackedTextEncoding.encode(
                    strings, range, validity, pattern, into: &block.bytes)
            {
                block.encoding = encoding
                return
            }
            let (codec, saved) = TextEncoding.encode(
                strings, range, compressor: compressor, into: &block.bytes)
            block.encoding = .text
            block.codec = codec
            block.rawByteCount += saved
        case .packedTexts(let codes, let own):
            precondition(pattern == own, "packed texts of the column's pattern")
            block.encoding = PackedTextEncoding.encode(
                Array(codes[range]), validity, into: &block.bytes)
        case .widePackedTexts(let codes, let own):
            precondition(pattern == own, "packed texts of the column's pattern")
            block.encoding = PackedTextEncoding.encode(
                Array(codes[range]), validity, into: &block.bytes)
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
        _ = IntegerEncoding.encode(lengths.span, forms: .direct, into: &block.bytes)
        encode(elements, part, nil, into: &block)
        block.encoding = .arrays
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
