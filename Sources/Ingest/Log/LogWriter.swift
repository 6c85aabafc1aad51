import Glibc
import Segments

/// How the log lays out its files.
public struct LogSettings: Sendable {
    /// The size to which files are preallocated; a larger record gets a larger file.
    public var fileByteCount = 64 << 20
    /// The largest payload. A request is all or nothing and therefore one record; this is well
    /// above what the largest body that is taken becomes in columns.
    public var maximumPayloadByteCount = 256 << 20
    /// Draws the salts of files.
    public var randomWord: @Sendable () -> UInt64 = {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    /// The defaults.
    public init() {}
}

/// Appends groups of records, each with one write and one sync.
///
/// Owned by one thread at a time. After a failed write or sync the log is closed for good: what the
/// kernel says about those pages afterwards means nothing (R-FS-1). Only a full disk is survived,
/// by cutting the file back to its last good byte and going on in another one (R-WAL-5).
public final class LogWriter {
    /// The largest payload that `append` takes.
    var maximumPayloadByteCount: Int { settings.maximumPayloadByteCount }

    /// A file that is complete.
    struct OlderFile {
        let number: UInt64
        let lastLSN: UInt64
    }

    /// A record to append.
    public struct Entry: Sendable {
        let kind: UInt16
        let payload: [UInt8]
    }

    private let fileSystem: any FileSystem
    private let settings: LogSettings
    private let databaseID: UInt128
    private var file: any File
    private var header: LogFileHeader
    private var fileByteCount: Int
    private var endOffset = LogFormat.headerByteCount
    private var chain: UInt64
    private var olderFiles: [OlderFile]
    private var mustRotate = false
    private var closing: LogError?

    /// The last position given; durable, since appending returns only then.
    public private(set) var lastLSN: UInt64

    /// Continues what was read in a new file that begins with a fresh, synced copy of the tail.
    ///
    /// After this the old file's tail is superseded, so that nothing is served that only the page
    /// cache has (R-FS-2), and no torn bytes stand behind good ones.
    init(
        _ fileSystem: any FileSystem, databaseID: UInt128, after contents: LogReader.Contents,
        settings: LogSettings
    ) throws(LogError) {
        self.fileSystem = fileSystem
        self.settings = settings
        self.databaseID = databaseID
        olderFiles = contents.files
        if let last = olderFiles.popLast() {
            olderFiles.append(OlderFile(number: last.number, lastLSN: contents.durableLSN))
        }
        let previous = olderFiles.last?.number ?? 0
        var group = LogGroup(
            chain: 0, lastLSN: contents.durableLSN, durableLSN: contents.durableLSN, salt: 0)
        header = LogFileHeader(
            databaseID: databaseID, number: previous + 1, startLSN: contents.durableLSN + 1,
            salt: settings.randomWord(), previousNumber: previous,
            previousLastLSN: contents.durableLSN, previousChain: contents.durableChain,
            provenLSN: contents.durableLSN + UInt64(contents.tail.count))
        group.chain = header.encoded().chain
        group.salt = header.salt
        for record in contents.tail {
            group.append(Entry(kind: record.kind, payload: record.payload))
        }
        do throws(FileError) {
            fileByteCount = max(
                settings.fileByteCount, LogFormat.headerByteCount + group.byteCount)
            try Self.create(fileSystem, header, group.pieces, byteCount: fileByteCount)
            file = try fileSystem.open(LogFormat.path(of: header.number), for: .append)
        } catch {
            throw .fileSystem(error)
        }
        endOffset += group.byteCount
        chain = group.chain
        lastLSN = group.lastLSN
    }

    /// Makes a file that has its name only when it is durable.
    private static func create(
        _ fileSystem: any FileSystem, _ header: LogFileHeader, _ records: [[UInt8]], byteCount: Int
    ) throws(FileError) {
        try fileSystem.durableCreate(LogFormat.path(of: header.number)) { file throws(FileError) in
            try file.allocate(byteCount: byteCount)
            try file.write([header.encoded().bytes] + records, at: 0)
        }
    }

    /// Whether nothing can be appended any more.
    public var isClosed: Bool { closing != nil }

    /// Refuses everything from now on; what was appended is durable already.
    public func close() { closing = closing ?? .closed(nil) }

    /// Bytes of all files that are kept.
    public var fileCount: Int { olderFiles.count + 1 }

