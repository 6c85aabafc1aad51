import Segments

/// Rows in the compact byte form of the log: column by column, nothing to decompress.
///
/// ```
/// u32 rows, u32 columns, then for each column
///   type, u8 bit 0: has NULLs, bit 1: strings are codes; bitmap words where it has NULLs
///   BOOLEAN        a byte a row
///   integers       u8 width (0, 1, 2, 4, 8), i64 smallest, differences in that width
///   wide integers  16 bytes a row
///   DOUBLE         8 bytes a row, as bits
///   strings        lengths as integers, u32 bytes in all, the bytes
///   codes          u32 words, the words as strings, a word's number for each row as integers
///   arrays         lengths as integers, u32 elements in all, the elements as a column
/// ```
enum RowBatchBytes {
    /// The most rows of one batch, so that a damaged count allocates nothing.
    static let maximumRowCount = 1 << 24
    /// The most values of one batch.
    static let maximumCellCount = 2 * ParseLimit.cellCount
    private static let hasNullsFlag: UInt8 = 1
    private static let hasCodesFlag: UInt8 = 2
    /// The most elements of one column of arrays.
    static let maximumElementCount = 1 << 26

    /// Appends a batch.
    static func append(_ batch: RowBatch, to bytes: inout [UInt8]) {
        var writer = ByteWriter()
        writer.append(UInt32(batch.rowCount))
        writer.append(UInt32(batch.columns.count))
        bytes.append(contentsOf: writer.bytes)
        for column in batch.columns { append(column, to: &bytes) }
    }

    private static func append(_ column: Column, to bytes: inout [UInt8]) {
        var writer = ByteWriter()
        column.type.encode(into: &writer)
        var flags: UInt8 = column.validity == nil ? 0 : hasNullsFlag
        if case .codes = column.values { flags |= hasCodesFlag }
        writer.append(flags)
        bytes.append(contentsOf: writer.bytes)
        if let validity = column.validity { RawBytes.append(validity.words, to: &bytes) }
        switch column.withoutPackedTexts.values {
        case .booleans(let values): bytes.append(contentsOf: values)
        case .integers(let values): append(integers: values, to: &bytes)
        case .wideIntegers(let values): RawBytes.append(values, to: &bytes)
        case .doubles(let values): RawBytes.append(values.map(\.bitPattern), to: &bytes)
        case .strings(let strings): append(strings, to: &bytes)
        case .codes(let codes, let dictionary):
            RawBytes.append([UInt32(dictionary.count)], to: &bytes)
            append(dictionary.values, to: &bytes)
            append(integers: codes.map { Int64($0) }, to: &bytes)
        case .packedTexts, .widePackedTexts: preconditionFailure("packed texts were unpacked")
        case .arrays(let offsets, let elements):
            append(lengthsOf: offsets, to: &bytes)
            RawBytes.append([UInt32(elements.count)], to: &bytes)
            append(elements, to: &bytes)
        }
    }

    private static func append(_ strings: StringVector, to bytes: inout [UInt8]) {
        append(lengthsOf: strings.offsets, to: &bytes)
        RawBytes.append([UInt32(strings.bytes.count)], to: &bytes)
        bytes.append(contentsOf: strings.bytes)
    }

    private static func append(lengthsOf offsets: [UInt32], to bytes: inout [UInt8]) {
        var lengths: [Int64] = []
        lengths.reserveCapacity(offsets.count - 1)
        let span = offsets.span
        for index in 1..<max(1, span.count) {
            lengths.append(Int64(span[index] &- span[index &- 1]))
        }
        append(integers: lengths, to: &bytes)
    }

    private static func append(integers values: [Int64], to bytes: inout [UInt8]) {
        var smallest = values.first ?? 0
        var largest = smallest
        let span = values.span
        for index in span.indices {
            smallest = min(smallest, span[index])
            largest = max(largest, span[index])
        }
        let range = UInt64(bitPattern: largest &- smallest)
        let width: UInt8 =
            range == 0 ? 0 : range < 1 << 8 ? 1 : range < 1 << 16 ? 2 : range < 1 << 32 ? 4 : 8
        bytes.append(width)
        RawBytes.append([smallest], to: &bytes)
        switch width {
        case 0: break
        case 1:
            RawBytes.append(values.map { UInt8(truncatingIfNeeded: $0 &- smallest) }, to: &bytes)
        case 2:
            RawBytes.append(values.map { UInt16(truncatingIfNeeded: $0 &- smallest) }, to: &bytes)
        case 4:
            RawBytes.append(values.map { UInt32(truncatingIfNeeded: $0 &- smallest) }, to: &bytes)
        default: RawBytes.append(values.map { $0 &- smallest }, to: &bytes)
        }
    }
}

// MARK: - Reading

