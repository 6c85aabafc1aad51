/// What can go wrong between an event's bytes and its acknowledgement.
public enum IngestError: Error, Equatable, Sendable {
    /// A limit of the door was passed; `limit` names it, `value` is its bound.
    case limitExceeded(limit: String, value: Int)
    /// The body is no JSON array although it says so; nothing of it was taken.
    case malformedBody(Rejection)
}
