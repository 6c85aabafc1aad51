/// Bytes in pages that are compressed one by one, so that one value costs one page:
///
/// ```
/// 0  u8   codec of the pages        1  u8, u16  0        4  u32  page count
/// 8  u32  end of each page, counted from the first page's first byte
///    zeros up to a multiple of 8, the pages, zeros up to a multiple of 8
/// ```
///
/// A page that the codec cannot shrink is stored as it is: its stored and its raw byte count are
/// equal then. How many raw bytes each page has is known from outside. A compressed page has at
/// most `maximumRatio` times its stored bytes, so that a damaged one allocates little.
enum PagedBytes {
    /// Raw bytes that a page aims at: 20 µs of zstd.
    static let targetPageByteCount = 16 << 10
    /// The most raw bytes per stored byte of a compressed page.
    static let maximumRatio = 1_024
    /// Pages tried before a codec is chosen.
    private static let sampleCount = 3

    /// Appends the pages `bytes[ends[p - 1]..<ends[p]]`.
    ///
    /// - Returns: The codec chosen, and the bytes that compression saved.
    static func encode(
        _ source: Span<UInt8>, ends: [Int], compressor: ZstdCompressor, into bytes: inout [UInt8]
    ) -> (codec: BlockCodec, savedByteCount: Int) {
        let codec = chooseCodec(source, ends: ends, compressor)
        var stored: [UInt8] = []
        stored.reserveCapacity(source.count)
        var storedEnds: [UInt32] = []
        storedEnds.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            let page = source.extracting(start..<end)
            if let smaller = compress(page, codec, compressor) {
                stored.append(contentsOf: smaller)
            } else {
                stored.append(copying: page)
            }
            storedEnds.append(UInt32(truncatingIfNeeded: stored.count))
            start = end
        }
        bytes.append(codec.rawValue)
        bytes.append(contentsOf: [0, 0, 0])
        bytes.append(littleEndian: [UInt32(ends.count)].span)
        bytes.append(littleEndian: storedEnds.span)
        bytes.pad()
        bytes.append(contentsOf: stored)
        bytes.pad()
        return (codec, source.count - stored.count)
    }

    private static func compress(
        _ page: Span<UInt8>, _ codec: BlockCodec, _ compressor: ZstdCompressor
    ) -> [UInt8]? {
        let smaller: [UInt8]? =
            switch codec {
            case .none: nil
            case .lz4: Lz4Codec.compress(page, limit: page.count - 1)
            case .zstd: compressor.compress(page, limit: page.count - 1)
            }
        guard let smaller, page.count <= smaller.count * maximumRatio else { return nil }
        return smaller
    }

    /// zstd where it saves an eighth over the next best, else LZ4 where it saves an eighth, judged
    /// by a few pages: decoding has a price that a few percent do not pay.
    private static func chooseCodec(
        _ source: Span<UInt8>, ends: [Int], _ compressor: ZstdCompressor
    ) -> BlockCodec {
        var raw = 0
        var lz4 = 0
        var zstd = 0
        let step = max(1, ends.count / sampleCount)
        for index in stride(from: 0, to: ends.count, by: step) {
            let page = source.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index])
            raw += page.count
            lz4 += compress(page, .lz4, compressor)?.count ?? page.count
            zstd += compress(page, .zstd, compressor)?.count ?? page.count
        }
        let fast = lz4 * 8 <= raw * 7 ? lz4 : raw
        if zstd * 8 <= fast * 7 { return .zstd }
        return fast < raw ? .lz4 : .none
    }
}

/// Pages found in a payload, their directory checked, not yet decompressed.
struct PageDirectory: ~Escapable {
    let codec: BlockCodec
    private let ends: [UInt32]
    private let stored: Span<UInt8>

    /// Takes the next `pageCount` pages.
    @_lifetime(copy reader)
    init(from reader: inout PayloadReader, pageCount: Int) throws(ByteError) {
        guard let codec = BlockCodec(rawValue: try reader.readUInt8()) else {
            throw reader.invalid("page codec")
        }
        for _ in 0..<3 {
            guard try reader.readUInt8() == 0 else { throw reader.invalid("reserved bytes") }
        }
        guard Int(try reader.readUInt32()) == pageCount else {
            throw reader.invalid("page count")
        }
        let ends = [UInt32](littleEndian: try reader.readBytes(pageCount * 4))
        try reader.skipPadding()
        var previous: UInt32 = 0
        for end in ends {
            guard end >= previous else { throw reader.invalid("page directory") }
            previous = end
        }
        self.codec = codec
        self.ends = ends
        stored = try reader.readBytes(Int(previous))
        try reader.skipPadding()
    }

    private func range(of page: Int) -> Range<Int> {
        (page == 0 ? 0 : Int(ends[page - 1]))..<Int(ends[page])
    }

    /// Makes sure that page `page` can have `rawByteCount` bytes, before anything is allocated.
    func check(page: Int, rawByteCount: Int) throws(ByteError) {
        let size = range(of: page).count
        let fits =
            codec == .none
            ? rawByteCount == size
            : rawByteCount >= size && rawByteCount <= size * PagedBytes.maximumRatio
        guard fits else { throw .invalid("page length", byteOffset: 0) }
    }

    /// Fills `target[range]` with page `page`.
    ///
    /// - Precondition: `check(page:rawByteCount:)` has passed for that many bytes.
    func read(
        page: Int, into target: inout [UInt8], at range: Range<Int>, _ decoders: PageDecoders
    ) throws(ByteError) {
        let source = stored.extracting(self.range(of: page))
        if source.count == range.count {
            target.replace(range, with: source)
        } else if codec == .lz4 {
            try Lz4Codec.decompress(source, into: &target, at: range)
        } else {
            let decompressor = decoders.take()
            defer { decoders.giveBack(decompressor) }
            try decompressor.value.decompress(source, into: &target, at: range)
        }
    }
}
