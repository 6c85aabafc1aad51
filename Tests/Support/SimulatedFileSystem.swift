import Glibc
import Segments
import Synchronization

/// A file system in memory that behaves as badly as a real one may: it forgets what was not synced,
/// tears writes, fails chosen calls, and dies at a chosen call.
///
/// Every method counts as one call, and is logged. The same disk can be looked at after a kill of
/// the process (`afterKill()`: the page cache survives) or a power cut (`afterPowerCut(_:)`).
public final class SimulatedFileSystem: FileSystem {
    struct State: Sendable {
        var disk: SimulatedDisk
        var faults: [SimulatedFault] = []
        var calls: [SimulatedCall] = []
        var isStopped = false
        var locked: Set<String> = []
        /// How often each fault's `matching` trigger has matched.
        var occurrences: [Int] = []
    }

    let state: Mutex<State>

    /// An empty disk.
    public convenience init() { self.init(SimulatedDisk()) }

    init(_ disk: SimulatedDisk) { state = Mutex(State(disk: disk)) }

    // MARK: What tests do with it

    /// Adds a fault; calls are counted from the creation of this object.
    public func inject(_ fault: SimulatedFault) {
        state.withLock {
            $0.faults.append(fault)
            $0.occurrences.append(0)
        }
    }

    /// Forgets all faults, as when the disk has room again. A stopped process stays stopped.
    public func clearFaults() {
        state.withLock {
            $0.faults = []
            $0.occurrences = []
        }
    }

    /// Calls made so far.
    public var callCount: Int { state.withLock { $0.calls.count } }

    /// All calls made so far, in order.
    public var calls: [SimulatedCall] { state.withLock { $0.calls } }

    /// Syncs of files whose sync had failed before: never right, whatever they answered.
    public var syncsAfterFailure: [SimulatedCall] { calls.filter { $0.isSyncAfterFailure } }

    /// The same disk for the next process: the page cache is there, locks and faults are not.
    public func afterKill() -> SimulatedFileSystem {
        SimulatedFileSystem(state.withLock { $0.disk })
    }

    /// The disk that a power cut now would leave.
    public func afterPowerCut(_ cut: PowerCut) -> SimulatedFileSystem {
        SimulatedFileSystem(state.withLock { $0.disk }.afterPowerCut(cut))
    }

    /// The power cuts worth trying now: none and all of what is pending, every prefix of it, and
    /// random parts from `seed` on; at most `limit` in all. One, where nothing is pending.
    public func powerCuts(seed: UInt64, limit: Int) -> [PowerCut] {
        let pending = state.withLock { $0.disk.pendingCount }
        guard pending > 0 else { return [.loseUnsynced] }
        var cuts: [PowerCut] = [.loseUnsynced, .keepAll]
        let prefixes = min(max(0, pending - 1), max(0, (limit - 2) / 2))
        if prefixes > 0 {
            for index in 1...prefixes { cuts.append(.prefix(pending - index)) }
        }
        var next = seed
        while cuts.count < limit {
            cuts.append(.random(seed: next))
            next &+= 1
        }
        return Array(cuts.prefix(limit))
    }

    /// The disks of `powerCuts(seed:limit:)`.
    public func crashStates(seed: UInt64, limit: Int) -> [SimulatedFileSystem] {
        powerCuts(seed: seed, limit: limit).map { afterPowerCut($0) }
    }

    /// What a file holds now, or `nil`; not counted as a call.
    public func contents(of path: String) -> [UInt8]? {
        state.withLock { state in
            guard case .file(let inode) = state.disk.entry(path) else { return nil }
            return state.disk.inodes[inode]?.cached
        }
    }

    /// Puts a synced file in place, or takes it away, as damage does; not counted as a call.
    public func setContents(of path: String, _ bytes: [UInt8]?) {
        state.withLock { state in
            if case .file = state.disk.entry(path) { state.disk.removeFile(path) }
            if let bytes {
                let inode = state.disk.makeFile(path)
                state.disk.modify(inode, .write(at: 0, bytes))
                state.disk.sync(inode)
            }
            state.disk.syncDirectory(SimulatedDisk.split(path).directory)
        }
    }

    // MARK: Calls

    /// Counts, logs and perhaps spoils one call; `body` does what was asked, `spoil` what a short
    /// write (of so many bytes) or a failed sync does instead.
    func call<Value: Sendable>(
        _ operation: FileError.Operation, _ path: String,
        spoil: (inout SimulatedDisk, Int) -> Void = { _, _ in },
        _ body: (inout State) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        let outcome = state.withLock { state -> Result<Value, FileError> in
            let number = state.calls.count + 1
            let effect = state.effect(number, operation, path)
            state.calls.append(SimulatedCall(number: number, operation: operation, path: path))
            let outcome = state.run(effect, operation, path, spoil, body)
            if case .failure(let error) = outcome { state.calls[number - 1].error = error }
            return outcome
        }
        return try outcome.get()
    }

