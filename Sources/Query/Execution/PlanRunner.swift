import Segments
import Synchronization

/// Runs the nodes of an optimised plan.
struct PlanRunner {
    let context: QueryContext

    /// Takes a batch of rows; false for enough.
    typealias Emit = (RowBatch) throws(QueryError) -> Bool

    /// Runs a plan and hands its rows to `emit`, on the calling thread, until it has enough.
    func run(_ plan: LogicalPlan, _ emit: Emit) throws(QueryError) {
        try context.check()
        switch plan {
        case .scan, .values, .filter, .project, .unnest, .join, .union:
            try stream(plan, wanted: nil, emit)
        case .aggregate(let keys, let calls, let input):
            try aggregate(keys, calls, input, emit)
        case .distinct(let input):
            let types = input.types
            let keys = types.enumerated().map {
                BoundExpression.column(index: $0.offset, type: $0.element)
            }
            try aggregate(keys, [], input, emit)
        case .window(let calls, let input): try window(calls, input, emit)
        case .sort(let keys, let input): try sort(keys, input, limit: nil, offset: 0, emit)
        case .limit(let count?, let offset, .sort(let keys, let input)):
            let (limit, overflow) = count.addingReportingOverflow(offset)
            try sort(keys, input, limit: overflow ? nil : limit, offset: offset, emit)
        case .limit(let count, let offset, let input):
            try limit(count, offset, input, emit)
        }
    }

    /// All rows of a plan.
    func collect(_ plan: LogicalPlan) throws(QueryError) -> [RowBatch] {
        var batches: [RowBatch] = []
        try run(plan) { batch throws(QueryError) in
            try context.hold(batch.byteCount)
            batches.append(batch)
            return true
        }
        return batches
    }

    // MARK: - Pipelines

    /// The pipeline that ends with `plan`; what lies below a breaker is run first.
    ///
    /// - Parameter wanted: The columns that are asked for; nil for all.
    func pipeline(
        _ plan: LogicalPlan, wanted: Set<Int>? = nil
    ) throws(QueryError) -> Pipeline {
        var wanted = wanted
        var steps: [Pipeline.Step] = []
        var node = plan
        while true {
            switch node {
            case .filter(let condition, let input):
                wanted?.formUnion(condition.columnTypes.keys)
                steps.append(.filter(condition.conjuncts))
                node = input
            case .project(let expressions, let input):
                let read = wanted?.sorted() ?? Array(expressions.indices)
                wanted = Set(read.flatMap { expressions[$0].columnTypes.keys })
                steps.append(.project(expressions))
                node = input
            case .unnest(let array, let keepsEmpty, let input):
                wanted = wanted?.filter { $0 < input.types.count }.union(array.columnTypes.keys)
                steps.append(.expand(UnnestExpansion(array: array, keepsEmpty: keepsEmpty)))
                node = input
            case .join(let join, let left, let right):
                if let rows = try keptRows(join, left, right) {
                    return Pipeline(source: MemorySource(batches: rows), steps: steps.reversed())
                }
                let (probe, input) = try self.probe(join, left, right, wanted: wanted)
                wanted = wanted.map { probe.shape.readOfProbe($0) }
                steps.append(.expand(probe))
                node = input
            case .union(let inputs):
                var parts: [Pipeline] = []
                for input in inputs { parts.append(try pipeline(input)) }
                let source = UnionSource(parts, types: node.types)
                return Pipeline(source: source, steps: steps.reversed())
            case .scan(let scan):
                return Pipeline(
                    source: try TableSource(scan, context),
                    sourceFilter: scan.filter?.conjuncts ?? [], steps: steps.reversed())
            case .values(let rows, let types):
                let source = MemorySource(batches: Self.batches(rows, types))
                return Pipeline(source: source, steps: steps.reversed())
            case .aggregate(let keys, let calls, let input):
                let source = try groupSource(keys, calls, input)
                return Pipeline(source: source, steps: steps.reversed())
            default:
                let source = MemorySource(batches: try collect(node))
                return Pipeline(source: source, steps: steps.reversed())
            }
        }
    }

    private static func batches(_ rows: [[Value]], _ types: [LogicalType]) -> [RowBatch] {
        stride(from: 0, to: rows.count, by: Block.rowCount).map { start in
            let part = rows[start..<min(rows.count, start + Block.rowCount)]
            let columns = types.indices.map { index in
                let builder = ColumnBuilder(type: types[index])
                for row in part { builder.append(row[index]) }
                return builder.finish()
            }
            return RowBatch(rowCount: part.count, columns: columns)
        }
    }

