import Segments
import Synchronization

/// How many rows kernels see at a time.
enum Block {
    /// Rows of a full block, in segments and out of them.
    static let rowCount = 16_384
    /// Blocks that a worker takes at one time.
    static let perMorsel = 4
}

/// Rows to run a pipeline over, in units of at most a block each.
protocol UnitSource: Sendable {
    /// How many units there are.
    var unitCount: Int { get }
    /// The rows of one unit; none where all of them are hidden. Called once per unit, from any
    /// worker.
    func batch(_ unit: Int) throws(QueryError) -> Batch
    /// The rows of one unit as they are stored, and which of them are to be seen; without truths
    /// all of them. For who leaves rows out anyway, and so need not copy the others.
    func stored(_ unit: Int) throws(QueryError) -> StoredRows
    /// What is known of a column in the rows of one unit.
    func zone(_ unit: Int, _ column: Int) -> ValueRange?
    /// Whether there are so few rows that waking another thread costs more than they do.
    var isSmall: Bool { get }
}

/// Rows as they are stored, and which of them are to be seen.
struct StoredRows {
    let batch: Batch
    /// `nil` for all.
    var visible: Truth?
}

extension UnitSource {
    func stored(_ unit: Int) throws(QueryError) -> StoredRows {
        StoredRows(batch: try batch(unit))
    }
    func zone(_ unit: Int, _ column: Int) -> ValueRange? { nil }
    var isSmall: Bool { false }
}

/// Rows that are in memory.
struct MemorySource: UnitSource {
    let batches: [RowBatch]

    var unitCount: Int { batches.count }

    func batch(_ unit: Int) -> Batch {
        Batch(rowCount: batches[unit].rowCount, columns: batches[unit].columns)
    }
}

/// What happens to the rows of a source on their way to a sink.
struct Pipeline: Sendable {
    /// One operator without memory.
    enum Step: Sendable {
        /// Keeps rows for which every condition is true.
        case filter([BoundExpression])
        case project([BoundExpression])
        /// Makes several rows of one, or none.
        case expand(any Expansion)
    }

    var source: any UnitSource
    /// What must hold of the source's rows, unless the source proves it (`passesScanFilter`).
    var sourceFilter: [BoundExpression] = []
    /// In order.
    let steps: [Step]
}

/// The steps of a pipeline as one worker runs them.
final class PipelineWorker {
    private enum Step {
        case filter(FilterStep)
        case project([Evaluator])
        case expand(any Expander)
    }

    private let source: any UnitSource
    private let sourceFilter: FilterStep
    private let noFilter = FilterStep([])
    private let steps: [Step]

    init(_ pipeline: Pipeline) {
        source = pipeline.source
        sourceFilter = FilterStep(pipeline.sourceFilter)
        steps = pipeline.steps.map { step in
            switch step {
            case .filter(let conditions): .filter(FilterStep(conditions))
            case .project(let expressions): .project(expressions.map { Evaluator($0) })
            case .expand(let expansion): .expand(expansion.expander())
            }
        }
    }

    /// Runs one unit through all steps into `sink`.
    func run(unit: Int, into sink: some Sink) throws(QueryError) {
        if sink.skips({ source.zone(unit, $0) }) { return }
        let stored = try source.stored(unit)
        var batch = stored.batch
        guard batch.rowCount > 0 else { return }
        batch.unit = unit
        if !batch.passesScanFilter || stored.visible != nil {
            let isLast = steps.isEmpty
            let filter = batch.passesScanFilter ? noFilter : sourceFilter
            let found = try filter.select(stored) { isLast && sink.takesCondition(on: $0) }
            guard var selected = found else { return }
            if let condition = selected.condition {
                if try sink.add(selected.batch, where: selected.truths, by: condition) { return }
                guard let decided = try sourceFilter.decide(selected) else { return }
                selected = decided
            }
            if isLast, let truths = selected.truths {
                return try sink.add(selected.batch, where: truths)
            }
            batch = selected.narrowed()
        }
        try advance(batch, from: 0, into: sink)
    }