extension RowBatchBytes {
    /// Reads a batch; throws on anything that `append` would not have written.
    static func read(from reader: inout ByteReader) throws(ByteError) -> RowBatch {
        let rowCount = try reader.readCount(limit: maximumRowCount)
        let columnCount = try reader.readCount(limit: TableSchema.maximumColumnCount)
        guard rowCount * columnCount <= maximumCellCount else {
            throw .invalid("number of values", byteOffset: reader.byteOffset)
        }
        var columns: [Column] = []
        for _ in 0..<columnCount {
            columns.append(try readColumn(&reader, rowCount, isElement: false))
        }
        return RowBatch(rowCount: rowCount, columns: columns)
    }

    private static func readColumn(
        _ reader: inout ByteReader, _ count: Int, isElement: Bool
    ) throws(ByteError) -> Column {
        let at = reader.byteOffset
        let type = try LogicalType(from: &reader)
        var validity: Bitmap?
        let flags = try reader.readUInt8()
        guard flags & ~(hasNullsFlag | hasCodesFlag) == 0,
            flags & hasCodesFlag == 0 || type.layout == .strings
        else {
            throw .invalid("flags of a column", byteOffset: at)
        }
        if flags & hasNullsFlag != 0 {
            let wordCount = (count + 63) / 64
            validity = Bitmap(words: try read(UInt64.self, wordCount, &reader), count: count)
        }
        let values: Column.Values
        switch type.layout {
        case .booleans: values = .booleans(try reader.readBytes(count))
        case .integers: values = .integers(try readIntegers(&reader, count))
        case .wideIntegers: values = .wideIntegers(try read(Int128.self, count, &reader))
        case .doubles:
            values = .doubles(try read(UInt64.self, count, &reader).map { Double(bitPattern: $0) })
        case .strings:
            values =
                flags & hasCodesFlag == 0
                ? .strings(try readStrings(&reader, count)) : try readCodes(&reader, count)
        case .arrays:
            guard !isElement else { throw .invalid("array within an array", byteOffset: at) }
            let lengths = try readIntegers(&reader, count)
            let elementCount = try reader.readCount(limit: maximumElementCount)
            let offsets = try offsets(lengths, total: elementCount, at: at)
            values = .arrays(
                offsets: offsets,
                elements: try readColumn(&reader, elementCount, isElement: true))
        }
        guard values.areZero(whereNull: validity) else {
            throw .invalid("slot of a NULL row", byteOffset: at)
        }
        return Column(type: type, values: values, validity: validity)
    }

    private static func readStrings(
        _ reader: inout ByteReader, _ count: Int
    ) throws(ByteError) -> StringVector {
        let at = reader.byteOffset
        let lengths = try readIntegers(&reader, count)
        let byteCount = Int(try reader.readUInt32())
        let offsets = try offsets(lengths, total: byteCount, at: at)
        return StringVector(offsets: offsets, bytes: try reader.readBytes(byteCount))
    }

    private static func readCodes(
        _ reader: inout ByteReader, _ count: Int
    ) throws(ByteError) -> Column.Values {
        // Words are distinct, so that each but one has a byte at least.
        let wordCount = try reader.readCount(limit: min(maximumRowCount, reader.remaining))
        let words = try readStrings(&reader, wordCount)
        let at = reader.byteOffset
        var codes: [UInt32] = []
        codes.reserveCapacity(count)
        for number in try readIntegers(&reader, count) {
            guard number >= 0, number < Int64(wordCount) else {
                throw .invalid("number of a word", byteOffset: at)
            }
            codes.append(UInt32(truncatingIfNeeded: number))
        }
        return .codes(codes, StringDictionary(words, isSorted: false))
    }

    private static func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, _ count: Int, _ reader: inout ByteReader
    ) throws(ByteError) -> [Integer] {
        RawBytes.read(
            type, count: count, from: try reader.readBytes(count * (Integer.bitWidth / 8)))
    }

    private static func readIntegers(
        _ reader: inout ByteReader, _ count: Int
    ) throws(ByteError) -> [Int64] {
        let at = reader.byteOffset
        let width = try reader.readUInt8()
        let smallest = try reader.readInt64()
        switch width {
        case 0: return Array(repeating: smallest, count: count)
        case 1: return try read(UInt8.self, count, &reader).map { Int64($0) &+ smallest }
        case 2: return try read(UInt16.self, count, &reader).map { Int64($0) &+ smallest }
        case 4: return try read(UInt32.self, count, &reader).map { Int64($0) &+ smallest }
        case 8: return try read(Int64.self, count, &reader).map { $0 &+ smallest }
        default: throw .invalid("width of integers", byteOffset: at)
        }
    }

    /// Positions from lengths, which must be positive and add up to `total`.
    private static func offsets(
        _ lengths: [Int64], total: Int, at byteOffset: Int
    ) throws(ByteError) -> [UInt32] {
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(lengths.count + 1)
        var end: Int64 = 0
        for length in lengths {
            guard length >= 0, length <= Int64(total) - end else {
                throw .invalid("length of a value", byteOffset: byteOffset)
            }
            end += length
            offsets.append(UInt32(truncatingIfNeeded: end))
        }
        guard end == Int64(total) else {
            throw .invalid("sum of lengths", byteOffset: byteOffset)
        }
        return offsets
    }
}