    public func createDirectory(_ path: String) throws(FileError) {
        try call(.createDirectory, path) { state throws(FileError) in
            switch state.disk.entry(path) {
            case .directory: return
            case .file: throw FileError(.createDirectory, path: path, code: EEXIST)
            case nil:
                try state.needsParent(of: path, .createDirectory)
                state.disk.makeDirectory(path)
            }
        }
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        try call(.list, path) { state throws(FileError) in
            guard let directory = state.disk.directories[path] else {
                throw FileError(.list, path: path, code: ENOENT)
            }
            return directory.cached.keys.sorted()
        }
    }

    public func byteCount(of path: String) throws(FileError) -> Int? {
        try call(.status, path) { state throws(FileError) in
            switch state.disk.entry(path) {
            case .file(let inode): return state.disk.inodes[inode]?.cached.count
            case .directory: throw FileError(.status, path: path, code: EISDIR)
            case nil: return nil
            }
        }
    }

    public func open(_ path: String, for access: FileAccess) throws(FileError) -> any File {
        let inode = try call(.open, path) { state throws(FileError) in
            let entry = state.disk.entry(path)
            if access == .create {
                guard entry == nil else { throw FileError(.open, path: path, code: EEXIST) }
                try state.needsParent(of: path, .open)
                return state.disk.makeFile(path)
            }
            switch entry {
            case .file(let inode): return inode
            case .directory: throw FileError(.open, path: path, code: EISDIR)
            case nil: throw FileError(.open, path: path, code: ENOENT)
            }
        }
        return SimulatedFile(self, path: path, inode: inode, isReadOnly: access == .read)
    }

    public func rename(_ path: String, to newPath: String) throws(FileError) {
        try call(.rename, path) { state throws(FileError) in
            guard let entry = state.disk.entry(path) else {
                throw FileError(.rename, path: path, code: ENOENT)
            }
            try state.needsParent(of: newPath, .rename)
            if path != newPath { state.disk.rename(path, newPath, entry) }
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try call(.remove, path) { state throws(FileError) in
            switch state.disk.entry(path) {
            case .file: state.disk.removeFile(path)
            case .directory: throw FileError(.remove, path: path, code: EISDIR)
            case nil: throw FileError(.remove, path: path, code: ENOENT)
            }
        }
    }

    public func sync(directory path: String) throws(FileError) {
        try call(.syncDirectory, path) { state throws(FileError) in
            guard state.disk.directories[path] != nil else {
                throw FileError(.syncDirectory, path: path, code: ENOENT)
            }
            state.disk.syncDirectory(path)
        }
    }

    public func lock(_ path: String) throws(FileError) -> any FileLock {
        try call(.lock, path) { state throws(FileError) in
            guard state.locked.insert(path).inserted else {
                throw FileError(.lock, path: path, code: EWOULDBLOCK)
            }
            if state.disk.entry(path) == nil { _ = state.disk.makeFile(path) }
        }
        return SimulatedLock(self, path: path)
    }
}

extension SimulatedFileSystem.State {
    /// What the first matching fault does to a call.
    mutating func effect(
        _ number: Int, _ operation: FileError.Operation, _ path: String
    ) -> SimulatedFault.Effect? {
        if isStopped { return .stop }
        for index in faults.indices {
            let matches: Bool
            switch faults[index].trigger {
            case .call(let call): matches = number == call
            case .from(let call): matches = number >= call
            case .operations(let operations, let call):
                matches = number >= call && operations.contains(operation)
            case .matching(operation, let prefix, let occurrence) where path.hasPrefix(prefix):
                occurrences[index] += 1
                matches = occurrences[index] == occurrence
            case .matching: matches = false
            case .every(let wanted, let prefix):
                matches = operation == wanted && path.hasPrefix(prefix)
            }
            if matches { return faults[index].effect }
        }
        return nil
    }

    mutating func run<Value>(
        _ effect: SimulatedFault.Effect?, _ operation: FileError.Operation, _ path: String,
        _ spoil: (inout SimulatedDisk, Int) -> Void,
        _ body: (inout Self) throws(FileError) -> Value
    ) -> Result<Value, FileError> {
        func failure(_ code: Int32) -> Result<Value, FileError> {
            .failure(FileError(operation, path: path, code: code))
        }
        switch effect {
        case .stop:
            isStopped = true
            return .failure(
                FileError(operation, path: path, code: 0, reason: "the simulated process is dead"))
        case .fail(let code):
            if operation == .sync { spoil(&disk, 0) }
            return failure(code)
        case .shortWrite(let kept, let code):
            spoil(&disk, kept)
            return failure(code)
        case .doneButFails(let code):
            do throws(FileError) { _ = try body(&self) } catch { return .failure(error) }
            return failure(code)
        case nil:
            do throws(FileError) { return .success(try body(&self)) } catch {
                return .failure(error)
            }
        }
    }

    func needsParent(of path: String, _ operation: FileError.Operation) throws(FileError) {
        guard disk.directories[SimulatedDisk.split(path).directory] != nil else {
            throw FileError(operation, path: path, code: ENOENT)
        }
    }
}

private final class SimulatedLock: FileLock {
    private let fileSystem: SimulatedFileSystem
    private let path: String

    init(_ fileSystem: SimulatedFileSystem, path: String) {
        self.fileSystem = fileSystem
        self.path = path
    }

    deinit { release() }

    func release() { fileSystem.state.withLock { _ = $0.locked.remove(path) } }
}
