import Segments

/// Where a source's rows and positions go: ingestion, or what the tests put in its place.
protocol SourceSink: Sendable {
    /// The table as it is declared now; `nil` once it is gone.
    func schema(of table: TableID) -> TableSchema?
    /// Where each partition that was ever read goes on, durably.
    func positions(of source: UInt32) -> [UInt32: UInt64]
    /// Takes rows and positions in one record; durable and visible when it returns.
    func take(
        _ events: ParsedEvents, of source: SourceDefinition, into schema: TableSchema,
        _ spans: [StreamSpan]
    ) throws(IngestError) -> IngestCounts
    /// Moves positions without rows, forwards or back. What is passed over unread is recorded.
    func move(_ source: SourceDefinition, _ spans: [StreamSpan]) throws(IngestError)
    /// Forgets the positions of a source that was dropped.
    func forget(_ source: UInt32) throws(IngestError)
    /// Whether a further batch would be taken without waiting long.
    var hasRoom: Bool { get }
}
