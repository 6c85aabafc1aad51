import Segments

/// How a rollup answers an aggregation: which files of it are read, and which rows beside them.
///
/// ```
/// time   ····|─────────────|─────────────|─────────────|····
///            low                                    high
/// segments  [ cut: rows │ rollup ][ whole: rollup ][ rollup │ rows ]   live: rows
/// ```
struct RollupPlan {
    /// The rollup.
    let rollup: RollupSnapshot
    /// The aggregation over the rollup's rows, without conditions on the time.
    let keys: [BoundExpression]
    let conditions: [BoundExpression]
    let calls: [RollupCall]
    /// The aggregation over the table's rows.
    let aggregation: TableAggregation
    /// The whole steps within the wanted times; `nil` where there are none.
    let inner: TimeBounds?
    /// Segments whose rows are all within the wanted times: their rollup is read.
    private(set) var whole: [SegmentHandle] = []
    /// Segments with rows on both sides: of whole steps the rollup is read, of the rest the rows.
    private(set) var cut: [SegmentHandle] = []
    /// Segments of which rows are read.
    private(set) var others: [SegmentHandle] = []
    /// The table.
    let table: TableSnapshot

    /// When the query began.
    let now: Int64

    /// A plan that reads whatever the rollup has.
    ///
    /// - Throws: where the rollup does not cover the aggregation.
    init(
        _ aggregation: TableAggregation, _ rollup: RollupSnapshot, _ table: TableSnapshot,
        now: Int64
    ) throws(RollupMiss) {
        self.now = now
        let expiry = RowExpiry(table.schema, now: now)
        let isAfterEpoch = table.segments.allSatisfy { $0.entry.minimumTime >= 0 }
        let rewriting = RollupRewriting(aggregation, rollup, isAfterEpoch: isAfterEpoch)
        let (bounds, rest) = TimeBounds.split(
            aggregation.scan.filter?.conjuncts ?? [], timeIndex: aggregation.timeIndex)
        var keys: [BoundExpression] = []
        for key in aggregation.keys { keys.append(try rewriting.rewritten(key)) }
        var conditions: [BoundExpression] = []
        for condition in rest { conditions.append(try rewriting.rewritten(condition)) }
        var calls: [RollupCall] = []
        for call in aggregation.calls { calls.append(try RollupCall(call, rewriting)) }
        (self.keys, self.conditions, self.calls) = (keys, conditions, calls)
        self.aggregation = aggregation
        self.rollup = rollup
        self.table = table
        inner = rollup.rollup.stepMicroseconds.flatMap { bounds.aligned(to: $0) }
        for segment in table.segments {
            let entry = segment.entry
            // A rollup knows nothing of rows that have died or expired since it was made.
            let isWhole = table.dead[entry.id] == nil && expiry.hidesNothing(of: segment)
            if rollup.files[entry.id] == nil || !isWhole || !bounds.overlap(entry) {
                others.append(segment)
            } else if bounds.contain(entry) {
                whole.append(segment)
            } else if inner?.overlap(entry) == true {
                cut.append(segment)
            } else {
                others.append(segment)
            }
        }
        guard !whole.isEmpty || !cut.isEmpty else {
            throw RollupMiss(reason: "no segment within the times wanted has its file of it")
        }
    }

    // MARK: Scans

    /// The scan of the rollups of whole segments.
    var wholeScan: (TableScan, TableSnapshot) {
        (scan(conditions), files(of: whole))
    }

    /// The scan of the whole steps of cut segments.
    var cutScan: (TableScan, TableSnapshot) {
        var conditions = conditions
        if let inner, let position = rollup.rollup.timeDimension {
            let time = BoundExpression.column(index: position, type: .timestamp)
            conditions += [
                .compare(.greaterOrEqual, time, .literal(.timestamp(inner.low), .timestamp)),
                .compare(.lessOrEqual, time, .literal(.timestamp(inner.high), .timestamp)),
            ]
        }
        return (scan(conditions), files(of: cut))
    }

    /// The scans of cut segments' rows before and behind whole steps.
    var edgeScans: [(TableScan, TableSnapshot)] {
        guard let inner, let timeIndex = aggregation.timeIndex else { return [] }
        let time = BoundExpression.column(index: timeIndex, type: .timestamp)
        func edge(_ comparison: Comparison, _ bound: Int64) -> TableScan {
            var scan = aggregation.scan
            let outside = BoundExpression.compare(
                comparison, time, .literal(.timestamp(bound), .timestamp))
            scan.filter = .conjunction([outside] + (scan.filter?.conjuncts ?? []))
            return scan
        }
        let before = cut.filter { $0.entry.minimumTime < inner.low }
        let behind = cut.filter { $0.entry.maximumTime > inner.high }
        return [
            (edge(.less, inner.low), table.part(segments: before, live: [])),
            (edge(.greater, inner.high), table.part(segments: behind, live: [])),
        ]
    }

    /// The scan of all other rows.
    var otherScan: (TableScan, TableSnapshot) {
        (aggregation.scan, table.part(segments: others, live: table.live))
    }

