import Segments

/// Why the log could not be read or written.
public enum LogError: Error, Hashable, Sendable {
    /// The disk is full; nothing was written, the log goes on once there is room.
    case diskFull(FileError)
    /// A new file could not be made; nothing was written, the next attempt may succeed.
    case notAppended(FileError)
    /// A write or sync failed: whether its records survive is unknown, and the log is closed.
    case failed(FileError)
    /// The log was closed before; `nil` where it was closed in good order.
    case closed(FileError?)
    /// A record would be larger than a record may be.
    case recordTooLarge(byteCount: Int, limit: Int)
    /// A file could not be read, listed or removed.
    case fileSystem(FileError)
    /// Acknowledged records are damaged or missing; the start is refused.
    case damaged(LogDamage)
    /// The state of requests through `lsn` is there, but the log begins at `firstLSN`; `damaged`
    /// are checkpoints that cannot be read. The start is refused.
    case noCheckpoint(lsn: UInt64, firstLSN: UInt64, damaged: [String])
    /// A record that passed its checksum makes no sense to this build.
    case unreadableRecord(path: String, lsn: UInt64, reason: String)
}

/// What is wrong with a log that cannot be trusted.
public struct LogDamage: Hashable, Sendable {
    /// The file, relative to the data directory.
    public let path: String
    /// Where in it.
    public let byteOffset: Int
    /// The first position that cannot be read.
    public let lsn: UInt64
    /// What was found, and what proves that it was acknowledged.
    public let reason: String
}

extension LogError: CustomStringConvertible {
    /// What is wrong, without advice.
    var facts: String {
        if case .noCheckpoint(let lsn, let first, let damaged) = self {
            return "the checkpoint that the log goes on from is "
                + (damaged.isEmpty
                    ? "missing" : "damaged: " + damaged.joined(separator: ", "))
                + "; requests through position \(lsn) are known, and the log begins at \(first)"
        }
        guard case .damaged(let damage) = self else { return description }
        return "the log is damaged: \(damage.path), byte \(damage.byteOffset), position "
            + "\(damage.lsn): \(damage.reason)"
    }

    /// One sentence for the operator: what, where, what to do.
    public var description: String {
        switch self {
        case .diskFull(let error): "the disk is full: \(error)"
        case .notAppended(let error): "the log has no room for records: \(error)"
        case .failed(let error):
            "the log failed and is closed, the last requests may or may not be durable: \(error)"
        case .closed(let error):
            "the log is closed" + (error.map { " after \($0)" } ?? "")
        case .recordTooLarge(let byteCount, let limit):
            "a record of \(byteCount) bytes is above the limit of \(limit)"
        case .fileSystem(let error): error.description
        case .damaged:
            "\(facts); nothing was changed: restore the file from a backup, or see what 'daybook "
                + "repair' can save"
        case .noCheckpoint:
            "\(facts); nothing was changed: restore the checkpoint from a backup, or see "
                + "what 'daybook repair' can save"
        case .unreadableRecord(let path, let lsn, let reason):
            "record \(lsn) in \(path) is whole but not readable by this build: \(reason)"
        }
    }
}
