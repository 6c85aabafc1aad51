import Segments

/// The newest row of a key, as far as it is known.
struct KeyHolder {
    enum Place: Hashable {
        /// Nobody has the key.
        case nowhere
        /// A row of the same request: which of the rows that it keeps.
        case pending(Int)
        /// A live row: by the position of its request, and in what that one left.
        case live(lsn: UInt64, row: Int)
        case segment(SegmentID, row: Int)
    }

    var place = Place.nowhere
    /// 0 in a table without versions.
    var version = Int64.min
    /// Whether it is a tombstone.
    var isDeleted = false
    /// Where its values stand in `StateSources`; -1 while nobody needs them.
    var source: Int32 = -1

    /// Whether there is a row for readers.
    var isThere: Bool { place != .nowhere && !isDeleted }
}

/// Finds the newest row of each key of a request: among live rows, else in the segments.
struct KeyHolders {
    let table: TableSnapshot
    let state: StateTable
    let rows: StateRows
    /// One a key.
    private(set) var holders: [KeyHolder]
    /// Readers of the segments in which rows were found.
    private(set) var readers: [SegmentID: SegmentReader] = [:]
    private var livePlaces: [Int: StateTable.Place] = [:]

    /// Looks all keys up.
    init(
        _ rows: StateRows, in table: TableSnapshot, _ state: StateTable
    ) throws(SegmentError) {
        self.table = table
        self.state = state
        self.rows = rows
        holders = Array(repeating: KeyHolder(), count: rows.keyCount)
        var others: [Int32] = []
        for (number, first) in rows.firstRows.enumerated() {
            let row = Int(first)
            if let place = state.place(of: rows.hashes[row], rows.keyColumns, row: row) {
                take(place, number)
            } else {
                others.append(first)
            }
        }
        if !others.isEmpty, !table.segments.isEmpty { try findInSegments(others) }
    }

    private mutating func take(_ place: StateTable.Place, _ number: Int) {
        let batch = state[place]
        livePlaces[number] = place
        holders[number].place = .live(lsn: batch.lsn, row: place.row)
        read(batch.rows, place.row, number)
    }

    private mutating func read(_ batch: RowBatch, _ row: Int, _ number: Int) {
        let schema = rows.schema
        holders[number].version =
            schema.versionColumn.map { batch.columns[$0].integerValues[row] } ?? 0
        holders[number].isDeleted =
            schema.tombstoneColumn.map { batch.columns[$0].booleanValues[row] != 0 } ?? false
    }

    // MARK: Segments

    /// Asks the key tables of all segments at once for the keys of `wanted`, rows of the request,
    /// and reads what they name: key, version and mark, in the segment's order.
    private mutating func findInSegments(_ wanted: [Int32]) throws(SegmentError) {
        let schema = rows.schema
        let probes = KeyProbe.probes(
            ofKey: rows.keyColumns, hashes: rows.hashes, rows: wanted)
        let definitions =
            (schema.primaryKey + [schema.versionColumn, schema.tombstoneColumn].compactMap { $0 })
            .map { schema.columns[$0] }
        let candidates = try table.keys.primaryKey(schema).candidates(of: probes)
        for (reader, found) in candidates {
            let places = Self.distinct(found)
            let read = try reader.rows(at: places, columns: definitions)
            take(read, at: places, of: reader)
        }
    }

    private static func distinct(_ rows: [Int]) -> [Int32] {
        var distinct: [Int32] = []
        distinct.reserveCapacity(rows.count)
        for row in rows.sorted() {
            let place = Int32(truncatingIfNeeded: row)
            if distinct.last != place { distinct.append(place) }
        }
        return distinct
    }

    /// Takes those of a segment's rows that have a wanted key: the living one, else the tombstone
    /// of the highest version. Other dead rows were replaced.
    private mutating func take(
        _ read: RowBatch, at places: [Int32], of reader: SegmentReader
    ) {
        let schema = rows.schema
        let keyCount = schema.primaryKey.count
        let columns = read.columns[..<keyCount].map(\.withoutPackedTexts)
        let hashes = KeyHash.hashes(ofKey: columns)
        let versions =
            schema.versionColumn == nil ? nil : read.columns[keyCount].integerValues
        let marks = read.columns[read.columns.count - 1].booleanValues
        let dead = table.dead[reader.entry.id]
        for (index, place) in places.enumerated() {
            guard let number = rows.keyNumber(hashes[index], columns, row: index) else { continue }
            if case .live = holders[number].place { continue }
            let isTombstone = marks[index] != 0
            if !isTombstone, dead?.contains(Int(place)) ?? false { continue }
            let version = versions?[index] ?? 0
            let known = holders[number]
            if known.isThere || (isTombstone && known.isDeleted && known.version >= version) {
                continue
            }
            holders[number] = KeyHolder(
                place: .segment(reader.entry.id, row: Int(place)), version: version,
                isDeleted: isTombstone)
            readers[reader.entry.id] = reader
        }
    }

    // MARK: Values

    /// Reads the rows of some keys' holders, and notes in each where it stands, counted from
    /// `first`.
    ///
    /// - Returns: The rows, with the table's columns.
    mutating func read(
        _ numbers: [Int], from first: Int
    ) throws(SegmentError) -> [RowBatch] {
        var batches: [RowBatch] = []
        var next = first
        var live: [StateTable.Place: [Int]] = [:]
        var stored: [SegmentID: [(row: Int, number: Int)]] = [:]
        for number in numbers {
            switch holders[number].place {
            case .nowhere, .pending: continue
            case .live:
                guard var place = livePlaces[number] else { continue }
                place.row = 0
                live[place, default: []].append(number)
            case .segment(let id, let row): stored[id, default: []].append((row, number))
            }
        }
        for (place, numbers) in live {
            batches.append(
                state[place].rows.gather(
                    numbers.map { Int32(truncatingIfNeeded: livePlaces[$0]?.row ?? 0) }))
            note(numbers, &next)
        }
        for (id, found) in stored {
            guard let reader = readers[id] else { continue }
            let found = found.sorted { $0.row < $1.row }
            batches.append(
                try reader.rows(
                    at: found.map { Int32(truncatingIfNeeded: $0.row) },
                    columns: rows.schema.columns
                ).withoutPackedTexts)
            note(found.map(\.number), &next)
        }
        return batches
    }

    private mutating func note(_ numbers: [Int], _ next: inout Int) {
        for number in numbers {
            holders[number].source = Int32(truncatingIfNeeded: next)
            next += 1
        }
    }
}
