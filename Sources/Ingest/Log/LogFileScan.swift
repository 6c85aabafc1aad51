import Segments

/// The records of one log file, as far as they are good.
struct LogFileScan {
    /// A good record: where its payload lies.
    struct Record {
        let header: LogRecordHeader
        let payload: Range<Int>
        /// The chain before it.
        let previousChain: UInt64
    }

    let header: LogFileHeader
    private(set) var records: [Record] = []
    /// Where the next record would begin.
    private(set) var endOffset = LogFormat.headerByteCount
    /// The last good LSN; the one before the file's first where there is none.
    private(set) var lastLSN: UInt64
    /// The chain there.
    private(set) var chain: UInt64
    /// Why the scan ended.
    private(set) var stop = "the file ends"

    /// Reads records front to back until `last` or the first that is not good.
    ///
    /// - Parameter last: The last LSN that counts; `nil` for all there are.
    init(_ bytes: [UInt8], header: LogFileHeader, through last: UInt64?) {
        self.header = header
        lastLSN = header.startLSN &- 1
        chain = header.encoded().chain
        while last.map({ lastLSN < $0 }) ?? true {
            guard readRecord(bytes) else { return }
        }
    }

    private mutating func readRecord(_ bytes: [UInt8]) -> Bool {
        guard let found = LogRecordHeader(bytes, at: endOffset, salt: header.salt) else {
            stop = "no record header with a valid checksum"
            return false
        }
        let start = endOffset + LogFormat.recordHeaderByteCount
        guard found.lsn == lastLSN &+ 1 else {
            stop = "a record of position \(found.lsn)"
            return false
        }
        guard found.payloadByteCount <= bytes.count - start else {
            stop = "a record that reaches past the file's end"
            return false
        }
        let payload = start..<start + found.payloadByteCount
        guard Checksum.crc32c(bytes.span.extracting(payload)) == found.payloadChecksum else {
            stop = "a payload with a wrong checksum"
            return false
        }
        guard found.continued(chain) == found.chain else {
            stop = "a record that does not follow its predecessor"
            return false
        }
        records.append(Record(header: found, payload: payload, previousChain: chain))
        lastLSN = found.lsn
        chain = found.chain
        endOffset += LogFormat.recordByteCount(payload: found.payloadByteCount)
        return true
    }

    /// What proves that the record behind the last good one had been acknowledged: a later record
    /// that was written when it was durable already.
    ///
    /// A later record alone proves nothing: sectors of one unsynced write reach the disk in any
    /// order, and none of its records was acknowledged.
    func proofBehindEnd(_ bytes: [UInt8]) -> String? {
        if lastLSN < header.provenLSN {
            return "the file was made with records up to position \(header.provenLSN)"
        }
        let firstByte = UInt8(
            truncatingIfNeeded: LogFormat.recordMagic ^ UInt32(truncatingIfNeeded: header.salt))
        var offset = endOffset + LogFormat.alignment
        while offset + LogFormat.recordHeaderByteCount <= bytes.count {
            if bytes[offset] == firstByte,
                let later = LogRecordHeader(bytes, at: offset, salt: header.salt),
                later.durableLSN > lastLSN, later.lsn > later.durableLSN
            {
                return "record \(later.lsn) at byte \(offset) was written when position "
                    + "\(later.durableLSN) was durable"
            }
            offset += LogFormat.alignment
        }
        return nil
    }
}
