/// Where a segment's bytes go: a file, written front to back in large pieces, with the running hash
/// of the whole and the ordinal of the next block.
struct SegmentSink: ~Copyable {
    private static let flushByteCount = 4 << 20

    private let file: any File
    private let segmentID: SegmentID
    private var buffer: [UInt8] = []
    private var flushedByteCount = 0
    private var hash = StreamingHash()
    private var ordinal: UInt32 = 0

    /// A sink into a new, empty file.
    init(file: any File, segmentID: SegmentID) {
        self.file = file
        self.segmentID = segmentID
        buffer.reserveCapacity(Self.flushByteCount)
    }

    /// Bytes written so far; a multiple of the alignment.
    var byteOffset: Int { flushedByteCount + buffer.count }

    /// Adds bytes that are a multiple of the alignment.
    mutating func append(_ bytes: [UInt8]) throws(SegmentError) {
        precondition(bytes.count % SegmentFormat.alignment == 0)
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.flushByteCount { try flush() }
    }

    /// Adds a block and the padding behind it.
    mutating func append(
        _ block: EncodedBlock, kind: BlockKind, valueCount: Int
    ) throws(SegmentError) -> BlockReference {
        let limit = SegmentFormat.maximumPayloadByteCount
        let largest = max(block.bytes.count, block.rawByteCount)
        guard largest <= limit else {
            throw .limit(
                path: file.path, what: "bytes in one block", limit: limit, found: largest)
        }
        let header = BlockHeader(
            storedByteCount: UInt32(block.bytes.count), rawByteCount: UInt32(block.rawByteCount),
            kind: kind, encoding: block.encoding, codec: block.codec, ordinal: ordinal,
            segmentID: segmentID, valueCount: UInt32(valueCount))
        let reference = BlockReference(
            byteOffset: byteOffset, storedByteCount: block.bytes.count,
            rawByteCount: block.rawByteCount, ordinal: ordinal, valueCount: valueCount,
            encoding: block.encoding, codec: block.codec)
        buffer.append(contentsOf: header.bytes(payload: block.bytes.span))
        buffer.append(contentsOf: block.bytes)
        let padding = SegmentFormat.aligned(buffer.count) - buffer.count
        buffer.append(contentsOf: repeatElement(0, count: padding))
        ordinal += 1
        if buffer.count >= Self.flushByteCount { try flush() }
        return reference
    }

    /// Refuses more array elements than a reader would allocate for one block.
    func checkElementCount(_ column: Column, _ range: Range<Int>) throws(SegmentError) {
        guard case .arrays(let offsets, _) = column.values else { return }
        let count = Int(offsets[range.upperBound] - offsets[range.lowerBound])
        let limit = SegmentFormat.maximumBlockElementCount
        guard count <= limit else {
            throw .limit(
                path: file.path, what: "array elements in one block", limit: limit, found: count)
        }
    }

    private mutating func flush() throws(SegmentError) {
        guard !buffer.isEmpty else { return }
        var piece: [UInt8] = []
        swap(&piece, &buffer)
        hash.update(piece.span)
        do throws(FileError) {
            try file.write(piece.span, at: flushedByteCount)
        } catch {
            throw .file(error)
        }
        flushedByteCount += piece.count
        piece.removeAll(keepingCapacity: true)
        buffer = piece
    }

    /// Writes what is left and makes the file durable.
    ///
    /// - Returns: The file's size and hash.
    consuming func finish() throws(SegmentError) -> (byteCount: Int, hash: Hash128) {
        try flush()
        do throws(FileError) {
            try file.sync()
            try file.close()
        } catch {
            throw .file(error)
        }
        return (flushedByteCount, hash.finish())
    }
}
