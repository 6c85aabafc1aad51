/// Sorted strings as a section: header, a section of how many bytes each has in common with the one
/// before, and a section of text with the rest of each.
///
/// For dictionaries, which are read as a whole. Where ids ascend, an entry takes one or two bytes.
enum FrontCoding {
    /// Appends the section of `strings`, which ascend by bytes.
    ///
    /// - Returns: The codec chosen, and the bytes that compression saved.
    static func encode(
        _ strings: StringVector, compressor: ZstdCompressor, into bytes: inout [UInt8]
    ) -> (codec: BlockCodec, savedByteCount: Int) {
        var shared: [Int64] = []
        shared.reserveCapacity(strings.count)
        var rest = StringVector()
        for index in 0..<strings.count {
            let string = strings.span(at: index)
            let common = index == 0 ? 0 : commonCount(strings.span(at: index - 1), string)
            shared.append(Int64(common))
            rest.append(string.extracting(common..<string.count))
        }
        bytes.appendSectionHeader(.frontCoded, bodyByteCount: 0)
        _ = IntegerEncoding.encode(shared.span, forms: .direct, into: &bytes)
        return TextEncoding.encode(
            rest, 0..<rest.count, compressor: compressor, into: &bytes)
    }

    private static func commonCount(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Int {
        let limit = min(one.count, other.count)
        var count = 0
        while count < limit, one[count] == other[count] { count += 1 }
        return count
    }

    /// Takes the rest of a section of `count` strings whose header has been read.
    static func decode(
        from reader: inout PayloadReader, header: SectionHeader, count: Int,
        _ decoders: PageDecoders
    ) throws(ByteError) -> StringVector {
        guard header.bodyByteCount == 0, header.width == 0 else {
            throw reader.invalid("header of sorted strings")
        }
        let shared = try DirectSection(from: &reader, count: count)
            .values(below: 1 << 32, "count of shared bytes")
        let textHeader = try SectionHeader(from: &reader)
        let rest = try TextSection(from: &reader, header: textHeader, count: count)
            .strings(decoders)
        var total = rest.bytes.count
        for index in shared.indices {
            total += Int(shared[index])
            guard total <= SegmentFormat.maximumDictionaryByteCount else {
                throw reader.invalid("length of sorted strings")
            }
        }
        return try joined(shared, rest, byteCount: total)
    }

    private static func joined(
        _ shared: [UInt32], _ rest: StringVector, byteCount: Int
    ) throws(ByteError) -> StringVector {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(shared.count + 1)
        var previous = 0
        for index in shared.indices {
            let start = bytes.count
            guard Int(shared[index]) <= start - previous else {
                throw .invalid("count of shared bytes", byteOffset: 0)
            }
            for offset in previous..<previous + Int(shared[index]) { bytes.append(bytes[offset]) }
            bytes.append(copying: rest.span(at: index))
            offsets.append(UInt32(truncatingIfNeeded: bytes.count))
            previous = start
        }
        return StringVector(offsets: offsets, bytes: bytes)
    }
}
