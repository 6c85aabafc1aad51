import Segments

/// What can go wrong between an event's bytes and its acknowledgement.
///
/// Every case but `durabilityUnknown` is definite: nothing of the request was applied.
public enum IngestError: Error, Hashable, Sendable {
    /// A limit of the door was passed; `limit` names it, `value` is its bound.
    case limitExceeded(limit: String, value: Int)
    /// The body is no JSON array although it says so; nothing of it was taken.
    case malformedBody(Rejection)
    /// Rows could not be taken and the request asked for all or nothing: here they are.
    case aborted([Rejection])
    /// The key's row is not what the request asked for; `current` is the tag of the one there.
    case conditionFailed(current: String?)
    /// There is no row of the key that was to be deleted.
    case rowNotFound
    /// The table is gone, or its columns have changed since the rows were parsed.
    case tableChanged(String)
    /// Too much is on its way already (`what` says of what); try again later.
    case overloaded(what: String, limit: Int)
    /// The disk is full; nothing was written.
    case diskFull(FileError)
    /// The log could not make room; nothing was written, another attempt may succeed.
    case notAppended(FileError)
    /// A write or sync failed: the request may or may not be there after a restart. Sending it
    /// again is right; ids tell what was there.
    case durabilityUnknown(FileError)
    /// Nothing is taken any more: the engine stops, or its log failed before.
    case closed(String)
    /// An id had to be looked up in a segment that cannot be read.
    case segment(SegmentError)
    /// The log could not be read at the start, or a record could not be written for its size.
    case log(LogError)
    /// The catalog refused.
    case catalog(CatalogError)
    /// The request cannot be told from others, or not any more.
    case origin(OriginRefusal)
}

extension IngestError {
    /// What a failed append means for the requests in it.
    init(_ error: LogError) {
        switch error {
        case .diskFull(let cause): self = .diskFull(cause)
        case .notAppended(let cause): self = .notAppended(cause)
        case .failed(let cause): self = .durabilityUnknown(cause)
        case .closed: self = .closed(error.description)
        case .recordTooLarge(_, let limit):
            self = .limitExceeded(limit: "bytes of a log record", value: limit)
        case .fileSystem, .damaged, .noCheckpoint, .unreadableRecord: self = .log(error)
        }
    }
}