    /// Appends all entries, each under the next LSN, and returns when they are durable.
    ///
    /// - Returns: The LSN of the first entry; the others follow.
    /// - Throws: `diskFull`, `notAppended` and `recordTooLarge` leave nothing behind; `failed`
    ///   closes the log, and the entries may or may not be there after a restart.
    public func append(_ entries: [Entry]) throws(LogError) -> UInt64 {
        if let closing { throw closing }
        for entry in entries where entry.payload.count > settings.maximumPayloadByteCount {
            throw .recordTooLarge(
                byteCount: entry.payload.count, limit: settings.maximumPayloadByteCount)
        }
        let needed = entries.reduce(0) {
            $0 + LogFormat.recordByteCount(payload: $1.payload.count)
        }
        if mustRotate || (endOffset + needed > fileByteCount) { try rotate(for: needed) }
        var group = LogGroup(
            chain: chain, lastLSN: lastLSN, durableLSN: lastLSN, salt: header.salt)
        for entry in entries { group.append(entry) }
        try write(group.pieces)
        let first = lastLSN + 1
        endOffset += group.byteCount
        chain = group.chain
        lastLSN = group.lastLSN
        return first
    }

    private func write(_ pieces: [[UInt8]]) throws(LogError) {
        do throws(FileError) {
            try file.write(pieces, at: endOffset)
        } catch {
            guard error.isDiskFull else { throw fail(error) }
            do throws(FileError) {
                try file.truncate(to: endOffset)
                try file.sync()
            } catch {
                throw fail(error)
            }
            mustRotate = true
            throw .diskFull(error)
        }
        do throws(FileError) { try file.sync() } catch { throw fail(error) }
    }

    private func fail(_ error: FileError) -> LogError {
        closing = .closed(error)
        return .failed(error)
    }

    /// Goes on in a new file. A failure before the new file has its name changes nothing.
    private func rotate(for needed: Int) throws(LogError) {
        // Once a successor may exist, nothing more may go into this file: it would not count.
        mustRotate = true
        let next = LogFileHeader(
            databaseID: databaseID, number: header.number + 1, startLSN: lastLSN + 1,
            salt: settings.randomWord(), previousNumber: header.number, previousLastLSN: lastLSN,
            previousChain: chain, provenLSN: lastLSN)
        let byteCount = max(settings.fileByteCount, LogFormat.headerByteCount + needed)
        do throws(FileError) {
            try Self.create(fileSystem, next, [], byteCount: byteCount)
            file = try fileSystem.open(LogFormat.path(of: next.number), for: .append)
        } catch {
            switch error.operation {
            case .rename, .syncDirectory: throw fail(error)
            default: throw error.isDiskFull ? .diskFull(error) : .notAppended(error)
            }
        }
        olderFiles.append(OlderFile(number: header.number, lastLSN: lastLSN))
        header = next
        fileByteCount = byteCount
        endOffset = LogFormat.headerByteCount
        chain = next.encoded().chain
        mustRotate = false
    }

    /// The last position of the oldest complete file.
    var oldestLastLSN: UInt64? { olderFiles.first?.lastLSN }

    /// Removes files of which every position is at most `flushedLSN`, oldest first, each removal
    /// durable before the next, so that what is left is always a run without holes.
    ///
    /// - Precondition: a durable manifest says that all these positions are in segments, and a
    ///   durable checkpoint has their requests.
    /// - Returns: How many files were removed.
    public func removeFiles(through flushedLSN: UInt64) throws(LogError) -> Int {
        var count = 0
        while let oldest = olderFiles.first, oldest.lastLSN <= flushedLSN {
            let path = LogFormat.path(of: oldest.number)
            do throws(FileError) {
                if try fileSystem.byteCount(of: path) != nil { try fileSystem.remove(path) }
                try fileSystem.sync(directory: LogFormat.directory)
            } catch {
                throw .fileSystem(error)
            }
            olderFiles.removeFirst()
            count += 1
        }
        return count
    }
}

/// Records that are written together.
struct LogGroup {
    /// The bytes in order; payloads are shared, not copied.
    private(set) var pieces: [[UInt8]] = []
    private(set) var byteCount = 0
    var chain: UInt64
    var lastLSN: UInt64
    let durableLSN: UInt64
    var salt: UInt64

    init(chain: UInt64, lastLSN: UInt64, durableLSN: UInt64, salt: UInt64) {
        self.chain = chain
        self.lastLSN = lastLSN
        self.durableLSN = durableLSN
        self.salt = salt
    }

    /// Adds a record under the next LSN.
    mutating func append(_ entry: LogWriter.Entry) {
        let header = LogRecordHeader(
            kind: entry.kind, lsn: lastLSN + 1, durableLSN: durableLSN,
            payload: entry.payload.span, after: chain)
        let recordByteCount = LogFormat.recordByteCount(payload: entry.payload.count)
        let padding =
            recordByteCount - LogFormat.recordHeaderByteCount - entry.payload.count
        pieces.append(header.encoded(salt: salt))
        pieces.append(entry.payload)
        pieces.append([UInt8](repeating: 0, count: padding))
        byteCount += recordByteCount
        chain = header.chain
        lastLSN += 1
    }
}

extension FileError {
    /// Whether there is no room, rather than something broken.
    var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
}
