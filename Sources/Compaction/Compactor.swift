import Segments

/// Looks for fragments and expired segments and deals with them, one pass at a time.
///
/// A pass never runs beside another. A chunk whose merge failed is left alone for a while, longer
/// with each failure, so that a damaged segment costs a little and not everything.
public final class Compactor: Sendable {
    private let catalog: Catalog
    private let policy: CompactionPolicy
    private let clock: any Clock
    private let cancellation = Cancellation()
    private let state: Monitor<State>

    private struct State {
        var status = CompactionStatus()
        var failures: [ChunkKey: ChunkFailure] = [:]
    }

    private struct ChunkKey: Hashable {
        let table: TableID
        let chunk: TimeRange
    }

    private struct ChunkFailure {
        var count = 0
        var retryAtNanoseconds: UInt64 = 0
    }

    /// A chunk that failed once rests this long, then twice as long, up to 64 times.
    private static let firstRestNanoseconds: UInt64 = 60_000_000_000
    /// Merges of one pass over one chunk; each makes the chunk smaller, so this is never reached.
    private static let maximumRounds = 64

    /// A compactor of everything in `catalog`.
    public init(catalog: Catalog, policy: CompactionPolicy, clock: any Clock) {
        self.catalog = catalog
        self.policy = policy
        self.clock = clock
        state = Monitor(State())
    }

    /// What has been done so far.
    public var status: CompactionStatus { state.withLock { $0.status } }

    /// Ends a running pass at the next block; later passes do nothing.
    public func stop() { cancellation.cancel() }

    /// Looks at every table, or at one, and merges and retires what the policies say.
    ///
    /// - Parameters:
    ///   - tableID: The only table to look at; `nil` for all.
    ///   - isForced: Merge whatever can be merged, and do not wait out failures.
    /// - Returns: What was found and done. Waits for a pass that is running.
    @discardableResult
    public func run(table tableID: TableID? = nil, isForced: Bool = false) -> CompactionReport {
        _ = state.wait { state in
            if state.status.isRunning { return nil as Bool? }
            state.status.isRunning = true
            return true
        }
        var report = CompactionReport(startedMicroseconds: clock.wallMicroseconds())
        for table in catalog.snapshot.tables
        where tableID == nil || table.schema.id == tableID {
            if cancellation.isCancelled { break }
            retire(table, &report)
            merge(table.schema.id, isForced: isForced, &report)
            buildRollups(table.schema.id, isForced: isForced, &report)
        }
        report.garbage = catalog.collectGarbage(clock: clock)
        state.update { $0.status.finish(report) }
        return report
    }

    private func merge(_ id: TableID, isForced: Bool, _ report: inout CompactionReport) {
        for round in 0..<Self.maximumRounds {
            guard let table = catalog.snapshot.table(id) else { return }
            if round == 0 { countLeftAlone(table, isForced: isForced, &report) }
            let now = clock.wallMicroseconds()
            let plans = policy.plans(for: table, isForced: isForced, wallMicroseconds: now).filter {
                isForced || isRested(ChunkKey(table: id, chunk: $0.chunk))
            }
            var didMerge = false
            for plan in plans {
                if cancellation.isCancelled { return }
                didMerge = carryOut(plan, now: now, &report) || didMerge
            }
            guard didMerge else { return }
        }
    }

    private func carryOut(
        _ plan: CompactionPlan, now: Int64, _ report: inout CompactionReport
    ) -> Bool {
        let started = clock.steadyNanoseconds()
        var merge = CompactionReport.Merge(
            table: plan.schema.name, chunk: plan.chunk, reason: plan.reason,
            inputs: plan.inputs.map(\.id), outputs: [],
            rowCount: plan.inputs.reduce(0) { $0 + $1.rowCount }, elapsedNanoseconds: 0)
        do throws(CompactionError) {
            merge.outputs = try SegmentMerger(
                catalog: catalog, cancellation: cancellation, now: now
            ).run(plan).map(\.id)
        } catch {
            merge.failure = error
        }
        merge.elapsedNanoseconds = clock.steadyNanoseconds() - started
        report.merges.append(merge)
        note(ChunkKey(table: plan.schema.id, chunk: plan.chunk), failed: merge.failure != nil)
        return merge.failure == nil
    }

    /// Makes the rollups that segments lack, a batch at a time.
    private func buildRollups(_ id: TableID, isForced: Bool, _ report: inout CompactionReport) {
        let builder = RollupBuilder(catalog: catalog, cancellation: cancellation)
        for rollup in catalog.snapshot.table(id)?.rollups.map(\.rollup) ?? [] {
            let key = ChunkKey(table: rollup.id, chunk: .everything)
            guard isForced || isRested(key) else { continue }
            var build = CompactionReport.RollupBuild(rollup: rollup.name, segmentCount: 0)
            while build.failure == nil, !cancellation.isCancelled,
                let table = catalog.snapshot.table(id),
                let current = table.rollups.first(where: { $0.rollup.id == rollup.id })
            {
                let missing = RollupBuilder.missing(current, in: table)
                if missing.isEmpty { break }
                do throws(CompactionError) {
                    try builder.build(rollup, of: missing, table: table.schema)
                    build.segmentCount += missing.count
                } catch {
                    build.failure = error
                }
            }
            if build.failure == .cancelled { return }
            note(key, failed: build.failure != nil)
            if build.segmentCount > 0 || build.failure != nil { report.rollups.append(build) }
        }
    }

    private func retire(_ table: TableSnapshot, _ report: inout CompactionReport) {
        let expired = RetentionPolicy.expired(
            in: table, wallMicroseconds: clock.wallMicroseconds())
        guard !expired.isEmpty else { return }
        var edit = ManifestEdit()
        edit.removedSegments = expired.map(\.id)
        do throws(CatalogError) {
            try catalog.publish(edit)
            report.expired += edit.removedSegments
        } catch {
            report.failures.append(.catalog(error))
        }
    }

    private func countLeftAlone(
        _ table: TableSnapshot, isForced: Bool, _ report: inout CompactionReport
    ) {
        for entries in Dictionary(grouping: table.segments.map(\.entry), by: \.chunk).values {
            if case .leave(let reason) = policy.decide(entries, isForced: isForced) {
                report.leftAlone[reason, default: 0] += 1
            }
        }
    }

    private func isRested(_ key: ChunkKey) -> Bool {
        let now = clock.steadyNanoseconds()
        return state.withLock { ($0.failures[key]?.retryAtNanoseconds ?? 0) <= now }
    }

    private func note(_ key: ChunkKey, failed: Bool) {
        let now = clock.steadyNanoseconds()
        state.withLock { state in
            guard failed else {
                state.failures[key] = nil
                return
            }
            var failure = state.failures[key] ?? ChunkFailure()
            let rest = Self.firstRestNanoseconds << UInt64(min(failure.count, 6))
            failure.count += 1
            failure.retryAtNanoseconds = now + rest
            state.failures[key] = failure
        }
    }
}
