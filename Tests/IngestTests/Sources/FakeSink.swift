import Segments
import Synchronization

@testable import Ingest

/// Takes rows and positions as the log would: both or neither.
final class FakeSink: SourceSink {
    struct State {
        var schema: TableSchema? = FakeSink.schema
        var positions: [UInt32: UInt64] = [:]
        var moves: [StreamSpan] = []
        var ids: [String] = []
        var rejections: [Rejection] = []
        var places: [StreamPlace] = []
        /// Thrown by the next commits, one each.
        var failures: [IngestError] = []
        var isRoomy = true
        var takeCount = 0
    }

    static let schema = TableSchema(
        id: TableID(1), name: "payments",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "amount", type: .bigint),
        ], uniqueColumns: [0])

    let state = Mutex(State())

    func schema(of table: TableID) -> TableSchema? { state.withLock { $0.schema } }
    func positions(of source: UInt32) -> [UInt32: UInt64] { state.withLock { $0.positions } }
    var hasRoom: Bool { state.withLock { $0.isRoomy } }
    func forget(_ source: UInt32) throws(IngestError) { state.withLock { $0.positions = [:] } }

    func move(_ source: SourceDefinition, _ spans: [StreamSpan]) throws(IngestError) {
        state.withLock { state in
            state.moves += spans
            for span in spans { state.positions[span.partition] = span.next }
        }
    }

    func take(
        _ events: ParsedEvents, of source: SourceDefinition, into schema: TableSchema,
        _ spans: [StreamSpan]
    ) throws(IngestError) -> IngestCounts {
        try state.withLock { state throws(IngestError) in
            state.takeCount += 1
            if !state.failures.isEmpty { throw state.failures.removeFirst() }
            var counts = IngestCounts(rejected: events.rejections.count)
            for row in 0..<events.batch.rowCount {
                guard case .varchar(let id) = events.batch.row(at: row)[0] else { continue }
                if state.ids.contains(id.string) {
                    counts.duplicate += 1
                } else {
                    counts.accepted += 1
                    state.ids.append(id.string)
                }
            }
            state.rejections += events.rejections
            state.places += events.rejections.map { events.places[$0.line - 1] }
            for span in spans {
                precondition(span.first >= state.positions[span.partition] ?? 0)
                state.positions[span.partition] = span.next
            }
            return counts
        }
    }
}
