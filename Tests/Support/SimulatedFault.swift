import Segments

/// When the simulated file system goes wrong, and how.
public struct SimulatedFault: Sendable {
    /// Which calls are concerned.
    public enum Trigger: Sendable {
        /// The k-th call, counted from 1.
        case call(Int)
        /// The k-th call and every later one.
        case from(call: Int)
        /// Every later call of the given operations from the k-th call on, as a full disk would be.
        case operations(Set<FileError.Operation>, from: Int)
        /// The n-th call, counted from 1, of one operation on paths with a prefix.
        case matching(FileError.Operation, pathPrefix: String, occurrence: Int)
        /// Every call of one operation on paths with a prefix.
        case every(FileError.Operation, pathPrefix: String)
    }

    /// What happens to them.
    public enum Effect: Sendable {
        /// Nothing is done and an error reported. A failed sync loses what it should have saved.
        case fail(Int32)
        /// It is done, and an error reported nevertheless.
        case doneButFails(Int32)
        /// A write puts down this many bytes and fails; other calls just fail.
        case shortWrite(keeping: Int, Int32)
        /// The process is dead: this call and every later one of any kind throws.
        case stop
    }

    let trigger: Trigger
    let effect: Effect

    /// A fault.
    public init(_ trigger: Trigger, _ effect: Effect) {
        self.trigger = trigger
        self.effect = effect
    }
}

/// One call that was made of the simulated file system.
public struct SimulatedCall: Sendable, Hashable {
    /// Counts calls from 1.
    public let number: Int
    /// What was asked.
    public let operation: FileError.Operation
    /// Of which file or directory; the old name for a rename.
    public let path: String
    /// The error that was answered, if one was.
    public var error: FileError?
    /// Whether this is a sync of a file whose sync had failed before: never right.
    public var isSyncAfterFailure = false
}

/// What a power cut leaves.
public enum PowerCut: Sendable, Hashable {
    /// Only what was synced.
    case loseUnsynced
    /// Everything that was not refused.
    case keepAll
    /// What was synced and the first so many of the pending changes, in order.
    case prefix(Int)
    /// What was synced and any part of the rest: writes torn at 512 bytes, sizes without data,
    /// garbage in sectors not synced, names lost each on its own.
    case random(seed: UInt64)
}
