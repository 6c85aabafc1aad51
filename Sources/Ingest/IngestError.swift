/// What can go wrong between an event's bytes and its acknowledgement.
public enum IngestError: Error, Equatable, Sendable {
    /// A limit of the door was passed; `limit` names the setting, `value` its current bound.
    case limitExceeded(limit: String, value: Int)
}
