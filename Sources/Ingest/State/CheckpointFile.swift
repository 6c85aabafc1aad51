import Segments

/// The state of requests as of a position of the log, in a file.
///
/// ```
/// wal/checkpoint-<16 hexadecimal digits of the position>.state
///  0 magic "DAYBKCPT"    8 u32 version   12 u32 0   16 u128 database
/// 32 u64 position       40 u64 bytes of the state
/// 48 the state (`CommitState+Bytes.swift`), then u32 CRC-32C of everything before
/// ```
///
/// Written beside its name, synced, renamed, the directory synced. The newest two are kept, and the
/// log from the older one's position on, so that a damaged newest one costs nothing.
struct CheckpointFile {
    static let magic: [UInt8] = Array("DAYBKCPT".utf8)
    static let version: UInt32 = 1
    private static let prefix = "checkpoint-"
    private static let suffix = ".state"
    private static let headerByteCount = 48

    let databaseID: UInt128
    /// The last position whose record is in the state.
    let lsn: UInt64
    let state: CommitState

    /// Where the checkpoint of a position lies.
    static func path(of lsn: UInt64) -> String {
        let digits = String(lsn, radix: 16)
        return LogFormat.directory + "/" + prefix
            + String(repeating: "0", count: 16 - digits.count) + digits + suffix
    }

    /// The position of a file by its name; `nil` for a name that is not ours.
    static func lsn(ofName name: String) -> UInt64? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard digits.utf8.count == 16, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase })
        else { return nil }
        return UInt64(digits, radix: 16)
    }

    /// Whether a name is that of a file whose writing was cut off.
    static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.hasSuffix(suffix + ".tmp")
    }

    /// Its bytes.
    func encoded() -> [UInt8] {
        let contents = state.encoded()
        var writer = ByteWriter(capacity: Self.headerByteCount + contents.count + 4)
        writer.append(bytes: Self.magic)
        writer.append(Self.version)
        writer.append(UInt32(0))
        writer.append(databaseID)
        writer.append(lsn)
        writer.append(UInt64(contents.count))
        writer.append(bytes: contents)
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    init(databaseID: UInt128, lsn: UInt64, state: CommitState) {
        self.databaseID = databaseID
        self.lsn = lsn
        self.state = state
    }

    /// Reads a checkpoint; throws where any byte is not as written.
    init(_ bytes: [UInt8]) throws(ByteError) {
        guard bytes.count >= Self.headerByteCount + 4 else {
            throw .truncated(
                byteOffset: 0, needed: Self.headerByteCount + 4, available: bytes.count)
        }
        let end = bytes.count - 4
        var trailer = ByteReader(bytes, range: end..<bytes.count)
        guard try trailer.readUInt32() == Checksum.crc32c(bytes.span.extracting(0..<end)) else {
            throw .invalid("checksum of the checkpoint", byteOffset: end)
        }
        var reader = ByteReader(bytes, range: 0..<end)
        guard try reader.readBytes(Self.magic.count) == Self.magic else {
            throw .invalid("checkpoint", byteOffset: 0)
        }
        guard try reader.readUInt32() == Self.version else {
            throw .invalid("version; this build reads \(Self.version)", byteOffset: 8)
        }
        _ = try reader.readUInt32()
        databaseID = UInt128(truncatingIfNeeded: try reader.readInt128())
        lsn = try reader.readUInt64()
        guard try reader.readUInt64() == UInt64(reader.remaining) else {
            throw .invalid("length of the state", byteOffset: 40)
        }
        state = try CommitState(try reader.readBytes(reader.remaining))
    }
}
