import Segments

/// A directory of NDJSON files below the one directory that the server may read.
struct FilesConnector: SourceConnector {
    /// `sources.files`; `nil` where nothing may be read.
    let directory: String?
    /// The data directory, for the registry.
    let fileSystem: any FileSystem
    let gunzip: @Sendable ([UInt8], _ limit: Int) -> [UInt8]?

    private static let options: Set<String> = ["directory", "pattern", "start"]

    func check(_ definition: SourceDefinition, for schema: TableSchema) throws(SourceError) {
        let options = SourceOptions(definition)
        try options.check(known: Self.options)
        if case .time = try StreamStart(options["start"] ?? "earliest", option: "start") {
            throw .option("start", reason: "files have no times: it is 'earliest' or 'latest'")
        }
        let (root, folder) = try place(options)
        do throws(FileError) { _ = try root.list(folder) } catch {
            throw .option("directory", reason: "\(error)")
        }
    }

    func open(
        _ definition: SourceDefinition, for schema: TableSchema
    ) throws(SourceError) -> any PartitionedStream {
        let options = SourceOptions(definition)
        let (root, folder) = try place(options)
        return FileStream(
            root: root, folder: folder, pattern: options["pattern"] ?? "*.ndjson*",
            registry: try FileRegistry(fileSystem, source: definition.id), gunzip: gunzip)
    }

    /// The root, and the source's directory in it.
    private func place(
        _ options: SourceOptions
    ) throws(SourceError) -> (root: PosixFileSystem, folder: String) {
        guard let directory else {
            throw .option("directory", reason: "the server has no setting sources.files")
        }
        let folder = options["directory"] ?? ""
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        guard folder.isEmpty || parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw .option("directory", reason: "it is a path below sources.files, without '..'")
        }
        do throws(FileError) {
            return (try PosixFileSystem(root: directory, readMode: .pread), folder)
        } catch {
            throw .unavailable("sources.files: \(error)")
        }
    }
}

/// Names that a pattern with `*` for any run of characters matches.
enum FilePattern {
    /// Whether `name` as a whole matches. O(name · pattern).
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
        var (at, next) = (0, 0)
        var star: (at: Int, next: Int)?
        while at < name.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = (at, next + 1)
                next += 1
            } else if next < pattern.count, pattern[next] == name[at] {
                at += 1
                next += 1
            } else if let last = star {
                star = (last.at + 1, last.next)
                (at, next) = (last.at + 1, last.next)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
