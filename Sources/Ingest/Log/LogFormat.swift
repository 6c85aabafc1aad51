import Segments

/// The byte form of the write-ahead log.
///
/// ```
/// wal/<16 hexadecimal digits>.wal        preallocated, zeros behind the last record
/// ┌────────────┬──────────┬──────────┬───┬───────────────┐
/// │ header     │ record   │ record   │ … │ 0 0 0 0 …     │
/// │ 4096 bytes │ 8-aligned│ 8-aligned│   │               │
/// └────────────┴──────────┴──────────┴───┴───────────────┘
/// record:   0 u32 magic ^ salt      4 u32 CRC-32C of bytes 8..<48
///           8 u32 payload bytes    12 u16 kind   14 u16 flags (0)
///          16 u64 LSN              24 u64 the LSN that was durable when this was written
///          32 u64 chain            40 u32 CRC-32C of the payload   44 u32 bytes before compression
///          48 payload, then zeros to a multiple of 8
/// ```
///
/// Log positions (LSN) are dense: each record has the one after its predecessor's. The chain is a
/// hash over everything before, across files, so that records cannot be moved, dropped or spliced
/// unnoticed; the salt of a file keeps stale bytes from looking like records. A request is one
/// record, so that it is there whole or not at all; a group of records is one write and one sync.
enum LogFormat {
    static let directory = "wal"
    static let fileSuffix = ".wal"
    static let magic: [UInt8] = Array("DAYBKWAL".utf8)
    static let version: UInt32 = 1
    static let headerByteCount = 4_096
    static let recordHeaderByteCount = 48
    static let recordMagic: UInt32 = 0x4c57_4244
    static let alignment = 8

    /// Where file `number` lies.
    static func path(of number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return directory + "/" + String(repeating: "0", count: 16 - digits.count) + digits
            + fileSuffix
    }

    /// The number of a file by its name; `nil` for a name that is not ours.
    static func number(ofName name: String) -> UInt64? {
        guard name.utf8.count == 16 + fileSuffix.utf8.count, name.hasSuffix(fileSuffix) else {
            return nil
        }
        let digits = name.dropLast(fileSuffix.count)
        guard digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else { return nil }
        return UInt64(digits, radix: 16)
    }

    /// Bytes that a record of that payload takes in its file.
    static func recordByteCount(payload: Int) -> Int {
        (recordHeaderByteCount + payload + alignment - 1) / alignment * alignment
    }
}

/// The first 4 KiB of a log file.
struct LogFileHeader: Hashable {
    var databaseID: UInt128
    var number: UInt64
    /// The LSN of the file's first record.
    var startLSN: UInt64
    /// Random, so that bytes of another file never match.
    var salt: UInt64
    /// The file before; 0 for the first.
    var previousNumber: UInt64
    /// The last LSN that counts in the file before; what follows there is superseded.
    var previousLastLSN: UInt64
    /// The chain at that LSN.
    var previousChain: UInt64
    /// The file got its name only when its records up to here were durable; one less than
    /// `startLSN` where it was made without records.
    var provenLSN: UInt64
    /// Whether requests before this file are in a checkpoint or in files before it; not so in
    /// files of builds that knew no state of requests.
    var hasState = true

    private static let stateFlag: UInt32 = 1

    /// The byte form, and the chain that the file's first record continues.
    func encoded() -> (bytes: [UInt8], chain: UInt64) {
        var writer = ByteWriter(capacity: LogFormat.headerByteCount)
        writer.append(bytes: LogFormat.magic)
        writer.append(LogFormat.version)
        writer.append(hasState ? Self.stateFlag : 0)
        writer.append(databaseID)
        for word in [
            number, startLSN, salt, previousNumber, previousLastLSN, previousChain, provenLSN,
        ] { writer.append(word) }
        writer.append(
            bytes: Array(repeating: 0, count: LogFormat.headerByteCount - 4 - writer.byteCount))
        writer.append(Checksum.crc32c(writer.bytes))
        return (writer.bytes, Hashing.hash(writer.bytes.span, seed: previousChain))
    }