    /// Runs a pipeline whose rows are the result: in waves of units, each twice the last, so that
    /// rows come out in order, memory stays bounded, and a small LIMIT reads little.
    private func stream(
        _ plan: LogicalPlan, wanted: Int?, _ emit: Emit
    ) throws(QueryError) {
        try stream(try pipeline(plan), wanted: wanted, emit)
    }

    private func stream(
        _ pipeline: Pipeline, wanted: Int?, _ emit: Emit
    ) throws(QueryError) {
        let unitCount = pipeline.source.unitCount
        let largest = 4 * Block.perMorsel * (context.workers.helperCount + 1)
        var start = 0
        var size = wanted == nil ? largest : 1
        while start < unitCount {
            let units = start..<min(unitCount, start + size)
            let collected = CollectedUnits()
            let run = ParallelRun(pipeline, units: units, context) {
                CollectSink(collected, context)
            }
            _ = try run.run()
            for batch in collected.inOrder() {
                try context.hold(-batch.byteCount)
                guard try emit(batch) else { return }
            }
            start = units.upperBound
            size = min(largest, size * 2)
        }
    }

    private func limit(
        _ count: Int?, _ offset: Int, _ input: LogicalPlan, _ emit: Emit
    ) throws(QueryError) {
        if count == 0 { return }
        var toSkip = offset
        var left = count ?? Int.max
        let cut: Emit = { batch throws(QueryError) in
            let skipped = min(toSkip, batch.rowCount)
            toSkip -= skipped
            let end = min(batch.rowCount, skipped.addingClamping(left))
            guard skipped < end else { return true }
            left -= end - skipped
            let part = batch.slice(skipped..<end)
            return try emit(part) && left > 0
        }
        switch input {
        case .scan, .values, .filter, .project, .unnest, .join, .union:
            try stream(input, wanted: count, cut)
        default: try run(input, cut)
        }
    }

    // MARK: - Breakers

    private func aggregate(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan, _ emit: Emit
    ) throws(QueryError) {
        if try aggregateFromRollup(keys, calls, input, emit) { return }
        switch try groups(keys, calls, input) {
        case .row(let row): _ = try emit(row)
        case .sink(let sink): try finish(sink, emit)
        case .partitions(let partitions):
            let source = GroupSource(partitions, columnCount: keys.count + calls.count)
            try stream(Pipeline(source: source, steps: []), wanted: nil, emit)
        }
    }

    /// The groups of an aggregation.
    enum Groups {
        /// The only one.
        case row(RowBatch)
        case sink(AggregateSink)
        /// Where they are many.
        case partitions([GroupPartition])
    }

    private func groups(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan
    ) throws(QueryError) -> Groups {
        if let parts = DistinctSeparation.separated(keys, calls, input) {
            return try groups(parts.keys, parts.calls, parts.input)
        }
        let read = keys + calls.flatMap { [$0.argument, $0.key, $0.filter].compactMap { $0 } }
        let pipeline = try pipeline(
            input, wanted: Set(read.flatMap { $0.columnTypes.keys.map { $0 } }))
        if keys.isEmpty, let sets = DistinctSets(calls) {
            return .row(try row(of: sets, pipeline))
        }
        let shared = SharedGroups(keys, calls, pipeline, context)
        let run = ParallelRun(pipeline, units: 0..<pipeline.source.unitCount, context) {
            AggregateSink(keys, calls, shared: shared, context)
        }
        return try merged(try run.run(), shared)
    }

    /// The groups of all workers.
    func merged(
        _ sinks: [AggregateSink], _ shared: SharedGroups
    ) throws(QueryError) -> Groups {
        if sinks.contains(where: \.isDivided) {
            let filters = sinks[0].callFilters
            let merge = PartitionedGroups(
                try taken(sinks), filters, try shared.layout(), context)
            try shared.account(context)
            let partitions = try merge.merged()
            try shared.account(context)
            return .partitions(partitions)
        }
        for other in sinks.dropFirst() {
            try context.check()
            try sinks[0].merge(other)
        }
        return .sink(sinks[0])
    }

