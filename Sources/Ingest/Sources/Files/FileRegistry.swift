import Segments

/// Which files a source has met, each with a number, which is its partition.
///
/// Kept in the data directory and made durable before the first row of a new file is read: the
/// positions in the log name files by these numbers for ever. A text:
///
///     daybook-files 1
///     <number> <bytes> <hash of the head> <bytes of the head> <name>
///     ...
///     <CRC-32C of everything before>
///
/// Numbers of hash and CRC are hexadecimal.
struct FileRegistry: Sendable {
    /// A file as it was when it was first met.
    struct Entry: Hashable, Sendable {
        /// Its name in the source's directory.
        var name: String
        /// How long it was.
        var byteCount: Int
        /// How many of its first bytes `headHash` is of.
        var headByteCount: Int
        /// By which it is told from another one of its name.
        var headHash: UInt64
    }

    /// The most files of a source.
    static let maximumCount = 10_000
    /// Bytes at the beginning by which a file is known again.
    static let headByteCount = 4 << 10
    private static let directory = "sources"
    private static let firstLine = "daybook-files 1"

    /// By number.
    private(set) var entries: [Entry] = []
    private let path: String
    private let fileSystem: any FileSystem

    /// The files that a source has met.
    ///
    /// - Throws: `unavailable` where the registry cannot be read: then nothing is.
    init(_ fileSystem: any FileSystem, source: TableID) throws(SourceError) {
        self.fileSystem = fileSystem
        path = "\(Self.directory)/\(source.rawValue).files"
        do throws(FileError) {
            try fileSystem.durableCreateDirectory(Self.directory)
            guard let byteCount = try fileSystem.byteCount(of: path) else { return }
            let file = try fileSystem.open(path, for: .read)
            entries = try Self.entries(in: try file.read(at: 0, count: byteCount), path)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Adds files and makes that durable.
    mutating func add(_ added: [Entry]) throws(SourceError) {
        guard entries.count + added.count <= Self.maximumCount else {
            throw .unavailable("a source has at most \(Self.maximumCount) files")
        }
        let all = entries + added
        do throws(FileError) { try fileSystem.durableReplace(path, with: Self.encoded(all)) } catch
        {
            throw .unavailable("\(error)")
        }
        entries = all
    }

    static func encoded(_ entries: [Entry]) -> [UInt8] {
        var text = firstLine + "\n"
        for (number, entry) in entries.enumerated() {
            text +=
                "\(number) \(entry.byteCount) \(String(entry.headHash, radix: 16)) "
                + "\(entry.headByteCount) \(entry.name)\n"
        }
        let checksum = String(Checksum.crc32c(Array(text.utf8).span), radix: 16)
        return Array((text + checksum + "\n").utf8)
    }

    private static func entries(
        in bytes: [UInt8], _ path: String
    ) throws(FileError) -> [Entry] {
        let text = String(decoding: bytes, as: UTF8.self)
        var entries: [Entry] = []
        for line in text.split(separator: "\n").dropFirst().dropLast() {
            let words = line.split(separator: " ", maxSplits: 4)
            guard words.count == 5, let byteCount = Int(words[1]),
                let hash = UInt64(words[2], radix: 16), let headByteCount = Int(words[3])
            else { break }
            entries.append(
                Entry(
                    name: String(words[4]), byteCount: byteCount, headByteCount: headByteCount,
                    headHash: hash))
        }
        guard bytes == encoded(entries) else {
            throw FileError(.read, path: path, code: 0, reason: "it is damaged")
        }
        return entries
    }
}
