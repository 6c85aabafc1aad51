/// The only ways in which the engine makes names appear and disappear: whole, synced, in an order
/// that a power cut cannot turn into a loss.
extension FileSystem {
    /// Where a file is written before it has its name: beside it, ending in `.tmp`.
    public func temporaryPath(for path: String) -> String { path + ".tmp" }

    /// Makes a directory and its name durable. `path` has one part, or an existing parent.
    public func durableCreateDirectory(_ path: String) throws(FileError) {
        try createDirectory(path)
        try sync(directory: Self.directory(of: path))
    }

    /// Gives `path` the content `bytes`, whole or not at all: written beside it, synced, read back,
    /// compared, renamed, directory synced.
    ///
    /// A failure before the rename leaves the old content and no temporary file (where it can still
    /// be removed). A failure of the rename or after it leaves either content: look.
    public func durableReplace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        try writeTemporary(for: path, bytes)
        try self.rename(temporaryPath(for: path), to: path)
        try sync(directory: Self.directory(of: path))
    }

    /// Gives `path` the content that `fill` writes into a new file beside it, as
    /// `durableReplace(_:with:)` does. What `fill` wrote is synced before the rename.
    public func durableCreate(
        _ path: String, _ fill: (any File) throws(FileError) -> Void
    ) throws(FileError) {
        try writeTemporary(for: path, fill)
        try self.rename(temporaryPath(for: path), to: path)
        try sync(directory: Self.directory(of: path))
    }

    /// The first half of `durableReplace`: a verified temporary file in the directory of `path`.
    func writeTemporary(for path: String, _ bytes: [UInt8]) throws(FileError) {
        try writeTemporary(for: path) { file throws(FileError) in
            try file.write(bytes.span, at: 0)
        } check: { file throws(FileError) in
            guard try file.byteCount() == bytes.count,
                try file.read(at: 0, count: bytes.count) == bytes
            else {
                throw FileError(
                    .read, path: file.path, code: 0, reason: "it reads back differently")
            }
        }
    }

    /// Fills, syncs, checks and closes a new temporary file.
    private func writeTemporary(
        for path: String, _ fill: (any File) throws(FileError) -> Void,
        check: (any File) throws(FileError) -> Void = { _ throws(FileError) in }
    ) throws(FileError) {
        let temporary = temporaryPath(for: path)
        if try byteCount(of: temporary) != nil { try remove(temporary) }
        let file = try open(temporary, for: .create)
        do throws(FileError) {
            try fill(file)
            try file.sync()
            try check(file)
            try file.close()
        } catch {
            // The first failure is the one to report; a file left behind is swept at a start.
            try? remove(temporary)
            throw error
        }
    }

    /// Moves a file to another directory, or another name in its own, durably.
    ///
    /// The new name is durable before the old one is durably gone, so no crash loses both.
    public func durableMove(_ path: String, to newPath: String) throws(FileError) {
        try self.rename(path, to: newPath)
        let directory = Self.directory(of: path)
        let newDirectory = Self.directory(of: newPath)
        try sync(directory: newDirectory)
        if newDirectory != directory { try sync(directory: directory) }
    }

    /// Moves files of one directory to another, durably, all with two syncs.
    public func durableMove(
        _ names: [String], from directory: String, to newDirectory: String
    ) throws(FileError) {
        guard !names.isEmpty else { return }
        for name in names {
            try self.rename(directory + "/" + name, to: newDirectory + "/" + name)
        }
        try sync(directory: newDirectory)
        try sync(directory: directory)
    }

    /// Everything before the last `/`; empty, meaning the data directory, where there is none.
    public static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
