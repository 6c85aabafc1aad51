import Segments

/// What the simulated file system holds: the view that running code has, what is durable, and the
/// changes in between, in order.
///
/// A file: bytes now, durable bytes, pending writes. A directory: names now, durable names, pending
/// links and unlinks. A rename within a directory is one change; across directories the new name
/// may become durable before the old one goes, never after.
struct SimulatedDisk: Sendable {
    /// A change to a file that no sync has covered yet.
    enum FileChange: Sendable {
        case write(at: Int, [UInt8])
        case resize(Int)
        case grow(Int)
    }

    struct Pending<Change: Sendable>: Sendable {
        var order: Int
        var change: Change
    }

    struct Inode: Sendable {
        var cached: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Pending<FileChange>] = []
        var hasFailedSync = false
    }

    enum Entry: Sendable, Hashable {
        case file(Int)
        case directory
    }

    /// A change to names; a rename within one directory removes and adds in one step.
    struct NameChange: Sendable {
        var adds: (name: String, entry: Entry)?
        var removes: String?
        /// Set on the unlinking half of a rename across directories: the directory and order of the
        /// linking half, which must be durable first.
        var after: (directory: String, order: Int)?
    }

    struct Directory: Sendable {
        var cached: [String: Entry] = [:]
        var durable: [String: Entry] = [:]
        var pending: [Pending<NameChange>] = []
    }

    private(set) var inodes: [Int: Inode] = [:]
    private(set) var directories: [String: Directory] = ["": Directory()]
    private var nextInode = 1
    private var nextOrder = 1

    init() {}

    // MARK: Names

    static func split(_ path: String) -> (directory: String, name: String) {
        let directory = SimulatedFileSystem.directory(of: path)
        return (directory, directory.isEmpty ? path : String(path.dropFirst(directory.count + 1)))
    }

    func entry(_ path: String) -> Entry? {
        let (directory, name) = Self.split(path)
        return directories[directory]?.cached[name]
    }

    private mutating func takeOrder() -> Int {
        defer { nextOrder += 1 }
        return nextOrder
    }

    private mutating func change(_ directory: String, _ change: NameChange) {
        let order = takeOrder()
        directories[directory]?.apply(change, order)
    }

    mutating func makeDirectory(_ path: String) {
        let (directory, name) = Self.split(path)
        change(directory, NameChange(adds: (name, .directory)))
        directories[path] = directories[path] ?? Directory()
    }

    mutating func makeFile(_ path: String) -> Int {
        let (directory, name) = Self.split(path)
        let inode = nextInode
        nextInode += 1
        inodes[inode] = Inode()
        change(directory, NameChange(adds: (name, .file(inode))))
        return inode
    }

    mutating func removeFile(_ path: String) {
        let (directory, name) = Self.split(path)
        change(directory, NameChange(removes: name))
    }

    mutating func rename(_ path: String, _ newPath: String, _ entry: Entry) {
        let (directory, name) = Self.split(path)
        let (newDirectory, newName) = Self.split(newPath)
        if directory == newDirectory {
            change(directory, NameChange(adds: (newName, entry), removes: name))
        } else {
            let linked = nextOrder
            change(newDirectory, NameChange(adds: (newName, entry)))
            change(directory, NameChange(removes: name, after: (newDirectory, linked)))
        }
    }

    mutating func syncDirectory(_ path: String) {
        for pending in directories[path]?.pending ?? [] {
            if let after = pending.change.after {
                directories[after.directory]?.settle { $0 <= after.order }
            }
        }
        directories[path]?.settle { _ in true }
    }

    // MARK: Bytes

    mutating func modify(_ inode: Int, _ change: FileChange) {
        let order = takeOrder()
        inodes[inode]?.cached.apply(change)
        inodes[inode]?.pending.append(Pending(order: order, change: change))
    }

    mutating func sync(_ inode: Int) {
        guard var file = inodes.removeValue(forKey: inode) else { return }
        for pending in file.pending { file.durable.apply(pending.change) }
        file.pending = []
        inodes[inode] = file
    }

    /// The kernel forgets that the pages were dirty: readers see them, the disk never will.
    mutating func failSync(_ inode: Int) {
        inodes[inode]?.pending = []
        inodes[inode]?.hasFailedSync = true
    }

    /// What is clean is read from the disk again: after a failed sync, as it was before.
    mutating func forgetCached(_ inode: Int) {
        guard let file = inodes[inode], file.hasFailedSync else { return }
        inodes[inode]?.cached = file.durable
        for pending in file.pending { inodes[inode]?.cached.apply(pending.change) }
    }

    // MARK: Power cuts

    /// How many changes are pending, in files and directories.
    var pendingCount: Int {
        inodes.values.reduce(0) { $0 + $1.pending.count }
            + directories.values.reduce(0) { $0 + $1.pending.count }
    }

    /// The disk that a power cut leaves: nothing pending, and the views agree.
    func afterPowerCut(_ cut: PowerCut) -> SimulatedDisk {
        var survivor = self
        var choice = CutChoice(cut, disk: self)
        for path in directories.keys.sorted() { survivor.cutDirectory(path, &choice) }
        for inode in inodes.keys.sorted() { survivor.cutFile(inode, &choice) }
        survivor.dropUnreachable()
        return survivor
    }

    private mutating func cutDirectory(_ path: String, _ choice: inout CutChoice) {
        guard var directory = directories[path] else { return }
        for pending in directory.pending where choice.keepsName(pending) {
            directory.durable.apply(pending.change)
        }
        directory.pending = []
        directory.cached = directory.durable
        directories[path] = directory
    }

    private mutating func cutFile(_ inode: Int, _ choice: inout CutChoice) {
        guard var file = inodes.removeValue(forKey: inode) else { return }
        for pending in file.pending { choice.apply(pending, to: &file.durable) }
        file.pending = []
        file.hasFailedSync = false
        file.cached = file.durable
        inodes[inode] = file
    }

    /// A directory whose own name was lost is gone with everything in it.
    private mutating func dropUnreachable() {
        for path in directories.keys.sorted() where !path.isEmpty {
            let (parent, name) = Self.split(path)
            if directories[parent]?.durable[name] != .directory { directories[path] = nil }
        }
        var reachable: Set<Int> = []
        for directory in directories.values {
            for case .file(let inode) in directory.durable.values { reachable.insert(inode) }
        }
        inodes = inodes.filter { reachable.contains($0.key) }
    }
}

