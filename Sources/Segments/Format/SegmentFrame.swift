/// The 64 bytes at each end of a segment file.
///
/// ```
/// header                             trailer
///  0  u64  `DAYBKSEG`                 0  u64  byte offset of the footer's block
///  8  u32  format version             8  u32  byte count of the footer's payload
/// 12  u32  table id                  12  u32  ordinal of the footer's block
/// 16  u64  segment id                16  u64  segment id
/// 24  u64  row count                 24  u64  row count
/// 32       28 zero bytes             32       20 zero bytes
/// 60  u32  CRC-32C of bytes 0 to 59  52  u32  CRC-32C of bytes 0 to 51
///                                    56  u64  `DAYBKEND`
/// ```
enum SegmentFrame {
    static func header(tableID: TableID, segmentID: SegmentID, rowCount: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentFormat.headerByteCount)
        writer.append(SegmentFormat.headerMagic)
        writer.append(SegmentFormat.version)
        writer.append(tableID.rawValue)
        writer.append(segmentID.rawValue)
        writer.append(UInt64(rowCount))
        writer.append(bytes: [UInt8](repeating: 0, count: 28))
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    static func trailer(
        footer: BlockReference, segmentID: SegmentID, rowCount: Int
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentFormat.trailerByteCount)
        writer.append(UInt64(footer.byteOffset))
        writer.append(UInt32(footer.storedByteCount))
        writer.append(footer.ordinal)
        writer.append(segmentID.rawValue)
        writer.append(UInt64(rowCount))
        writer.append(bytes: [UInt8](repeating: 0, count: 20))
        writer.append(Checksum.crc32c(writer.bytes))
        writer.append(SegmentFormat.trailerMagic)
        return writer.bytes
    }
}
