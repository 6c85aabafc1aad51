import Segments

/// A record as read back.
struct LogRecord {
    let lsn: UInt64
    let kind: UInt16
    let payload: [UInt8]
    /// The file it came from.
    let path: String
}

/// Reads a log at a start, and decides what to trust.
///
/// All files are needed that hold a position above `flushedLSN`; of the others only the headers are
/// read. In a file with a successor everything up to the successor's word must be good. In the last
/// file the first bad record ends the log if nothing proves that it was acknowledged (a torn tail);
/// with such a proof the log is damaged, and the start is refused. Nothing is changed here.
struct LogReader {
    /// What a log holds.
    struct Contents {
        /// All files, oldest first, each with the last LSN that counts in it.
        var files: [LogWriter.OlderFile] = []
        /// The last good LSN.
        var lastLSN: UInt64 = 0
        /// Where the next file continues: everything up to this LSN is durable for sure.
        var durableLSN: UInt64 = 0
        /// The chain at `durableLSN`.
        var durableChain: UInt64 = 0
        /// The records behind `durableLSN`: good, but only seen through the page cache.
        var tail: [LogRecord] = []
        /// What was cut off at the end, where something was.
        var tornTail: String?
    }

    let fileSystem: any FileSystem
    let databaseID: UInt128
    /// Positions up to here are in segments for every table, and in a checkpoint; the log may begin
    /// behind it.
    let flushedLSN: UInt64
    /// Some table has rows up to here in segments, or a checkpoint their requests, so the log must
    /// reach it.
    let provenLSN: UInt64

    /// Reads everything and hands each good record above `flushedLSN` to `visit`, in order.
    func read(
        _ visit: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) -> Contents {
        let numbers = try listFiles()
        var contents = Contents()
        guard !numbers.isEmpty else {
            guard provenLSN == 0 else {
                throw damage(LogFormat.directory, 0, 1, "there is no log file")
            }
            return contents
        }
        var headers: [LogFileHeader] = []
        for number in numbers { headers.append(try readHeader(number)) }
        try checkLinks(headers)
        for (index, header) in headers.enumerated() {
            let next = index + 1 < headers.count ? headers[index + 1] : nil
            try read(header, next: next, into: &contents, visit)
        }
        return contents
    }

    /// The header of the first file that the log of a data directory still has; `nil` where that
    /// cannot be read.
    static func firstHeader(_ fileSystem: any FileSystem) -> LogFileHeader? {
        do {
            let names = try fileSystem.list(LogFormat.directory)
            guard let first = names.compactMap({ LogFormat.number(ofName: $0) }).min() else {
                return nil
            }
            let file = try fileSystem.open(LogFormat.path(of: first), for: .read)
            return try LogFileHeader(file.read(at: 0, count: LogFormat.headerByteCount))
        } catch {
            return nil
        }
    }

    private func listFiles() throws(LogError) -> [UInt64] {
        do throws(FileError) {
            return try fileSystem.list(LogFormat.directory)
                .compactMap { LogFormat.number(ofName: $0) }.sorted()
        } catch {
            throw .fileSystem(error)
        }
    }

    private func damage(
        _ path: String, _ byteOffset: Int, _ lsn: UInt64, _ reason: String
    ) -> LogError {
        .damaged(LogDamage(path: path, byteOffset: byteOffset, lsn: lsn, reason: reason))
    }

    /// A file appears under its name only with its header synced: a bad header is damage.
    private func readHeader(_ number: UInt64) throws(LogError) -> LogFileHeader {
        let path = LogFormat.path(of: number)
        let bytes = try readFile(path, limit: LogFormat.headerByteCount)
        let header: LogFileHeader
        do throws(ByteError) {
            header = try LogFileHeader(bytes)
        } catch {
            throw damage(path, 0, flushedLSN &+ 1, "its header is bad (\(error))")
        }
        guard header.databaseID == databaseID else {
            throw damage(path, 16, header.startLSN, "it belongs to another data directory")
        }
        guard header.number == number else {
            throw damage(path, 32, header.startLSN, "it is file \(header.number) by its header")
        }
        return header
    }

