/// Keys whose published rows are wanted, all together: key `k` is row `rows[k]` of some columns.
public struct SoughtKeys: Sendable {
    /// The key's columns as the table has them.
    public let definitions: [ColumnDefinition]
    /// Their values, of as many rows each.
    public let columns: [Column]
    /// The row of each key; none of its values is NULL.
    public let rows: [Int32]
    /// Where the time chunk begins in which each key's row would lie: it is looked for there first.
    public let chunkStarts: [Int64]
    /// As key tables file them: of one column `KeyHash.hash`, of several all of them combined.
    let hashes: [UInt64]
    /// Of the first column, for zone maps.
    let prefixes: [UInt128]

    /// Keys of one column or several.
    ///
    /// - Precondition: columns of VARCHAR or BIGINT; one chunk for each row.
    public init(
        _ columns: [Column], _ definitions: [ColumnDefinition], rows: [Int32],
        chunkStarts: [Int64]
    ) {
        precondition(!columns.isEmpty && columns.count == definitions.count)
        precondition(rows.count == chunkStarts.count)
        self.definitions = definitions
        self.columns = columns.map(\.withoutPackedTexts)
        self.rows = rows
        self.chunkStarts = chunkStarts
        let first = KeyRows(self.columns[0])
        prefixes = rows.map { first.prefix(at: Int($0)) }
        var hashes = rows.map { first.hash(at: Int($0)) }
        for column in self.columns.dropFirst() {
            let values = KeyRows(column)
            for key in rows.indices {
                hashes[key] = KeyHash.combined(hashes[key], values.hash(at: Int(rows[key])))
            }
        }
        self.hashes = hashes
    }

    /// How many keys are sought.
    public var count: Int { rows.count }
}

/// The rows of some sought keys in one segment.
public struct KeyPlaces: Sendable {
    /// The segment, as long as its snapshot is held.
    public let reader: SegmentReader
    /// Positions of keys among those sought; a key may have several rows where it is not unique.
    public let keys: [Int32]
    /// The row of each, ascending.
    public let rows: [Int32]
}

/// What has been found of sought keys, and what is still looked for.
struct KeySearch {
    let keys: SoughtKeys
    let byChunk: [Int64: [Int32]]
    private let isUnique: Bool
    private let dead: [SegmentID: DeadRows]
    private(set) var isOpen: [Bool]
    private(set) var found: [KeyPlaces] = []

    init(_ keys: SoughtKeys, isUnique: Bool, dead: [SegmentID: DeadRows]) {
        self.keys = keys
        self.isUnique = isUnique
        self.dead = dead
        isOpen = Array(repeating: true, count: keys.count)
        var byChunk: [Int64: [Int32]] = [:]
        var first = 0
        for key in 0..<keys.count {
            let chunk = keys.chunkStarts[key]
            // Neighbours mostly lie in one chunk.
            if key + 1 < keys.count, keys.chunkStarts[key + 1] == chunk { continue }
            let run = (first...key).map { Int32(truncatingIfNeeded: $0) }
            byChunk[chunk, default: []] += run
            first = key + 1
        }
        self.byChunk = byChunk
    }

    /// Keys that are still looked for.
    var open: [Int32] {
        isOpen.indices.compactMap { isOpen[$0] ? Int32(truncatingIfNeeded: $0) : nil }
    }

    /// Compares the keys of rows that may have them.
    mutating func confirm(
        _ candidates: [(row: Int32, key: Int32)], in reader: SegmentReader
    ) throws(SegmentError) {
        var candidates = candidates.sorted { ($0.row, $0.key) < ($1.row, $1.key) }
        if let dead = dead[reader.entry.id] {
            candidates.removeAll { dead.contains(Int($0.row)) }
        }
        let rows = candidates.map(\.row)
        var isEqual = [Bool](repeating: true, count: rows.count)
        for (column, definition) in zip(keys.columns, keys.definitions) {
            let stored = KeyRows(try reader.pick(rows, definition).withoutPackedTexts)
            let wanted = KeyRows(column)
            for index in rows.indices where isEqual[index] {
                let row = Int(keys.rows[Int(candidates[index].key)])
                isEqual[index] = stored.holds(index, of: wanted, at: row)
            }
        }
        var foundKeys: [Int32] = []
        var foundRows: [Int32] = []
        for (index, candidate) in candidates.enumerated() where isEqual[index] {
            foundKeys.append(candidate.key)
            foundRows.append(candidate.row)
            if isUnique { isOpen[Int(candidate.key)] = false }
        }
        if foundKeys.isEmpty { return }
        found.append(KeyPlaces(reader: reader, keys: foundKeys, rows: foundRows))
    }
}

/// The rows of a key column, without asking for its layout at each. Keys are NOT NULL.
private struct KeyRows {
    private let integers: [Int64]
    private let texts: StringVector
    /// The entry of each row, where texts are those of a dictionary.
    private let codes: [UInt32]
    private let layout: Layout

    private enum Layout { case integers, texts, codes }

    init(_ column: Column) {
        switch column.values {
        case .integers(let values):
            (integers, texts, codes, layout) = (values, .init(), [], .integers)
        case .strings(let strings): (integers, texts, codes, layout) = ([], strings, [], .texts)
        case .codes(let values, let dictionary):
            (integers, texts, codes, layout) = ([], dictionary.values, values, .codes)
        case .booleans, .wideIntegers, .doubles, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("keys are VARCHAR or BIGINT")
        }
    }

    @inline(__always)
    private func entry(_ row: Int) -> Int { layout == .codes ? Int(codes[row]) : row }

    @inline(__always)
    func hash(at row: Int) -> UInt64 {
        layout == .integers
            ? KeyHash.hash(integer: integers[row])
            : KeyHash.hash(string: texts.span(at: entry(row)))
    }

    @inline(__always)
    func prefix(at row: Int) -> UInt128 {
        layout == .integers
            ? KeyProbe.prefix(of: integers[row]) : KeyProbe.prefix(of: texts.span(at: entry(row)))
    }

    @inline(__always)
    func holds(_ row: Int, of other: KeyRows, at otherRow: Int) -> Bool {
        layout == .integers
            ? integers[row] == other.integers[otherRow]
            : ByteOrder.equal(
                texts.span(at: entry(row)), other.texts.span(at: other.entry(otherRow)))
    }
}
