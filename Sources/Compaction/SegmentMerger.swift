import Segments

/// Carries out one plan: reads its inputs, writes their rows as fewer segments, compares control
/// totals, and publishes inputs out and outputs in, in one step.
///
/// Readers and writers are not disturbed: inputs stay visible until the swap, and rows that arrive
/// meanwhile are in other segments. Rows of the inputs that die meanwhile are dead in the outputs.
/// Any error leaves the inputs published and removes the outputs.
struct SegmentMerger {
    let catalog: Catalog
    let cancellation: Cancellation
    /// When the pass began, in microseconds: what has expired by then is left out.
    var now = Int64.min
    /// Rows that died later are kept.
    var oldestVersion = UInt64.max

    /// The rows of a merge's inputs.
    private struct Inputs {
        var parts: [RowSelection] = []
        var origins: [RowMove.Part] = []
        /// Of the rows that are not left out.
        var totals = ControlTotals()
    }

    /// Merges and publishes.
    ///
    /// - Returns: The new segments.
    /// - Complexity: O(rows), all of which are in memory once; the policy bounds them.
    func run(_ plan: CompactionPlan) throws(CompactionError) -> [SegmentEntry] {
        let inputs = try read(plan)
        let rows = RowOrder.traced(inputs.parts, schema: plan.schema.stored)
        var outputs: [SegmentEntry] = []
        do throws(CompactionError) {
            try write(rows.batch, plan, into: &outputs)
            try plan.checkTotals(of: outputs, expecting: inputs.totals)
            let move = RowMove(
                inputs.origins, order: rows.order, outputs: outputs.map { ($0.id, $0.rowCount) })
            outputs += try rollups(of: outputs)
            try publish(plan, outputs, move)
        } catch {
            if case .catalog(.unknownOutcome) = error { throw error }
            for output in outputs { removeOutput(output.path) }
            throw error
        }
        return outputs.filter { $0.sourceID == nil }
    }

    /// The rollups of the outputs. One that cannot be written is left to a later pass.
    private func rollups(
        of outputs: [SegmentEntry]
    ) throws(CompactionError) -> [SegmentEntry] {
        var written: [SegmentEntry] = []
        // The table may have changed since the plan was made: rollups and schema are of one moment.
        guard let id = outputs.first?.tableID, let table = catalog.snapshot.table(id) else {
            return []
        }
        for rollup in table.rollups {
            for output in outputs {
                if cancellation.isCancelled {
                    for entry in written { removeOutput(entry.path) }
                    throw .cancelled
                }
                let id = catalog.reserveSegmentID()
                do throws(SegmentError) {
                    let source = try SegmentReader(fileSystem: catalog.fileSystem, entry: output)
                    written.append(
                        try RollupWriter(fileSystem: catalog.fileSystem)
                            .write(rollup.rollup, of: source, table: table.schema, as: id))
                } catch {
                    removeOutput(SegmentEntry.path(of: id))
                }
            }
        }
        return written
    }

    /// The rows of all inputs that are not left out, block by block, older inputs first, and what
    /// they add up to.
    private func read(_ plan: CompactionPlan) throws(CompactionError) -> Inputs {
        var inputs = Inputs()
        guard let table = catalog.snapshot.table(plan.schema.id) else {
            throw .catalog(.unknownTableID(plan.schema.id))
        }
        let leftOut = LeftOutRows(table, now: now, oldestVersion: oldestVersion)
        for entry in plan.inputs.sorted(by: { ($0.firstLSN, $0.id) < ($1.firstLSN, $1.id) }) {
            do throws(SegmentError) {
                let reader = try SegmentReader(fileSystem: catalog.fileSystem, entry: entry)
                let batches = try rowBatches(of: reader, under: plan.schema.stored)
                inputs.totals.add(try totals(of: batches, from: reader, plan.schema.stored))
                add(batches, of: entry, without: try leftOut.rows(of: reader), plan, to: &inputs)
            } catch {
                throw .segment(error)
            }
            if cancellation.isCancelled { throw .cancelled }
        }
        return inputs
    }

