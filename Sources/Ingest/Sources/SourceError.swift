/// Why a source does not go on.
public enum SourceError: Error, Hashable, Sendable {
    /// This build has no such connector.
    case unsupported(String)
    /// An option is missing, unknown, or not what it should be.
    case option(String, reason: String)
    /// The other side does not answer, or refuses for now; another attempt may succeed.
    case unavailable(String)
    /// Positions that were not read yet are gone from the broker: it keeps those from `low` on.
    case gapDetected(partition: UInt32, next: UInt64, low: UInt64)
    /// The partition ends before the next position: the topic was made anew, or cut.
    case topicRecreated(partition: UInt32, next: UInt64, high: UInt64)
    /// The broker says that there is no such position.
    case outOfRange(partition: UInt32, next: UInt64, reason: String)
    /// A file is not the one that was read before.
    case fileChanged(name: String, reason: String)
    /// Too many rows in a run went to the dead letters.
    case tooManyRejects(rows: Int, rejected: Int)
    /// The table is not there any more.
    case tableGone
    /// Ingestion takes nothing for now, or refused the batch.
    case ingest(IngestError)

    /// Whether only an operator can decide how to go on.
    public var needsOperator: Bool {
        switch self {
        case .unavailable, .ingest: false
        case .unsupported, .option, .gapDetected, .topicRecreated, .outOfRange, .fileChanged,
            .tooManyRejects, .tableGone:
            true
        }
    }

    /// The stable word for it in answers and in `sys.sources`.
    public var code: String {
        switch self {
        case .unsupported: "unsupported_source"
        case .option: "invalid_option"
        case .unavailable: "source_unavailable"
        case .gapDetected: "gap_detected"
        case .topicRecreated: "topic_recreated"
        case .outOfRange: "offset_out_of_range"
        case .fileChanged: "file_changed"
        case .tooManyRejects: "too_many_rejects"
        case .tableGone: "table_gone"
        case .ingest: "not_taken"
        }
    }
}

extension SourceError: CustomStringConvertible {
    /// One sentence: what, where, and what to do.
    public var description: String {
        switch self {
        case .unsupported(let what): what
        case .option(let name, let reason): "\(name): \(reason)"
        case .unavailable(let reason): reason
        case .gapDetected(let partition, let next, let low):
            "partition \(partition) was read up to \(next), but the broker keeps messages from "
                + "\(low) on: \(low - next) are lost there; resume with accept_gap goes on behind "
                + "them and records the gap"
        case .topicRecreated(let partition, let next, let high):
            "partition \(partition) was read up to \(next), but ends at \(high): the topic was "
                + "made anew; reset the source, or resume with accept_gap to read the new one"
        case .outOfRange(let partition, let next, let reason):
            "the broker has no position \(next) of partition \(partition): \(reason)"
        case .fileChanged(let name, let reason):
            "\(name) is not the file that was read before: \(reason); put it back, or give the new "
                + "one another name"
        case .tooManyRejects(let rows, let rejected):
            "\(rejected) of \(rows) rows were rejected; sys.rejects shows why; resume when the "
                + "producer is right"
        case .tableGone: "the table of the source is gone; drop the source"
        case .ingest(let error): "the rows were not taken: \(error)"
        }
    }
}
