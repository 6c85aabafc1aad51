import Synchronization

/// The segments of a table as a look-up by key sees them: bounds and key tables side by side, so
/// that a segment without the key costs a comparison or a cache line, without a lock and an
/// allocation.
///
/// Immutable but for what is prepared at the first look-up in a column; shared by successive
/// snapshots as long as the segments are the same.
public final class KeyDirectory: Sendable {
    private let segments: [SegmentHandle]
    private let columns: [Slot]
    /// The primary key that no column's index is over.
    private let wholeKey: Slot?
    private let entries = Mutex<[UInt32: EntryNumbers]>([:])

    /// What is known about a key column in every segment, once somebody wanted it.
    private final class Slot: Sendable {
        let columnID: UInt32
        /// The column by whose values segments are ruled out.
        let boundsID: UInt32
        let prepared = AtomicLazyReference<KeyDirectoryColumn>()

        init(_ columnID: UInt32, boundsID: UInt32) {
            self.columnID = columnID
            self.boundsID = boundsID
        }

        func column(_ segments: [SegmentHandle]) throws(SegmentError) -> KeyDirectoryColumn {
            if let prepared = prepared.load() { return prepared }
            // Two threads may prepare it; both get the same object.
            return prepared.storeIfNil(
                try KeyDirectoryColumn(segments, columnID: columnID, boundsID: boundsID))
        }
    }

    /// A directory of segments of a table; nothing is opened yet.
    init(_ segments: [SegmentHandle], schema: TableSchema) {
        self.segments = segments
        columns = schema.keyIndexColumns.map { index in
            Slot(schema.columns[index].id, boundsID: schema.columns[index].id)
        }
        wholeKey = schema.wholeKeyColumn.map { index in
            Slot(schema.columns[index].id, boundsID: schema.columns[schema.primaryKey[0]].id)
        }
    }

    /// The primary key of a state table, prepared.
    ///
    /// - Parameter schema: That of the snapshot.
    /// - Precondition: the table has a primary key.
    public func primaryKey(
        _ schema: TableSchema
    ) throws(SegmentError) -> KeyDirectoryColumn {
        if let wholeKey { return try wholeKey.column(segments) }
        return try column(schema.columns[schema.primaryKey[0]].id)
    }

    /// The numbers of a column's dictionary entries.
    public func entryNumbers(columnID: UInt32) -> EntryNumbers {
        entries.withLock { entries in
            if let known = entries[columnID] { return known }
            let numbers = EntryNumbers(segments, columnID: columnID)
            entries[columnID] = numbers
            return numbers
        }
    }

    /// The column's part, if somebody has wanted it before.
    public func preparedColumn(_ columnID: UInt32) -> KeyDirectoryColumn? {
        for slot in columns where slot.columnID == columnID { return slot.prepared.load() }
        return nil
    }

    /// The column's part, prepared.
    ///
    /// Opens every segment at the first call.
    ///
    /// - Precondition: the table has a key index on the column.
    public func column(_ columnID: UInt32) throws(SegmentError) -> KeyDirectoryColumn {
        for slot in columns where slot.columnID == columnID {
            return try slot.column(segments)
        }
        preconditionFailure("column \(columnID) has no key index")
    }
}

/// A key as segments are asked for it.
public struct KeyProbe: Sendable {
    let hash: UInt64
    /// The key's first 16 bytes, or its integer, in the order of keys.
    let prefix: UInt128

    /// `nil` for NULL, which no index has, and for values that are no keys.
    public init?(_ key: Value) {
        guard let hash = KeyHash.hash(of: key) else { return nil }
        self.hash = hash
        switch key {
        case .bigint(let integer): prefix = Self.prefix(of: integer)
        case .varchar(let text): prefix = Self.prefix(of: text.bytes.span)
        default: return nil
        }
    }

    /// An integer, moved so that unsigned order is its order.
    static func prefix(of integer: Int64) -> UInt128 {
        UInt128(UInt64(bitPattern: integer) ^ 1 << 63)
    }

    /// The first 16 bytes, the first the most significant, zeros behind the end.
    ///
    /// ∀ a ≤ b: `prefix(a) ≤ prefix(b)`; different strings may have the same.
    static func prefix(of bytes: Span<UInt8>) -> UInt128 {
        if bytes.count >= 16 {
            return UInt128(Hashing.load64(bytes, 0).bigEndian) << 64
                | UInt128(Hashing.load64(bytes, 8).bigEndian)
        }
        var prefix: UInt128 = 0
        for index in 0..<16 {
            prefix = prefix << 8 | (index < bytes.count ? UInt128(bytes[index]) : 0)
        }
        return prefix
    }
}

/// A key column in every segment of a table.
public final class KeyDirectoryColumn: Sendable {
    /// A segment that may hold keys.
    private final class Part: Sendable {
        let reader: SegmentReader
        let table = AtomicLazyReference<OpenTable>()

        init(_ reader: SegmentReader) { self.reader = reader }
    }

    /// A key table that has been verified.
    private final class OpenTable: Sendable {
        let table: KeyTable

        init(_ table: KeyTable) { self.table = table }
    }

    private let columnID: UInt32
    /// ∀ key in part `p`: `lowest[p] ≤ prefix(key) ≤ highest[p]`.
    private let lowest: [UInt128]
    private let highest: [UInt128]
    /// Newest chunk first: what is asked for is mostly young.
    private let parts: [Part]
    /// Segments older than the index: their rows hold the column's default.
    public let unindexed: [SegmentReader]