    /// What workers have put aside, by partition.
    private func taken(_ sinks: [AggregateSink]) throws(QueryError) -> [PartitionParts] {
        var parts = [PartitionParts](repeating: PartitionParts(), count: RadixPartitions.count)
        for sink in sinks {
            for (partition, own) in try sink.takeParts().enumerated() {
                parts[partition].pieces += own.pieces
                parts[partition].chunks += own.chunks
            }
            try sink.release()
        }
        return parts
    }

    /// Groups as the source of a pipeline.
    private func groupSource(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan
    ) throws(QueryError) -> any UnitSource {
        var batches: [RowBatch] = []
        let keep: Emit = { batch throws(QueryError) in
            try context.hold(batch.byteCount)
            batches.append(batch)
            return true
        }
        let isAnswered = try aggregateFromRollup(keys, calls, input, keep)
        if !isAnswered {
            return try source(of: try groups(keys, calls, input), keys.count + calls.count)
        }
        return MemorySource(batches: batches)
    }

    /// Groups of so many columns as the source of a pipeline.
    func source(of groups: Groups, _ columnCount: Int) throws(QueryError) -> any UnitSource {
        switch groups {
        case .row(let row): return MemorySource(batches: [row])
        case .partitions(let partitions):
            return GroupSource(partitions, columnCount: columnCount)
        case .sink(let sink):
            var batches: [RowBatch] = []
            try finish(sink) { batch throws(QueryError) in
                try context.hold(batch.byteCount)
                batches.append(batch)
                return true
            }
            return MemorySource(batches: batches)
        }
    }

    private func finish(_ result: AggregateSink, _ emit: Emit) throws(QueryError) {
        for start in stride(from: 0, to: result.count, by: Block.rowCount) {
            try context.check()
            let range = start..<min(result.count, start + Block.rowCount)
            guard try emit(result.finish(range)) else { break }
        }
        try result.release()
    }

    private func sort(
        _ keys: [SortKey], _ input: LogicalPlan, limit: Int?, offset: Int, _ emit: Emit
    ) throws(QueryError) {
        var pipeline = try pipeline(input)
        let types = input.types
        let sourceColumn = limit == nil ? nil : keys.first?.expression.scanColumn(of: input)
        if let sourceColumn, let source = pipeline.source as? TableSource {
            pipeline.source = source.ordered(
                by: sourceColumn, isAscending: keys[0].isAscending)
        }
        let run = ParallelRun(pipeline, units: 0..<pipeline.source.unitCount, context) {
            SortSink(keys, types: types, limit: limit, sourceColumn: sourceColumn, context)
        }
        let sinks = try run.run(startsAlone: sourceColumn != nil)
        for other in sinks.dropFirst() { try sinks[0].merge(other) }
        try sinks[0].finish(offset: offset, emit)
    }
}

/// The output batches of a wave of units.
final class CollectedUnits: Sendable {
    private let batches = Mutex<[(unit: Int, batch: RowBatch)]>([])

    func add(_ batch: RowBatch, unit: Int) {
        batches.withLock { $0.append((unit, batch)) }
    }

    /// By ascending unit.
    func inOrder() -> [RowBatch] {
        batches.withLock { $0.sorted { $0.unit < $1.unit }.map(\.batch) }
    }
}

/// Keeps the rows that reach it, with the unit they came from.
final class CollectSink: Sink {
    private let collected: CollectedUnits
    private let context: QueryContext

    init(_ collected: CollectedUnits, _ context: QueryContext) {
        self.collected = collected
        self.context = context
    }

    func add(_ batch: Batch) throws(QueryError) {
        let rows = RowBatch(rowCount: batch.rowCount, columns: try batch.allColumns())
        try context.hold(rows.byteCount)
        collected.add(rows, unit: batch.unit)
    }
}

extension BoundExpression {
    /// The column of the scan below `plan` that the expression over the plan's columns is; nil
    /// where it is none, or where there is more than filters and projections between them.
    fileprivate func scanColumn(of plan: LogicalPlan) -> Int? {
        guard case .column(let index, _) = self else { return nil }
        switch plan {
        case .scan: return index
        case .filter(_, let input): return scanColumn(of: input)
        case .project(let expressions, let input):
            return expressions[index].scanColumn(of: input)
        default: return nil
        }
    }
}

extension Int {
    /// The sum, or the largest number where it does not fit.
    func addingClamping(_ other: Int) -> Int {
        let sum = addingReportingOverflow(other)
        return sum.overflow ? .max : sum.partialValue
    }
}