    private func scan(_ conditions: [BoundExpression]) -> TableScan {
        TableScan(
            table: rollup.schema, columns: Array(rollup.schema.columns.indices),
            filter: .conjunction(conditions))
    }

    private func files(of segments: [SegmentHandle]) -> TableSnapshot {
        TableSnapshot(
            schema: rollup.schema, segments: segments.compactMap { rollup.files[$0.entry.id] },
            live: [], flushedLSN: table.flushedLSN)
    }
}

/// The rollup that answers an aggregation from the fewest rows, and why others do not.
struct RollupChoice {
    /// What to read; `nil` for the rows.
    private(set) var chosen: PrunedRollupPlan?
    /// Of each rollup that is not chosen, by name, why.
    private(set) var misses: [(name: String, reason: String)] = []
    /// How many rows answer the aggregation without a rollup.
    private(set) var rowCount = 0

    /// Rollups' rows are wider than the table's, and joining partial results takes time, too: a
    /// rollup is taken where it leaves at most three rows of four to read.
    private static let worthwhile = (numerator: 3, denominator: 4)

    /// Looks at all rollups of the table.
    ///
    /// - Throws: where a segment that cannot be pruned cannot be opened.
    init(
        _ aggregation: TableAggregation, _ table: TableSnapshot, now: Int64
    ) throws(QueryError) {
        guard !table.rollups.isEmpty else { return }
        var candidates: [PrunedRollupPlan] = []
        for rollup in table.rollups {
            do throws(RollupMiss) {
                let plan = try RollupPlan(aggregation, rollup, table, now: now)
                candidates.append(try Self.pruned(plan))
            } catch {
                misses.append((rollup.rollup.name, error.reason))
            }
        }
        guard !candidates.isEmpty else { return }
        rowCount = try ScanPruning(aggregation.scan, over: table, now: now).rowCount
        candidates.sort { $0.rowCount < $1.rowCount }
        let (numerator, denominator) = Self.worthwhile
        if candidates[0].rowCount * denominator <= rowCount * numerator {
            chosen = candidates.removeFirst()
        }
        for other in candidates {
            misses.append(
                (
                    other.plan.rollup.rollup.name,
                    "it takes \(other.rowCount) rows, "
                        + (chosen.map { "\($0.plan.rollup.rollup.name) \($0.rowCount)" }
                            ?? "the table \(rowCount)")
                ))
        }
    }

    /// A rollup's file that cannot be opened makes its rollup miss, never the query fail.
    private static func pruned(_ plan: RollupPlan) throws(RollupMiss) -> PrunedRollupPlan {
        do throws(QueryError) { return try PrunedRollupPlan(plan) } catch {
            throw RollupMiss(reason: error.message)
        }
    }
}

/// A plan with the blocks that its scans read.
struct PrunedRollupPlan {
    let plan: RollupPlan
    /// Of the rollup: whole segments, then cut ones.
    let rollupParts: [(scan: TableScan, pruning: ScanPruning)]
    /// Of the rows: the edges of cut segments, then all others.
    let rowParts: [(scan: TableScan, pruning: ScanPruning)]
    /// How many rows are in what is read.
    let rowCount: Int

    init(_ plan: RollupPlan) throws(QueryError) {
        self.plan = plan
        func pruned(
            _ parts: [(TableScan, TableSnapshot)]
        ) throws(QueryError) -> [(scan: TableScan, pruning: ScanPruning)] {
            var result: [(scan: TableScan, pruning: ScanPruning)] = []
            for (scan, table) in parts where !(table.segments.isEmpty && table.live.isEmpty) {
                result.append((scan, try ScanPruning(scan, over: table, now: plan.now)))
            }
            return result
        }
        rollupParts = try pruned([plan.wholeScan, plan.cutScan])
        rowParts = try pruned(plan.edgeScans + [plan.otherScan])
        rowCount = (rollupParts + rowParts).reduce(0) { $0 + $1.pruning.rowCount }
    }

    /// What there is of the table, and what need not be read of it.
    var statistics: QueryStatistics {
        var sum = QueryStatistics()
        for part in rollupParts + rowParts {
            sum.blocksPruned += part.pruning.statistics.blocksPruned
            sum.segmentsPruned += part.pruning.statistics.segmentsPruned
        }
        sum.rowsTotal = plan.table.rowCount
        sum.segmentsTotal = plan.table.segments.count
        sum.segmentsPruned = min(sum.segmentsPruned, sum.segmentsTotal)
        return sum
    }
}

extension ScanPruning {
    /// Rows in the units that are left.
    var rowCount: Int { units.reduce(0) { $0 + $1.rowCount } }
}

extension RowExpiry? {
    /// Whether no row of a segment has expired; one that cannot be opened may have such rows.
    fileprivate func hidesNothing(of segment: SegmentHandle) -> Bool {
        guard let self else { return true }
        do throws(SegmentError) { return try self.part(of: segment) == .none } catch {
            return false
        }
    }
}
