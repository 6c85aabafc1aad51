/// Strings as a section: header (`text`, base: rows per page), lengths, bytes in pages.
///
/// A page holds the strings of a power of two of rows, so that about 16 KiB come together; one
/// string is read by its page's lengths and its page's bytes.
enum TextEncoding {
    /// The most rows of a page.
    static let maximumPageRowCount = SegmentFormat.blockRowCount

    /// Appends the section of strings `range` of `strings`.
    ///
    /// - Returns: The codec chosen, and the bytes that compression saved.
    static func encode(
        _ strings: StringVector, _ range: Range<Int>, compressor: ZstdCompressor,
        into bytes: inout [UInt8]
    ) -> (codec: BlockCodec, savedByteCount: Int) {
        let offsets = strings.offsets.span
        let first = Int(offsets[range.lowerBound])
        let last = Int(offsets[range.upperBound])
        var pageRowCount = maximumPageRowCount
        while pageRowCount > 1,
            (last - first) * pageRowCount > PagedBytes.targetPageByteCount * range.count
        {
            pageRowCount /= 2
        }
        var lengths: [Int64] = []
        lengths.reserveCapacity(range.count)
        for row in range { lengths.append(Int64(offsets[row &+ 1]) &- Int64(offsets[row])) }
        var ends: [Int] = []
        for row in stride(from: range.lowerBound, to: range.upperBound, by: pageRowCount) {
            ends.append(Int(offsets[min(row + pageRowCount, range.upperBound)]) - first)
        }
        bytes.appendSectionHeader(.text, bodyByteCount: 0, base: UInt64(pageRowCount))
        _ = IntegerEncoding.encode(lengths.span, forms: .direct, into: &bytes)
        return PagedBytes.encode(
            strings.bytes.span.extracting(first..<last), ends: ends, compressor: compressor,
            into: &bytes)
    }
}

/// A section of strings found in a payload, its shape checked, not yet decompressed.
struct TextSection: ~Escapable {
    let count: Int
    private let pageRowCount: Int
    private let lengths: DirectSection
    private let pages: PageDirectory

    /// Takes the next `count` strings behind a section header of encoding `text`.
    @_lifetime(copy reader)
    init(
        from reader: inout PayloadReader, header: SectionHeader, count: Int
    ) throws(ByteError) {
        guard header.encoding == .text, header.bodyByteCount == 0, header.width == 0,
            header.base >= 1, header.base <= UInt64(TextEncoding.maximumPageRowCount)
        else { throw reader.invalid("header of strings") }
        self.count = count
        pageRowCount = Int(header.base)
        lengths = try DirectSection(from: &reader, count: count)
        pages = try PageDirectory(
            from: &reader, pageCount: (count + pageRowCount - 1) / pageRowCount)
    }

    /// All strings, none of which may be invalid UTF-8 in the file's own words (not checked).
    func strings(_ decoders: PageDecoders) throws(ByteError) -> StringVector {
        let lengths = try lengths.values(below: 1 << 32, "string length")
        var offsets: [UInt32] = []
        offsets.reserveCapacity(count + 1)
        offsets.append(0)
        var total: UInt64 = 0
        for length in lengths {
            total &+= UInt64(length)
            offsets.append(UInt32(truncatingIfNeeded: total))
        }
        guard total <= UInt64(StringVector.maximumByteCount) else {
            throw .invalid("string lengths", byteOffset: 0)
        }
        for page in 0..<pageCount {
            let rows = self.rows(of: page)
            try pages.check(
                page: page, rawByteCount: Int(offsets[rows.upperBound] - offsets[rows.lowerBound]))
        }
        var bytes = [UInt8](repeating: 0, count: Int(total))
        for page in 0..<pageCount {
            let rows = self.rows(of: page)
            let range = Int(offsets[rows.lowerBound])..<Int(offsets[rows.upperBound])
            try pages.read(page: page, into: &bytes, at: range, decoders)
        }
        return StringVector(offsets: offsets, bytes: bytes)
    }

    private var pageCount: Int { (count + pageRowCount - 1) / pageRowCount }

    private func rows(of page: Int) -> Range<Int> {
        page * pageRowCount..<min(count, (page + 1) * pageRowCount)
    }

    /// The strings at `rows`, decompressing a page once where neighbours share it.
    ///
    /// - Precondition: every row is below `count`.
    func strings(
        at rows: Span<Int32>, _ decoders: PageDecoders
    ) throws(ByteError) -> StringVector {
        var picked = StringVector()
        var loaded = -1
        var page: [UInt8] = []
        var offsets: [Int] = []
        for index in rows.indices {
            let row = Int(rows[index])
            if row / pageRowCount != loaded {
                loaded = row / pageRowCount
                offsets = try self.offsets(of: loaded)
                let size = offsets[offsets.count - 1]
                try pages.check(page: loaded, rawByteCount: size)
                page = [UInt8](repeating: 0, count: size)
                try pages.read(page: loaded, into: &page, at: 0..<size, decoders)
            }
            let place = row % pageRowCount
            picked.append(page.span.extracting(offsets[place]..<offsets[place + 1]))
        }
        return picked
    }

    private func offsets(of page: Int) throws(ByteError) -> [Int] {
        var offsets = [0]
        var total = 0
        for row in rows(of: page) {
            let length = lengths.value(at: row)
            guard length >= 0, length < 1 << 32 else {
                throw .invalid("string length", byteOffset: 0)
            }
            total += Int(length)
            offsets.append(total)
        }
        return offsets
    }
}
