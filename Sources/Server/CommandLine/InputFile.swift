import Glibc
import Segments

/// Reads a file, or standard input, piece by piece.
struct InputFile: ~Copyable {
    /// For messages.
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool

    /// Bytes asked of the system at a time: what stays in a core's cache until it is looked at.
    private static let pieceByteCount = 256 << 10

    /// Opens `path` for reading; `-` is standard input.
    init(_ path: String) throws(CommandError) {
        guard path != "-" else {
            name = "standard input"
            descriptor = 0
            isOwned = false
            return
        }
        name = path
        isOwned = true
        // SAFETY: the compiler lends `open` the path as a NUL-terminated string for this call.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError("cannot open \(path): \(SystemError.text(errno))", .system)
        }
    }

    deinit {
        if isOwned { _ = Glibc.close(descriptor) }
    }

    /// The next bytes; empty at the end.
    func read() throws(CommandError) -> [UInt8] {
        try Terminal.read(from: descriptor, count: Self.pieceByteCount)
    }

    /// Appends the next bytes.
    ///
    /// - Returns: How many; 0 at the end.
    func read(appendingTo bytes: inout [UInt8]) throws(CommandError) -> Int {
        let needed = bytes.count + Self.pieceByteCount
        if bytes.capacity < needed { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
        return try Terminal.read(
            from: descriptor, count: Self.pieceByteCount, appendingTo: &bytes)
    }

    /// Whether there is a file of that name that can be read.
    static func exists(_ path: String) -> Bool {
        // SAFETY: the compiler lends `access` the path as a NUL-terminated string for this call.
        unsafe access(path, R_OK) == 0
    }

    /// The names in a directory.
    static func names(in path: String) throws(CommandError) -> [String] {
        guard exists(path) else { throw .usage("there is no directory \(path)") }
        do throws(FileError) {
            return try PosixFileSystem(root: path).list("")
        } catch {
            throw .usage("cannot read \(path): \(error.reason)")
        }
    }

    /// All bytes of a file.
    ///
    /// - Throws: when it cannot be read, or has more than `limit` bytes.
    static func contents(of path: String, limit: Int) throws(CommandError) -> [UInt8] {
        let file = try InputFile(path)
        var bytes: [UInt8] = []
        while true {
            let piece = try file.read()
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else {
                throw CommandError("\(file.name) has more than \(limit) bytes")
            }
        }
    }
}

/// The process's environment variables, read once.
struct Environment: Sendable {
    /// By name.
    let variables: [String: String]

    private static let byteLimit = 8 << 20

    /// Those of this process; Linux shows them as a file, which needs no pointers.
    static func current() throws(CommandError) -> Environment {
        let bytes = try InputFile.contents(of: "/proc/self/environ", limit: byteLimit)
        return Environment(block: bytes)
    }

    /// Takes a block of `name=value` texts apart, each ended by a zero byte. The first of equal
    /// names counts, as with `getenv`.
    init(block: [UInt8]) {
        var variables: [String: String] = [:]
        for entry in block.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            let value = String(decoding: entry[(equals + 1)...], as: UTF8.self)
            if variables[name] == nil { variables[name] = value }
        }
        self.variables = variables
    }

    /// The variable of that name.
    subscript(_ name: String) -> String? { variables[name] }
}
