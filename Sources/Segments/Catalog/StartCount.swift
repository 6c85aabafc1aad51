/// The file `STARTS`: how many starts in a row have not proved themselves, so that a process that
/// dies at each start does not do so for ever (RELIABILITY 2.6).
///
///     daybook-starts <count> <CRC-32C of what is before, 8 digits>\n
///
/// Written with the lock held, before anything is recovered; removed when a start has proved
/// itself. A missing or damaged file counts as none.
enum StartCount {
    static let path = "STARTS"
    /// After this many starts in a row that came to nothing, the next ones should change nothing.
    static let safeCount = 3
    /// After this many, none is made until somebody has looked.
    static let refusedCount = 6
    private static let maximumByteCount = 64

    /// Counts a start that begins now.
    ///
    /// A file that cannot be written is reported and changes nothing: a full disk must not keep a
    /// server from its queries.
    ///
    /// - Returns: How many starts before this one have come to nothing.
    static func begin(
        _ fileSystem: any FileSystem, _ onEvent: (CatalogEvent) -> Void
    ) throws(CatalogError) -> Int {
        let before = try CatalogError.wrapping { () throws(FileError) in try load(fileSystem) }
        guard before < refusedCount else { throw .startsFailed(count: before) }
        record(before + 1, fileSystem, onEvent)
        return before
    }

    /// Makes the next start see `count` starts that have come to nothing.
    static func record(
        _ count: Int, _ fileSystem: any FileSystem, _ onEvent: (CatalogEvent) -> Void
    ) {
        do throws(FileError) {
            if count > 0 {
                try fileSystem.durableReplace(path, with: encoded(count))
            } else if try fileSystem.byteCount(of: path) != nil {
                try fileSystem.remove(path)
            }
        } catch {
            onEvent(.startNotCounted(error))
        }
    }

    static func encoded(_ count: Int) -> [UInt8] {
        let text = "daybook-starts \(count) "
        let checksum = UInt64(Checksum.crc32c(Array(text.utf8))).hexDigits.suffix(8)
        return Array((text + checksum + "\n").utf8)
    }

    private static func load(_ fileSystem: any FileSystem) throws(FileError) -> Int {
        let byteCount = try fileSystem.byteCount(of: path) ?? 0
        guard (1...maximumByteCount).contains(byteCount) else { return 0 }
        let bytes = try fileSystem.readWhole(path)
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let count = Int(words[1]), count >= 0, bytes == encoded(count)
        else { return 0 }
        return count
    }
}

extension Catalog {
    /// Whether so many starts came to nothing that this one should take nothing in and change
    /// nothing, but answer.
    public var shouldBeSafe: Bool { failedStartCount >= StartCount.safeCount }

    /// Notes that this start has come to something. A safe one has not shown that the next one
    /// would, so the next one is safe, too, until `forgetFailedStarts`.
    public func noteHealthyStart() {
        StartCount.record(shouldBeSafe ? StartCount.safeCount : 0, fileSystem, onEvent)
    }

    /// Notes that somebody has looked, or that all is well: the next start is an ordinary one.
    public func forgetFailedStarts() { StartCount.record(0, fileSystem, onEvent) }
}
