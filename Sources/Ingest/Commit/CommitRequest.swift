import Segments

/// What happens to a request of which some rows cannot be taken.
public enum ErrorPolicy: String, Hashable, Sendable, CaseIterable {
    /// Nothing of it is taken.
    case abort
    /// The good rows are taken, the others kept as dead letters.
    case quarantine
}

/// The rows of one request on their way into the log.
public struct CommitRequest: Sendable {
    /// The table as the rows were parsed for it.
    public var schema: TableSchema
    /// The rows, and what was refused of them.
    public var events: ParsedEvents
    /// What to do about refused rows.
    public var onError: ErrorPolicy
    /// What dead letters are filed under.
    public var requestID: String

    /// A request.
    public init(
        schema: TableSchema, events: ParsedEvents, onError: ErrorPolicy, requestID: String
    ) {
        self.schema = schema
        self.events = events
        self.onError = onError
        self.requestID = requestID
    }

    /// Bytes of its rows: about what the log will hold of it, or somewhat more.
    var rowByteCount: Int { events.batch.memoryBytes }
    /// Bytes it occupies while it waits.
    var byteCount: Int { events.body.count + rowByteCount }
}

/// What became of a request that was taken.
public struct CommitOutcome: Hashable, Sendable {
    /// What became of its rows.
    public var counts: IngestCounts
    /// The version at which all of it can be read.
    public var version: UInt64
    /// The rows that were not taken, by line: refused ones and conflicts.
    public var refused: [Rejection]
}
