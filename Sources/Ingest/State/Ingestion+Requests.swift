import Segments
import Synchronization

/// What is known of requests, sources and producers.
extension Ingestion {
    /// What a request was answered when it came first, so that a repeated one need not be read.
    ///
    /// - Returns: `nil` for one that comes first, or whose first is on its way: submit it.
    /// - Throws: `origin` where it is refused.
    public func answer(
        to origin: RequestOrigin, table: TableID
    ) throws(IngestError) -> CommitOutcome? {
        try committer.core.withLock { core throws(IngestError) in
            try core.answer(to: origin, table: table)
        }
    }

    /// The producers that are known, by table and name.
    public func producers() -> [ProducerFacts] {
        committer.core.withLock { $0.state.producerFacts }
    }

    /// How complete tables are. Take the snapshot after this: what is complete is in it.
    public func completeness(of tables: [TableID]) -> [TableCompleteness] {
        committer.core.withLock { core in tables.map { core.state.completeness(of: $0) } }
    }

    /// The dead letters of a table that wait, the newest first, with how often each was tried.
    public func openLetters(
        of table: TableID, limit: Int
    ) -> [(id: LetterID, attemptCount: Int)] {
        committer.core.withLock { core in
            core.state.letters.letters(of: table, limit: limit).map { id in
                let tried = core.state.letters.groups[id.lsn]?.attempts[id.index] ?? 0
                return (id, 1 + Int(tried))
            }
        }
    }

    /// How many dead letters wait in all tables, and bytes of their texts.
    public var letterLoad: (count: Int, byteCount: Int) {
        committer.core.withLock { ($0.state.letters.count, $0.state.letters.byteCount) }
    }

    /// Where a source goes on reading: the committed position of each partition.
    public func streamPositions(of source: UInt32) -> [UInt32: UInt64] {
        committer.core.withLock { $0.state.streams[source]?.positions ?? [:] }
    }

    /// The jumps that operators made in a source, the oldest first.
    public func streamGaps(of source: UInt32) -> [StreamGap] {
        committer.core.withLock { $0.state.streams[source]?.gaps ?? [] }
    }

    /// Lets a source go on at the `next` of each span, backwards too; what is jumped over is kept
    /// as a gap. The source must not be reading.
    ///
    /// - Returns: The version from which on it is so.
    public func moveStream(
        _ source: UInt32, _ spans: [StreamSpan], requestID: String
    ) throws(IngestError) -> UInt64 {
        let origin = RequestOrigin.streamMove(StreamOrigin(source: source, spans: spans))
        return try committer.core.withLock { core throws(IngestError) in
            try core.note(origin, requestID: requestID)
        }
    }

    /// Forgets a source that is gone.
    ///
    /// - Returns: The version from which on it is so.
    public func forgetStream(_ source: UInt32) throws(IngestError) -> UInt64 {
        try committer.core.withLock { core throws(IngestError) in
            try core.note(.streamEnd(source: source), requestID: "")
        }
    }
}
