import Segments

/// Committing rows of state tables.
extension CommitCore {
    /// Decides one request, adds its record to the group, and its rows to the keys that are known.
    ///
    /// - Parameter time: That of the state of requests.
    func decideState(
        _ request: CommitRequest, _ index: Int, _ table: TableSnapshot, _ time: Int64,
        _ entries: inout [LogWriter.Entry]
    ) throws(IngestError) -> Decided {
        let schema = table.schema
        let now = clock.wallMicroseconds()
        // Taken out, so that adding rows changes it in place: whoever else has it is gone by then.
        var state = states.removeValue(forKey: schema.id) ?? StateTable(schema)
        defer { states[schema.id] = state }
        var decision = try StateDecider(
            request.events, request.row, in: table, state, now: now
        ).run(isSingle: request.row != nil)
        if request.onError == .abort, !decision.rejections.isEmpty {
            throw .aborted(decision.rejections)
        }
        let refused = (request.events.rejections + decision.rejections)
            .sorted { $0.line < $1.line }
        decision.counts.rejected = refused.count
        var facts = RequestFacts(
            origin: request.origin, table: schema.id, time: time,
            lateRowCount: lateRowCount(decision.kept, schema))
        let rejected = try letters(
            of: request, refused: refused, position: entries.count, &facts)
        let record = Self.record(
            request, decision.kept, rejected, rejects, decision.counts, facts)
        if let record, record.payload.count > log.maximumPayloadByteCount {
            throw .limitExceeded(
                limit: "bytes of a log record", value: log.maximumPayloadByteCount)
        }
        var undo: CommitState.Undo?
        if let record {
            entries.append(record)
            undo = self.state.apply(
                facts, counts: decision.counts, lsn: log.lastLSN + UInt64(entries.count))
        }
        if decision.kept.rowCount > 0 {
            state.add(
                decision.kept, hashes: decision.hashes,
                lsn: log.lastLSN + UInt64(entries.count))
        }
        return Decided(
            index: index, schema: schema, kept: decision.kept, rejected: rejected,
            counts: decision.counts, refused: refused,
            record: record == nil ? nil : entries.count - 1, undo: undo,
            replaced: decision.replaced, tombstones: decision.tombstones, tag: decision.tag)
    }
}

extension TableDeaths {
    /// Adds what the rows of a request kill: those they replace, and the tombstones among them.
    mutating func add(
        _ replaced: [KeyHolder.Place], _ tombstones: [UInt32], at lsn: UInt64
    ) {
        for place in replaced {
            switch place {
            case .nowhere, .pending: continue
            case .live(let born, let row):
                kill(UInt32(truncatingIfNeeded: row), liveSince: born, at: lsn)
            case .segment(let segment, let row):
                kill(UInt32(truncatingIfNeeded: row), of: segment, at: lsn)
            }
        }
        for row in tombstones { kill(row, liveSince: lsn, at: lsn) }
    }
}

extension StateTable {
    /// Adds rows as a log record has them: each replaces what is there of its key, whatever that
    /// says.
    ///
    /// - Parameter table: As it was before the record.
    /// - Returns: What dies.
    mutating func replay(
        _ batch: RowBatch, lsn: UInt64, in table: TableSnapshot
    ) throws(SegmentError) -> TableDeaths {
        let rows = StateRows(batch, nil, schema)
        let replaced = try KeyHolders(rows, in: table, self).holders
            .filter(\.isThere).map(\.place)
        let tombstones = (0..<rows.count).filter { rows.isTombstone($0) }
            .map { UInt32(truncatingIfNeeded: $0) }
        var deaths = TableDeaths()
        deaths.add(replaced, tombstones, at: lsn)
        add(batch, hashes: rows.hashes, lsn: lsn)
        return deaths
    }
}
