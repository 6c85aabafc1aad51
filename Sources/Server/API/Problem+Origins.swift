import Ingest
import Segments

extension ProblemDetails {
    /// A request that cannot be told from others; nothing of it was done.
    init(_ refusal: OriginRefusal) {
        switch refusal {
        case .unknownProducer(let name, let sequence):
            self.init(
                status: 409, code: "unknown_producer", title: "Conflict",
                detail: "the producer '\(name)' is not known to this table, or was silent for 30 "
                    + "days: its first sequence number is 0, not \(sequence)")
            hint = "begin anew under another name, with 0"
        case .fenced(let name, let epoch):
            self.init(
                status: 409, code: "fenced", title: "Conflict",
                detail: "the producer '\(name)' is in epoch \(epoch): another one has taken over")
        case .sequenceGap(let name, let next):
            self.init(
                status: 409, code: "seq_gap", title: "Conflict",
                detail: "the producer '\(name)' has not sent \(next) yet, and this is too far ahead"
            )
            hint = "send \(next) first; an empty body closes a gap that nothing belongs to"
        case .sequenceReuse(let name, let sequence):
            self.init(
                status: 409, code: "seq_reuse", title: "Conflict",
                detail: "the producer '\(name)' has sent another body as \(sequence)")
        case .keyReuse:
            self.init(
                status: 409, code: "key_reuse", title: "Conflict",
                detail: "the key was used for another body")
        case .keyExpired(let time, let now):
            self.init(
                status: 410, code: "key_expired", title: "Gone",
                detail: "the key is of \(CivilTime.iso8601(microseconds: time)); at "
                    + "\(CivilTime.iso8601(microseconds: now)) keys of the last 7 days are known, "
                    + "and of the next one")
            hint = "whether it was taken is not known any more: look for its rows"
        case .tooManyProducers(let limit):
            self.init(
                status: 429, code: "too_many_producers", title: "Too many requests",
                detail: "\(limit) producers are known; one that is silent for 30 days goes",
                retryable: true)
            hint = "use fewer names: one for each process that sends, not for each run of it"
        case .tooManyKeys(let limit):
            self.init(
                status: 429, code: "too_many_keys", title: "Too many requests",
                detail: "\(limit) keys of the last 7 days are kept", retryable: true)
            hint = "number requests with Daybook-Producer and Daybook-Seq: those need no memory"
        case .letterClosed(let letter):
            self.init(
                status: 409, code: "letter_closed", title: "Conflict",
                detail: "dead letter \(letter) has been replayed or discarded meanwhile",
                retryable: true)
        case .streamMoved(let source, let partition, let committed):
            self.init(
                status: 409, code: "stream_moved", title: "Conflict",
                detail: "source \(source) has committed partition \(partition) to \(committed)")
        }
        applied = false
    }
}