    /// Runs a batch through the steps from `first` on.
    private func advance(
        _ input: Batch, from first: Int, into sink: some Sink
    ) throws(QueryError) {
        var batch = input
        for index in first..<steps.count {
            switch steps[index] {
            case .filter(let filter):
                guard let kept = try filter.apply(batch) else { return }
                batch = kept
            case .project(let expressions):
                let projected = Batch(
                    rowCount: batch.rowCount, columnCount: expressions.count,
                    source: ProjectedSource(batch: batch, expressions: expressions))
                projected.unit = batch.unit
                batch = projected
            case .expand(let expander):
                return try expander.expand(batch) { part throws(QueryError) in
                    part.unit = batch.unit
                    try advance(part, from: index + 1, into: sink)
                }
            }
        }
        try sink.add(batch)
    }
}

/// Expressions over another batch, each evaluated when it is asked for.
private struct ProjectedSource: BatchSource {
    let batch: Batch
    let expressions: [Evaluator]

    func load(_ index: Int) throws(QueryError) -> Column {
        try expressions[index].evaluate(batch).column(count: batch.rowCount)
    }

    func zone(_ index: Int) -> ValueRange? {
        guard case .column(let column, _) = expressions[index].expression else { return nil }
        return batch.zone(column)
    }

    func runs(_ index: Int) throws(QueryError) -> CodeRuns? {
        guard case .column(let column, _) = expressions[index].expression else { return nil }
        return try batch.runs(column)
    }
}

/// WHERE: narrows a batch condition by condition.
///
/// Conditions that cannot fail are evaluated for all rows of the batch as long as many are left; as
/// soon as few are, or a condition could fail for a row that is out, the batch is narrowed first.
final class FilterStep {
    private let conditions: [Evaluator]
    private let entryConditions: EntryConditions
    /// A batch is narrowed where fewer than one row in so many is left.
    private static let narrowingShare = 4

    init(_ conditions: [BoundExpression]) {
        self.conditions = conditions.map { Evaluator($0) }
        entryConditions = EntryConditions(self.conditions)
    }

    /// The rows for which every condition is true; `nil` for none.
    func apply(_ input: Batch) throws(QueryError) -> Batch? {
        try select(StoredRows(batch: input))?.narrowed()
    }

    /// Rows that are kept: those of `batch` for which `truth` holds; all of them without one.
    struct Selected {
        let batch: Batch
        let truth: Truth?
        /// What must hold besides.
        var condition: CodeCondition?

        /// One byte a row, where not all rows are true.
        var truths: [UInt8]? { if case .rows(let truths)? = truth { truths } else { nil } }

        func narrowed() -> Batch { truth.map { FilterStep.narrow(batch, $0) } ?? batch }
    }

    /// The rows to be seen for which every condition is true; `nil` for none.
    ///
    /// - Parameter isDeferred: Whether the last condition is left open if it reads this column
    ///   alone, and is known for each code that the column has.
    func select(
        _ input: StoredRows, deferring isDeferred: (Int) -> Bool = { _ in false }
    ) throws(QueryError) -> Selected? {
        var batch = input.batch
        var pending = input.visible
        var decided: [Int] = []
        for (index, condition) in conditions.enumerated() {
            if decided.contains(index) { continue }
            if let truth = pending {
                let left = truth.trueCount(of: batch.rowCount)
                if left == 0 { return nil }
                if condition.canFail || left * Self.narrowingShare < batch.rowCount {
                    batch = Self.narrow(batch, truth)
                    pending = nil
                }
            }
            switch condition.zoneVerdict(batch) {
            case .none: return nil
            case .all: continue
            case .some: break
            }
            if index == conditions.count - 1, let column = condition.liftedColumn,
                isDeferred(column), let codes = try condition.codeCondition(batch)
            {
                return Selected(batch: batch, truth: pending, condition: codes)
            }
            let joined = try entryConditions.truth(batch, from: index)
            decided += joined?.indices ?? []
            let truth = if let joined { joined.truth } else { try condition.truth(batch) }
            if case .constant(let truth) = truth {
                if truth != Truth.yes { return nil }
                continue
            }
            pending = pending.map { Truth.and($0, truth) } ?? truth
        }
        return Self.selected(batch, pending)
    }

