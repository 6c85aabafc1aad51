import Segments

/// Which rows a merge leaves out: those that died before anything that can still be read, and those
/// that have expired.
struct LeftOutRows {
    private let table: TableSnapshot
    private let expiry: RowExpiry?
    private let oldestVersion: UInt64

    /// A segment of which more than one row in so many would be left out is written again.
    static let rewrittenShare = 5

    /// What merges of a table leave out.
    ///
    /// - Parameters:
    ///   - now: Microseconds since 1970.
    ///   - oldestVersion: Rows that died later are kept for who reads an older version; and so are
    ///     those whose death is in the log alone, so that a lost log takes no older row along.
    init(_ table: TableSnapshot, now: Int64, oldestVersion: UInt64) {
        self.table = table
        self.oldestVersion = min(oldestVersion, table.flushedLSN)
        expiry = RowExpiry(table.schema, now: now)
    }

    /// The rows of a segment that are left out, ascending.
    func rows(of reader: SegmentReader) throws(SegmentError) -> [Int32] {
        let dead = try deadRows(of: reader)
        let expired = try expiry?.expiredRows(of: reader) ?? []
        guard !dead.isEmpty else { return expired }
        guard !expired.isEmpty else { return dead }
        return Set(dead).union(expired).sorted()
    }

    /// Tombstones stay, dead as they are: they keep older rows of their key from coming back.
    private func deadRows(of reader: SegmentReader) throws(SegmentError) -> [Int32] {
        guard let dead = table.dead[reader.entry.id],
            let settled = dead.undone(after: max(oldestVersion, dead.forgottenLSN))
        else { return [] }
        let rows = settled.rows.members.map { Int32(bitPattern: $0) }
        let tombstone = table.schema.columns.first { $0.id == TableSchema.tombstoneColumnID }
        guard let tombstone, !rows.isEmpty else { return rows }
        let flags = try reader.rows(at: rows, columns: [tombstone]).columns[0]
        guard case .booleans(let values) = flags.values else { return rows }
        return rows.indices.filter { values[$0] == 0 }.map { rows[$0] }
    }

    /// Whether so many rows of a segment would be left out that it should be written again, or,
    /// where that is forced, any.
    ///
    /// Reads columns only where a first look leaves it open.
    func callForRewriting(_ segment: SegmentHandle, isForced: Bool) throws(SegmentError) -> Bool {
        let share = isForced ? segment.entry.rowCount + 1 : Self.rewrittenShare
        var most = table.dead[segment.entry.id]?.count ?? 0
        if let expiry, try expiry.part(of: segment) != .none { most = segment.entry.rowCount }
        guard most * share > segment.entry.rowCount else { return false }
        return try rows(of: segment.reader()).count * share > segment.entry.rowCount
    }
}
