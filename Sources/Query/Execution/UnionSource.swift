import Segments

/// The rows of several pipelines, one behind the other.
///
/// A unit of a pipeline is a unit here: its steps are run when it is asked for, by whichever worker
/// asks.
struct UnionSource: UnitSource {
    private let pipelines: [Pipeline]
    private let types: [LogicalType]
    /// Where the units of each pipeline begin, and the end.
    private let starts: [Int]

    /// The rows of `pipelines`, all of them with columns of `types`.
    init(_ pipelines: [Pipeline], types: [LogicalType]) {
        self.pipelines = pipelines
        self.types = types
        starts = pipelines.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.source.unitCount) }
    }

    var unitCount: Int { starts.last ?? 0 }

    func batch(_ unit: Int) throws(QueryError) -> Batch {
        let index = (starts.firstIndex { $0 > unit } ?? starts.count) - 1
        let sink = AppendingSink(types)
        try PipelineWorker(pipelines[index]).run(unit: unit - starts[index], into: sink)
        return sink.batch()
    }
}

/// Puts the batches of one unit one behind the other.
private final class AppendingSink: Sink {
    private var columns: [ColumnAppender]
    private var rowCount = 0

    init(_ types: [LogicalType]) { columns = types.map { ColumnAppender($0) } }

    func add(_ batch: Batch) throws(QueryError) {
        for index in columns.indices { columns[index].append(try batch.column(index)) }
        rowCount += batch.rowCount
    }

    func batch() -> Batch { Batch(rowCount: rowCount, columns: columns.map { $0.finish() }) }
}