    /// The same with the condition that was left open; `nil` for no rows.
    func decide(_ selected: Selected) throws(QueryError) -> Selected? {
        guard let last = conditions.last else { return selected }
        let truth = try last.truth(selected.batch)
        return Self.selected(
            selected.batch, selected.truth.map { Truth.and($0, truth) } ?? truth)
    }

    private static func selected(_ batch: Batch, _ pending: Truth?) -> Selected? {
        guard let pending else { return Selected(batch: batch, truth: nil) }
        let kept = pending.trueCount(of: batch.rowCount)
        if kept == 0 { return nil }
        return Selected(batch: batch, truth: kept == batch.rowCount ? nil : pending)
    }

    private static func narrow(_ batch: Batch, _ truth: Truth) -> Batch {
        batch.narrowed(to: truth.rows(of: batch.rowCount, where: Truth.whereTrue))
    }
}

/// Runs the morsels of a pipeline on the calling thread and the pool's helpers, each worker with
/// its own sink.
final class ParallelRun<Work: Sink>: @unchecked Sendable {
    // SAFETY: `workers[slot]` is touched only by the one thread that holds `slot`, as the pool
    // promises, and by the caller after all of them are done; the rest is immutable or atomic.
    private let pipeline: Pipeline
    private let context: QueryContext
    private let makeSink: () -> Work
    private var workers: [(pipeline: PipelineWorker, sink: Work)?]
    private let units: Range<Int>
    private let cursor: Atomic<Int>
    private let failure = Mutex<QueryError?>(nil)

    /// A run over some units of the pipeline's source.
    init(
        _ pipeline: Pipeline, units: Range<Int>, _ context: QueryContext,
        _ makeSink: @escaping () -> Work
    ) {
        self.pipeline = pipeline
        self.context = context
        self.makeSink = makeSink
        self.units = units
        cursor = Atomic(units.lowerBound)
        let morsels = (units.count + Block.perMorsel - 1) / Block.perMorsel
        let slots = max(1, min(morsels, context.workers.helperCount + 1))
        workers = Array(repeating: nil, count: pipeline.source.isSmall ? 1 : slots)
    }

    /// Runs everything.
    ///
    /// - Parameter startsAlone: Run the first morsel before any helper is woken, and nothing else
    ///   where that has made all other units needless: for sources in the order of a sort that
    ///   keeps few rows.
    /// - Returns: the sinks of all workers that did something; at least one.
    func run(startsAlone: Bool = false) throws(QueryError) -> [Work] {
        let sink = worker(0).sink
        if startsAlone, morsel(0), skipsRest(sink) { return [sink] }
        context.workers.run(slotCount: workers.count) { [self] slot in morsel(slot) }
        if let error = failure.withLock({ $0 }) { throw error }
        return workers.compactMap { $0?.sink }
    }

    private func skipsRest(_ sink: Work) -> Bool {
        let source = pipeline.source
        return (min(cursor.load(ordering: .relaxed), units.upperBound)..<units.upperBound)
            .allSatisfy { unit in sink.skips { source.zone(unit, $0) } }
    }

    private func worker(_ slot: Int) -> (pipeline: PipelineWorker, sink: Work) {
        if let worker = workers[slot] { return worker }
        let made = (PipelineWorker(pipeline), makeSink())
        workers[slot] = made
        return made
    }

    private func morsel(_ slot: Int) -> Bool {
        let start = cursor.add(Block.perMorsel, ordering: .relaxed).oldValue
        guard start < units.upperBound else { return false }
        do {
            let worker = worker(slot)
            for unit in start..<min(start + Block.perMorsel, units.upperBound) {
                try context.check()
                try worker.pipeline.run(unit: unit, into: worker.sink)
            }
            return true
        } catch {
            failure.withLock { if $0 == nil { $0 = error } }
            cursor.store(units.upperBound, ordering: .relaxed)
            return false
        }
    }
}
