import Segments

/// What can still be read of a damaged log: every record that is whole by its own checksums,
/// whether or not what is before it is.
///
/// Records are independent of one another: the rows of one request, as decided. So rows behind the
/// damage are as good as those before it, and only what is gone is lost.
public struct LogSalvage: Sendable {
    /// What keeps the log from being trusted.
    public let problem: String
    /// Positions that may have been acknowledged and cannot be read. Where a file's header is gone,
    /// as many as it had room for.
    public internal(set) var lost: [ClosedRange<UInt64>] = []
    /// Requests that can be read and are not in segments yet.
    public var recordCount: Int { records.count }
    /// The log's files, all of them, to be set aside.
    public internal(set) var paths: [String] = []

    /// The records, by ascending position, all behind what every table is flushed to.
    var records: [LogRecord] = []
    /// The highest position that anything mentions.
    var lastLSN: UInt64 = 0
    /// The highest file number.
    var lastNumber: UInt64 = 0

    /// Reads what is there.
    ///
    /// - Parameter flushedLSN: Positions up to here are in segments for every table.
    init(
        _ fileSystem: any FileSystem, databaseID: UInt128, problem: String, flushedLSN: UInt64,
        provenLSN: UInt64
    ) throws(FileError) {
        self.problem = problem
        lastLSN = provenLSN
        let numbers = try fileSystem.list(LogFormat.directory)
            .compactMap { LogFormat.number(ofName: $0) }.sorted()
        lastNumber = numbers.last ?? 0
        paths = numbers.map(LogFormat.path(of:))
        var found: [UInt64: LogRecord] = [:]
        for path in paths {
            let file = try fileSystem.open(path, for: .read)
            file.forgetCached()
            let bytes = try file.read(at: 0, count: try file.byteCount())
            guard let header = try? LogFileHeader(bytes), header.databaseID == databaseID else {
                // Nobody knows how many records it had: no position of theirs is given again.
                lastLSN += UInt64(bytes.count / LogFormat.recordHeaderByteCount)
                continue
            }
            // What the file before has behind this point was never acknowledged.
            for lsn in found.keys where lsn > header.previousLastLSN { found[lsn] = nil }
            lastLSN = max(lastLSN, header.startLSN &- 1, header.provenLSN)
            collect(bytes, header, path, into: &found)
        }
        lastLSN = max(lastLSN, found.keys.max() ?? 0)
        records = found.keys.filter { $0 > flushedLSN }.sorted().compactMap { found[$0] }
        lost = Self.gaps(records.map(\.lsn), in: flushedLSN, lastLSN)
    }

    /// Adds the whole records of a file.
    private mutating func collect(
        _ bytes: [UInt8], _ header: LogFileHeader, _ path: String,
        into found: inout [UInt64: LogRecord]
    ) {
        var offset = LogFormat.headerByteCount
        while offset + LogFormat.recordHeaderByteCount <= bytes.count {
            guard let record = LogRecordHeader(bytes, at: offset, salt: header.salt) else {
                offset += LogFormat.alignment
                continue
            }
            // Its header is whole: it was written when that position was durable.
            lastLSN = max(lastLSN, record.durableLSN)
            let start = offset + LogFormat.recordHeaderByteCount
            guard record.payloadByteCount <= bytes.count - start,
                Checksum.crc32c(bytes.span.extracting(start..<start + record.payloadByteCount))
                    == record.payloadChecksum
            else {
                offset += LogFormat.alignment
                continue
            }
            found[record.lsn] = LogRecord(
                lsn: record.lsn, kind: record.kind,
                payload: Array(bytes[start..<start + record.payloadByteCount]), path: path)
            offset += LogFormat.recordByteCount(payload: record.payloadByteCount)
        }
    }

    /// The positions behind `flushed` up to `last` that are not in `positions`, which ascend.
    static func gaps(
        _ positions: [UInt64], in flushed: UInt64, _ last: UInt64
    ) -> [ClosedRange<UInt64>] {
        var gaps: [ClosedRange<UInt64>] = []
        var next = flushed &+ 1
        for position in positions {
            if position > next { gaps.append(next...position - 1) }
            next = position &+ 1
        }
        if next <= last { gaps.append(next...last) }
        return gaps
    }
}
