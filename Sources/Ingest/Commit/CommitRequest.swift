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
    /// By what it is recognised when it comes a second time. A request with an origin leaves a
    /// record even where it has no rows.
    public var origin: RequestOrigin
    /// What it asks besides its only row, of a state table.
    public var row: RowRequest?
    /// Dead letters that it tries again: line `n` of its rows is the letter at `n - 1`. Those whose
    /// row is taken, or was there, are closed; those that are refused again stay open, and leave no
    /// further letter. A request of letters without rows discards them.
    public var letters: [LetterID] = []

    /// A request.
    public init(
        schema: TableSchema, events: ParsedEvents, onError: ErrorPolicy, requestID: String,
        origin: RequestOrigin = .none, row: RowRequest? = nil
    ) {
        self.schema = schema
        self.events = events
        self.onError = onError
        self.requestID = requestID
        self.origin = origin
        self.row = row
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
    /// What it was to the requests before it; of a repeated one `counts` and `version` are those
    /// of the first, where they are kept, and `refused` is empty.
    public var standing = RequestStanding.first
    /// Of a request for one row: the tag of the row that is there now (`RowTag`); `nil` for none.
    public var tag: String?
}
