import Segments

/// A snapshot's only table after the death of random rows, and what is left of it.
public struct KilledTable {
    /// The table with dead rows.
    public let snapshot: Snapshot
    /// The rows that live, segments' first, in the order of a scan.
    public let rows: [[Value]]
    /// How many died.
    public let deadCount: Int

    /// Kills rows of segments and live batches: of some none, of some a few, of some many or all.
    public init(_ whole: Snapshot, using generator: inout SeededGenerator) throws {
        let table = whole.tables[0]
        var living: [[Value]] = []
        var deadCount = 0
        func kill(_ batch: RowBatch, _ generator: inout SeededGenerator) -> DeadRows? {
            let percent = [0, 0, 3, 30, 60, 97, 100].randomElement(using: &generator) ?? 0
            var dead: [UInt32] = []
            for row in 0..<batch.rowCount {
                if Int.random(in: 0..<100, using: &generator) < percent {
                    dead.append(UInt32(row))
                } else {
                    living.append(batch.row(at: row))
                }
            }
            deadCount += dead.count
            return dead.isEmpty
                ? nil : DeadRows(RoaringBitmap(ascending: dead), forgottenLSN: 0)
        }
        var dead: [SegmentID: DeadRows] = [:]
        for segment in table.segments {
            let reader = try segment.reader()
            let batch = try reader.rows(
                at: Array(0..<Int32(reader.rowCount)), columns: table.schema.columns)
            dead[segment.entry.id] = kill(batch, &generator)
        }
        let live = table.live.map { batch in
            kill(batch.rows, &generator).map { batch.with(dead: $0) } ?? batch
        }
        let killed = TableSnapshot(
            schema: table.schema, segments: table.segments, live: live,
            flushedLSN: table.flushedLSN, rollups: table.rollups, keys: table.keys, dead: dead)
        snapshot = Snapshot(
            version: whole.version, manifestVersion: whole.manifestVersion, tables: [killed])
        rows = living
        self.deadCount = deadCount
    }
}