extension SimulatedDisk.Directory {
    mutating func apply(_ change: SimulatedDisk.NameChange, _ order: Int) {
        cached.apply(change)
        pending.append(SimulatedDisk.Pending(order: order, change: change))
    }

    /// Makes pending changes durable whose order is covered.
    mutating func settle(_ isCovered: (Int) -> Bool) {
        for item in pending where isCovered(item.order) { durable.apply(item.change) }
        pending.removeAll { isCovered($0.order) }
    }
}

extension [String: SimulatedDisk.Entry] {
    mutating func apply(_ change: SimulatedDisk.NameChange) {
        if let name = change.removes { self[name] = nil }
        if let added = change.adds { self[added.name] = added.entry }
    }
}

extension [UInt8] {
    mutating func apply(_ change: SimulatedDisk.FileChange) {
        switch change {
        case .write(let offset, let bytes):
            grow(to: offset + bytes.count)
            replaceSubrange(offset..<offset + bytes.count, with: bytes)
        case .resize(let count):
            if count < self.count { removeLast(self.count - count) } else { grow(to: count) }
        case .grow(let count): grow(to: count)
        }
    }

    mutating func grow(to newCount: Int) {
        if newCount > count { append(contentsOf: repeatElement(0, count: newCount - count)) }
    }
}
