/// The 32 bytes before every block's payload.
///
/// ```
///  0  u32  payload byte count as stored      12  u32  ordinal of the block in the segment
///  4  u32  byte count without the codec      16  u64  segment id
///  8  u8   kind                              24  u32  value count
///  9  u8   encoding of the values            28  u32  CRC-32C of bytes 0 to 27 and the payload
/// 10  u8   codec of the pages
/// 11  u8   0
/// ```
///
/// Segment id and ordinal tell a misdirected read from the block that belongs here.
struct BlockHeader: Hashable, Sendable {
    var storedByteCount: UInt32
    var rawByteCount: UInt32
    var kind: BlockKind
    var encoding: BlockEncoding
    var codec: BlockCodec
    var ordinal: UInt32
    var segmentID: SegmentID
    var valueCount: UInt32

    /// The header's bytes, checksum included.
    func bytes(payload: Span<UInt8>) -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentFormat.blockHeaderByteCount)
        writer.append(storedByteCount)
        writer.append(rawByteCount)
        writer.append(kind.rawValue)
        writer.append(encoding.rawValue)
        writer.append(codec.rawValue)
        writer.append(UInt8(0))
        writer.append(ordinal)
        writer.append(segmentID.rawValue)
        writer.append(valueCount)
        let running = Checksum.update(~0, with: writer.bytes.span)
        writer.append(~Checksum.update(running, with: payload))
        return writer.bytes
    }
}

/// Where a block lies and what its header must say; kept in the footer.
struct BlockReference: Hashable, Sendable {
    /// Of the block's header, from the start of the file.
    var byteOffset: Int
    /// Of the payload.
    var storedByteCount: Int
    /// Of the payload, had no codec been used.
    var rawByteCount: Int
    var ordinal: UInt32
    var valueCount: Int
    var encoding: BlockEncoding
    var codec: BlockCodec

    /// Where the payload lies.
    var payloadRange: Range<Int> {
        let start = byteOffset + SegmentFormat.blockHeaderByteCount
        return start..<start + storedByteCount
    }

    /// Header and payload, without the padding behind them.
    var byteRange: Range<Int> { byteOffset..<payloadRange.upperBound }

    func encode(into writer: inout ByteWriter) {
        writer.append(UInt64(byteOffset))
        writer.append(UInt32(storedByteCount))
        writer.append(UInt32(rawByteCount))
        writer.append(ordinal)
        writer.append(UInt32(valueCount))
        writer.append(encoding.rawValue)
        writer.append(codec.rawValue)
    }

    /// Reads a reference that must lie between the file's header and `limit`.
    init(from reader: inout ByteReader, limit: Int) throws(ByteError) {
        let at = reader.byteOffset
        let offset = try reader.readUInt64()
        storedByteCount = Int(try reader.readUInt32())
        rawByteCount = Int(try reader.readUInt32())
        ordinal = try reader.readUInt32()
        valueCount = Int(try reader.readUInt32())
        guard let encoding = BlockEncoding(rawValue: try reader.readUInt8()) else {
            throw .invalid("block encoding", byteOffset: at)
        }
        guard let codec = BlockCodec(rawValue: try reader.readUInt8()) else {
            throw .invalid("block codec", byteOffset: at)
        }
        self.encoding = encoding
        self.codec = codec
        let needed = SegmentFormat.blockHeaderByteCount + storedByteCount
        guard offset >= UInt64(SegmentFormat.headerByteCount), offset <= UInt64(limit),
            offset % UInt64(SegmentFormat.alignment) == 0, Int(offset) <= limit - needed
        else { throw .invalid("block reference", byteOffset: at) }
        byteOffset = Int(offset)
    }

    init(
        byteOffset: Int, storedByteCount: Int, rawByteCount: Int, ordinal: UInt32,
        valueCount: Int, encoding: BlockEncoding, codec: BlockCodec
    ) {
        self.byteOffset = byteOffset
        self.storedByteCount = storedByteCount
        self.rawByteCount = rawByteCount
        self.ordinal = ordinal
        self.valueCount = valueCount
        self.encoding = encoding
        self.codec = codec
    }
}
