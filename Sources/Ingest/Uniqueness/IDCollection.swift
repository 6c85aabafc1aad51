import Segments

/// Collects the ids of rows for a run, in little memory: what comes together is packed from time to
/// time.
struct IDCollection {
    /// Hashes that are packed together; 32 MiB, and as much to sort them.
    static let partCount = 1 << 22

    private let seed: UInt64
    private var facts: IDRunFacts
    private var hashes: [UInt64] = []
    private var parts: [IDRun] = []

    /// Nothing yet, of the rows in (`afterLSN`, `throughLSN`].
    init(databaseID: UInt128, tableID: TableID, afterLSN: UInt64, throughLSN: UInt64) {
        seed = IDHash.seed(of: databaseID)
        facts = IDRunFacts(
            databaseID: databaseID, tableID: tableID, afterLSN: afterLSN, throughLSN: throughLSN,
            bounds: .none)
    }

    /// Adds hashes of ids that lie between bounds.
    mutating func add(_ more: [UInt64], within bounds: KeyBounds) {
        facts.bounds.add(bounds)
        hashes.append(contentsOf: more)
        if hashes.count >= Self.partCount { pack() }
    }

    /// Adds all ids of a segment.
    mutating func add(
        _ segment: SegmentReader, _ definition: ColumnDefinition
    ) throws(SegmentError) {
        let bounds = KeyBounds(segment.zoneMap(of: definition))
        for block in 0..<segment.blockCount {
            let ids = try segment.column(definition, block: block)
            add(IDHash.hashes(of: ids, seed: seed), within: bounds)
        }
    }

    private mutating func pack() {
        parts.append(IDRun(facts, sorting: &hashes))
        hashes = []
    }

    /// The run: in memory where it is small, else written.
    mutating func finish(_ fileSystem: any FileSystem) throws(IDRunError) -> IDRun {
        if parts.isEmpty || !hashes.isEmpty { pack() }
        guard parts.count > 1 else { return parts[0] }
        return try IDRun.write(parts, to: IDRunFiles.path(of: facts), fileSystem)
    }
}