    /// Reads a header; throws where any byte is not as written.
    init(_ bytes: [UInt8]) throws(ByteError) {
        guard bytes.count >= LogFormat.headerByteCount else {
            throw .truncated(
                byteOffset: 0, needed: LogFormat.headerByteCount, available: bytes.count)
        }
        let end = LogFormat.headerByteCount - 4
        var trailer = ByteReader(bytes, range: end..<end + 4)
        guard try trailer.readUInt32() == Checksum.crc32c(bytes.span.extracting(0..<end)) else {
            throw .invalid("checksum of the log file's header", byteOffset: end)
        }
        var reader = ByteReader(bytes, range: 0..<end)
        guard try reader.readBytes(LogFormat.magic.count) == LogFormat.magic else {
            throw .invalid("log file", byteOffset: 0)
        }
        guard try reader.readUInt32() == LogFormat.version else {
            throw .invalid("log version; this build reads \(LogFormat.version)", byteOffset: 8)
        }
        hasState = try reader.readUInt32() & Self.stateFlag != 0
        databaseID = UInt128(truncatingIfNeeded: try reader.readInt128())
        number = try reader.readUInt64()
        startLSN = try reader.readUInt64()
        salt = try reader.readUInt64()
        previousNumber = try reader.readUInt64()
        previousLastLSN = try reader.readUInt64()
        previousChain = try reader.readUInt64()
        provenLSN = try reader.readUInt64()
    }

    init(
        databaseID: UInt128, number: UInt64, startLSN: UInt64, salt: UInt64,
        previousNumber: UInt64, previousLastLSN: UInt64, previousChain: UInt64,
        provenLSN: UInt64
    ) {
        self.databaseID = databaseID
        self.number = number
        self.startLSN = startLSN
        self.salt = salt
        self.previousNumber = previousNumber
        self.previousLastLSN = previousLastLSN
        self.previousChain = previousChain
        self.provenLSN = provenLSN
    }
}

/// The 48 bytes before a record's payload.
struct LogRecordHeader: Hashable {
    var payloadByteCount: Int
    var kind: UInt16
    var lsn: UInt64
    var durableLSN: UInt64
    var chain: UInt64
    var payloadChecksum: UInt32

    /// A header that continues `chain`.
    init(
        kind: UInt16, lsn: UInt64, durableLSN: UInt64, payload: Span<UInt8>,
        after previousChain: UInt64
    ) {
        payloadByteCount = payload.count
        self.kind = kind
        self.lsn = lsn
        self.durableLSN = durableLSN
        payloadChecksum = Checksum.crc32c(payload)
        chain = 0
        chain = continued(previousChain)
    }

    /// The chain behind this record, given the one before it.
    func continued(_ previousChain: UInt64) -> UInt64 {
        var writer = ByteWriter(capacity: 40)
        appendFacts(to: &writer)
        writer.append(payloadChecksum)
        writer.append(UInt32(truncatingIfNeeded: payloadByteCount))
        return Hashing.hash(writer.bytes.span, seed: previousChain)
    }

    private func appendFacts(to writer: inout ByteWriter) {
        writer.append(UInt32(truncatingIfNeeded: payloadByteCount))
        writer.append(kind)
        writer.append(UInt16(0))
        writer.append(lsn)
        writer.append(durableLSN)
    }

    /// The byte form in a file of that salt.
    func encoded(salt: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: LogFormat.recordHeaderByteCount)
        writer.append(LogFormat.recordMagic ^ UInt32(truncatingIfNeeded: salt))
        writer.append(UInt32(0))
        appendFacts(to: &writer)
        writer.append(chain)
        writer.append(payloadChecksum)
        writer.append(UInt32(truncatingIfNeeded: payloadByteCount))
        writer.replace(
            at: 4,
            with: Checksum.crc32c(
                writer.bytes.span.extracting(8..<LogFormat.recordHeaderByteCount)))
        return writer.bytes
    }

    /// The header at `byteOffset` of a file; `nil` where none with a valid checksum stands there.
    init?(_ bytes: [UInt8], at byteOffset: Int, salt: UInt64) {
        let end = byteOffset + LogFormat.recordHeaderByteCount
        guard byteOffset >= 0, end <= bytes.count else { return nil }
        var reader = ByteReader(bytes, range: byteOffset..<end)
        guard
            (try? reader.readUInt32()) == LogFormat.recordMagic ^ UInt32(truncatingIfNeeded: salt),
            (try? reader.readUInt32())
                == Checksum.crc32c(bytes.span.extracting(byteOffset + 8..<end)),
            let byteCount = try? reader.readUInt32(), let kind = try? reader.readUInt16(),
            (try? reader.readUInt16()) == 0, let lsn = try? reader.readUInt64(),
            let durableLSN = try? reader.readUInt64(), let chain = try? reader.readUInt64(),
            let checksum = try? reader.readUInt32(), (try? reader.readUInt32()) == byteCount
        else { return nil }
        payloadByteCount = Int(byteCount)
        self.kind = kind
        self.lsn = lsn
        self.durableLSN = durableLSN
        self.chain = chain
        payloadChecksum = checksum
    }
}