    /// - Parameter boundsID: The column that `KeyProbe.prefix` is of.
    init(
        _ segments: [SegmentHandle], columnID: UInt32, boundsID: UInt32
    ) throws(SegmentError) {
        self.columnID = columnID
        var bounds: [KeyBounds] = []
        var parts: [Part] = []
        var unindexed: [SegmentReader] = []
        for handle in segments.reversed() {
            let reader = try handle.reader()
            guard reader.hasKeyIndex(columnID: columnID) else {
                unindexed.append(reader)
                continue
            }
            guard let zone = reader.zoneMap(columnID: boundsID), !zone.isAllNull else { continue }
            bounds.append(KeyBounds(zone))
            parts.append(Part(reader))
        }
        lowest = bounds.map(\.lowest)
        highest = bounds.map(\.highest)
        self.parts = parts
        self.unindexed = unindexed
    }

    /// The part's key table, verified by whoever wants it first.
    private func table(of part: Part) throws(SegmentError) -> KeyTable {
        if let known = part.table.load() { return known.table }
        return part.table.storeIfNil(OpenTable(try part.reader.keyTable(columnID: columnID))).table
    }

    /// Hands every segment that may hold the key to `body`, with the rows that may, ascending;
    /// segments and rows left out do not.
    ///
    /// - Parameter isQuick: End early rather than read a key table that was not read before.
    /// - Returns: Whether all segments were asked.
    /// - Complexity: O(segments): two comparisons each, two cache lines for those they do not rule
    ///   out.
    public func forEachCandidate(
        _ probe: KeyProbe, isQuick: Bool = false,
        _ body: (SegmentReader, [Int]) throws(SegmentError) -> Void
    ) throws(SegmentError) -> Bool {
        for index in parts.indices
        where lowest[index] <= probe.prefix && probe.prefix <= highest[index] {
            let part = parts[index]
            let opened: OpenTable
            if let known = part.table.load() {
                opened = known
            } else {
                if isQuick { return false }
                opened = part.table.storeIfNil(
                    OpenTable(try part.reader.keyTable(columnID: columnID)))
            }
            let rows = try part.reader.candidateRows(
                probe, in: opened.table, columnID: columnID)
            if !rows.isEmpty { try body(part.reader, rows) }
        }
        return true
    }

    /// Every segment that may hold one of the keys, with the rows that may, key by key;
    /// segments and rows left out do not.
    ///
    /// - Complexity: As `forEachCandidate` for each key, segment by segment.
    public func candidates(
        of probes: [KeyProbe]
    ) throws(SegmentError) -> [(reader: SegmentReader, rows: [Int])] {
        var candidates: [(reader: SegmentReader, rows: [Int])] = []
        for index in parts.indices {
            let (low, high) = (lowest[index], highest[index])
            var within: [UInt64] = []
            for probe in probes where low <= probe.prefix && probe.prefix <= high {
                within.append(probe.hash)
            }
            if within.isEmpty { continue }
            let part = parts[index]
            let rows = try part.reader.candidateRows(
                within, in: try table(of: part), columnID: columnID)
            if !rows.isEmpty { candidates.append((part.reader, rows)) }
        }
        return candidates
    }

    // MARK: Places

    /// Where the rows of keys are: each key is looked for in the segments of its own chunk first,
    /// then in all others. Keys are compared in full.
    ///
    /// - Parameters:
    ///   - isUnique: No key has two rows, so one that was found is not looked for again.
    ///   - dead: Rows that are passed over; none by default, so that dead rows are found, too.
    ///   - lsn: Only segments with rows behind this log position are asked.
    /// - Complexity: O(keys) in the segments of their chunks, as `candidates`; O(keys that are
    ///   left × segments) comparisons for the others.
    public func places(
        of keys: SoughtKeys, isUnique: Bool, passingOver dead: [SegmentID: DeadRows] = [:],
        behind lsn: UInt64 = 0
    ) throws(SegmentError) -> [KeyPlaces] {
        var search = KeySearch(keys, isUnique: isUnique, dead: dead)
        let asked = parts.indices.filter { parts[$0].reader.entry.lastLSN > lsn }
        for index in asked {
            let chunk = parts[index].reader.entry.chunk.start
            guard let group = search.byChunk[chunk] else { continue }
            try look(for: group, in: index, &search)
        }
        let rest = search.open
        guard !rest.isEmpty else { return search.found }
        for index in asked {
            let chunk = parts[index].reader.entry.chunk.start
            let group = rest.filter { keys.chunkStarts[Int($0)] != chunk }
            try look(for: group, in: index, &search)
        }
        return search.found
    }

    private func look(
        for keys: [Int32], in index: Int, _ search: inout KeySearch
    ) throws(SegmentError) {
        let (low, high) = (lowest[index], highest[index])
        var asked: [Int32] = []
        var hashes: [UInt64] = []
        for key in keys where search.isOpen[Int(key)] {
            let prefix = search.keys.prefixes[Int(key)]
            guard low <= prefix && prefix <= high else { continue }
            asked.append(key)
            hashes.append(search.keys.hashes[Int(key)])
        }
        if asked.isEmpty { return }
        let part = parts[index]
        let candidates = try part.reader.candidates(
            ofAll: hashes, in: try table(of: part), columnID: columnID)
        if candidates.isEmpty { return }
        try search.confirm(
            candidates.map { (row: $0.row, key: asked[Int($0.hash)]) }, in: part.reader)
    }
}