    private func readFile(_ path: String, limit: Int?) throws(LogError) -> [UInt8] {
        do throws(FileError) {
            let file = try fileSystem.open(path, for: .read)
            file.forgetCached()
            let byteCount = try file.byteCount()
            return try file.read(at: 0, count: min(byteCount, limit ?? byteCount))
        } catch {
            throw .fileSystem(error)
        }
    }

    private func checkLinks(_ headers: [LogFileHeader]) throws(LogError) {
        guard let first = headers.first else { return }
        guard first.startLSN <= flushedLSN &+ 1 else {
            throw damage(
                LogFormat.path(of: first.number), 0, flushedLSN &+ 1,
                "the log begins at position \(first.startLSN) only: older files are missing")
        }
        for (previous, next) in zip(headers, headers.dropFirst()) {
            guard next.previousNumber == previous.number,
                next.startLSN &- 1 == next.previousLastLSN,
                next.previousLastLSN >= previous.startLSN &- 1
            else {
                throw damage(
                    LogFormat.path(of: next.number), 0, next.startLSN,
                    "it does not continue file \(previous.number)")
            }
        }
    }

    private func read(
        _ header: LogFileHeader, next: LogFileHeader?, into contents: inout Contents,
        _ visit: (LogRecord) throws(LogError) -> Void
    ) throws(LogError) {
        if let next, next.previousLastLSN <= flushedLSN {
            // All of it is in segments: it is kept for the manifest before the newest one alone,
            // and checked when that one has to be used.
            contents.lastLSN = next.previousLastLSN
            contents.files.append(
                LogWriter.OlderFile(number: header.number, lastLSN: next.previousLastLSN))
            return
        }
        let path = LogFormat.path(of: header.number)
        let bytes = try readFile(path, limit: nil)
        let scan = LogFileScan(bytes, header: header, through: next?.previousLastLSN)
        if let next {
            guard scan.lastLSN == next.previousLastLSN, scan.chain == next.previousChain else {
                throw damage(
                    path, scan.endOffset, scan.lastLSN &+ 1,
                    "\(scan.stop), although the next file continues position "
                        + "\(next.previousLastLSN)")
            }
        } else {
            try checkEnd(scan, bytes, path, &contents)
        }
        for record in scan.records {
            let isTail = next == nil && record.header.lsn > contents.durableLSN
            guard record.header.lsn > flushedLSN || isTail else { continue }
            let read = LogRecord(
                lsn: record.header.lsn, kind: record.header.kind,
                payload: Array(bytes[record.payload]), path: path)
            if isTail { contents.tail.append(read) }
            if read.lsn > flushedLSN { try visit(read) }
        }
        contents.lastLSN = scan.lastLSN
        contents.files.append(
            LogWriter.OlderFile(number: header.number, lastLSN: scan.lastLSN))
    }

    /// Decides whether the end of the last file is an end, and what of it is durable for sure.
    private func checkEnd(
        _ scan: LogFileScan, _ bytes: [UInt8], _ path: String, _ contents: inout Contents
    ) throws(LogError) {
        var proof = scan.proofBehindEnd(bytes)
        if proof == nil, provenLSN > scan.lastLSN {
            proof = "the manifest has rows up to position \(provenLSN)"
        }
        if let proof {
            throw damage(path, scan.endOffset, scan.lastLSN &+ 1, "\(scan.stop), but \(proof)")
        }
        let end = min(scan.endOffset + LogFormat.recordHeaderByteCount, bytes.count)
        if scan.endOffset < end, bytes[scan.endOffset..<end].contains(where: { $0 != 0 }) {
            contents.tornTail =
                "\(path), byte \(scan.endOffset), position \(scan.lastLSN &+ 1): \(scan.stop)"
        }
        contents.durableLSN = scan.header.startLSN &- 1
        contents.durableChain = scan.header.encoded().chain
        let durable = scan.records.last?.header.durableLSN ?? 0
        if let first = scan.records.first(where: { $0.header.lsn > durable }) {
            contents.durableLSN = max(contents.durableLSN, durable)
            contents.durableChain = first.previousChain
        }
    }
}