    /// Adds the blocks of one input; the totals of the rows that are left out are taken away.
    private func add(
        _ batches: [RowBatch], of entry: SegmentEntry, without leftOut: [Int32],
        _ plan: CompactionPlan, to inputs: inout Inputs
    ) {
        guard !leftOut.isEmpty else {
            inputs.parts += batches.map { RowSelection(batch: $0) }
            inputs.origins.append(RowMove.Part(.segment(entry.id), rowCount: entry.rowCount))
            return
        }
        var kept: [Int32] = []
        var next = 0
        var first: Int32 = 0
        for batch in batches {
            var (gone, rows): ([Int32], [Int32]) = ([], [])
            for row in 0..<Int32(truncatingIfNeeded: batch.rowCount) {
                if next < leftOut.count, leftOut[next] == first + row {
                    gone.append(row)
                    next += 1
                } else {
                    rows.append(row)
                }
            }
            if !gone.isEmpty {
                inputs.totals.subtract(
                    ControlTotals(of: batch.gather(gone), schema: plan.schema.stored))
            }
            kept += rows.map { first + $0 }
            inputs.parts.append(RowSelection(batch: batch, rows: gone.isEmpty ? nil : rows))
            first += Int32(truncatingIfNeeded: batch.rowCount)
        }
        inputs.origins.append(
            RowMove.Part(.segment(entry.id), rows: kept, rowCount: kept.count))
    }

    /// A segment's rows as those of a schema; fewer where the work was cancelled.
    private func rowBatches(
        of reader: SegmentReader, under schema: TableSchema
    ) throws(SegmentError) -> [RowBatch] {
        var batches: [RowBatch] = []
        for block in 0..<reader.blockCount where !cancellation.isCancelled {
            var columns: [Column] = []
            for definition in schema.columns {
                columns.append(try reader.column(definition, block: block))
            }
            batches.append(
                RowBatch(rowCount: reader.rowRange(ofBlock: block).count, columns: columns))
        }
        return batches
    }

    /// The totals of a segment's rows under a schema: those that the manifest lists, or, where the
    /// segment was written under other columns, counted anew, after its own were found right.
    private func totals(
        of batches: [RowBatch], from reader: SegmentReader, _ schema: TableSchema
    ) throws(SegmentError) -> ControlTotals {
        guard !reader.schema.hasStoredColumns(of: schema), !cancellation.isCancelled else {
            return reader.entry.totals
        }
        let own = try rowBatches(of: reader, under: reader.schema)
        let found = Self.sum(own, reader.schema)
        guard found == reader.entry.totals || cancellation.isCancelled else {
            throw .damaged(
                SegmentDamage(
                    path: reader.path, byteOffset: 0,
                    expected: "control totals \(reader.entry.totals)", found: "\(found)"))
        }
        return Self.sum(batches, schema)
    }

    private static func sum(_ batches: [RowBatch], _ schema: TableSchema) -> ControlTotals {
        batches.reduce(into: ControlTotals()) { $0.add(ControlTotals(of: $1, schema: schema)) }
    }

    /// Writes the rows as evenly cut segments, which `outputs` lists so that they can be removed.
    /// Their names become durable in `publish`, the only place that may judge a failed sync.
    private func write(
        _ rows: RowBatch, _ plan: CompactionPlan, into outputs: inout [SegmentEntry]
    ) throws(CompactionError) {
        guard rows.rowCount > 0 else { return }
        let count = max(1, (rows.rowCount + plan.targetRowCount - 1) / plan.targetRowCount)
        let writer = SegmentWriter(fileSystem: catalog.fileSystem)
        for index in 0..<count {
            if cancellation.isCancelled { throw .cancelled }
            let range = rows.rowCount * index / count..<rows.rowCount * (index + 1) / count
            let description = SegmentDescription(
                id: catalog.reserveSegmentID(), chunk: plan.chunk,
                level: (plan.inputs.map(\.level).max() ?? 0) + 1,
                firstLSN: plan.inputs.map(\.firstLSN).min() ?? 0,
                lastLSN: plan.inputs.map(\.lastLSN).max() ?? 0)
            do throws(SegmentError) {
                outputs.append(
                    try writer.write(
                        rows.slice(range), schema: plan.schema.stored, as: description))
            } catch {
                removeOutput(SegmentEntry.path(of: description.id))
                throw .segment(error)
            }
        }
    }

    private func publish(
        _ plan: CompactionPlan, _ outputs: [SegmentEntry], _ move: RowMove
    ) throws(CompactionError) {
        var edit = ManifestEdit()
        edit.moves[plan.schema.id] = [move]
        edit.addedSegments = outputs
        edit.removedSegments = plan.inputs.map(\.id)
        do throws(CatalogError) {
            try catalog.publish(edit)
        } catch {
            throw .catalog(error)
        }
    }

    private func removeOutput(_ path: String) { catalog.removeUnpublished(path) }
}

extension TableSchema {
    /// Whether rows of both have the same columns, the system's aside.
    fileprivate func hasStoredColumns(of other: TableSchema) -> Bool {
        func stored(_ schema: TableSchema) -> [UInt32: LogicalType] {
            schema.columns.filter { !$0.isHidden }.reduce(into: [:]) { $0[$1.id] = $1.type }
        }
        return stored(self) == stored(other)
    }
}
