import Segments

/// The rows of one request as a state table sees them: by key, with their versions.
struct StateRows {
    let schema: TableSchema
    /// As the table's columns are; versions of fields are empty.
    let batch: RowBatch
    /// Which fields each row has; `nil` where they have all.
    let presence: FieldPresence?
    /// Of each row's key.
    let hashes: [UInt64]
    /// For each row which key it has, keys counted in order of appearance.
    let keyNumbers: [Int]
    /// Each key's first row.
    let firstRows: [Int32]
    /// The columns of the key.
    let keyColumns: [Column]
    private let keys: KeyMap
    private let versions: [Int64]
    private let tombstones: [UInt8]

    /// The rows of `events`, which were read for the table.
    init(_ events: ParsedEvents, _ schema: TableSchema) {
        self.init(Self.whole(events.batch, schema), events.presence, schema)
    }

    /// Rows with all columns of the table, as a log record has them.
    init(_ batch: RowBatch, _ presence: FieldPresence? = nil, _ schema: TableSchema) {
        self.schema = schema
        self.batch = batch
        self.presence = presence
        let keyColumns = schema.primaryKey.map { batch.columns[$0] }
        let hashes = KeyHash.hashes(ofKey: keyColumns)
        var keys = KeyMap(capacity: batch.rowCount)
        var numbers: [Int] = []
        numbers.reserveCapacity(batch.rowCount)
        var firstRows: [Int32] = []
        for row in 0..<batch.rowCount {
            let position = keys.position(of: hashes[row]) { number in
                Self.areEqual(keyColumns, Int(firstRows[Int(number)]), keyColumns, row)
            }
            if let known = keys.place(at: position) {
                numbers.append(Int(known))
            } else {
                numbers.append(firstRows.count)
                keys.set(position, hash: hashes[row], to: UInt64(firstRows.count))
                firstRows.append(Int32(truncatingIfNeeded: row))
            }
        }
        self.hashes = hashes
        self.keyColumns = keyColumns
        self.keys = keys
        keyNumbers = numbers
        self.firstRows = firstRows
        versions = schema.versionColumn.map { batch.columns[$0].integerValues } ?? []
        tombstones = schema.tombstoneColumn.map { batch.columns[$0].booleanValues } ?? []
    }

    private static func areEqual(
        _ one: [Column], _ row: Int, _ other: [Column], _ otherRow: Int
    ) -> Bool {
        for index in one.indices {
            guard RowEquality.areEqual(one[index], row, other[index], otherRow) else {
                return false
            }
        }
        return true
    }

    /// Rows as events have them with the hidden columns that they lack.
    private static func whole(_ batch: RowBatch, _ schema: TableSchema) -> RowBatch {
        guard batch.columns.count < schema.columns.count else { return batch }
        let missing = schema.columns[batch.columns.count...].map {
            Column.repeating($0.defaultValue, of: $0.type, count: batch.rowCount)
        }
        return RowBatch(rowCount: batch.rowCount, columns: batch.columns + missing)
    }

    /// How many rows there are.
    var count: Int { batch.rowCount }

    /// How many different keys they have.
    var keyCount: Int { firstRows.count }

    /// A row's version; 0 in a table without.
    func version(_ row: Int) -> Int64 { versions.isEmpty ? 0 : versions[row] }

    /// Whether a row says that its key is deleted.
    func isTombstone(_ row: Int) -> Bool { tombstones[row] != 0 }

    /// Whether any row does.
    var hasTombstones: Bool { tombstones.contains { $0 != 0 } }

    /// The number of a key that stands in other columns; `nil` where no row has it.
    func keyNumber(_ hash: UInt64, _ columns: [Column], row: Int) -> Int? {
        let position = keys.position(of: hash) { number in
            Self.areEqual(keyColumns, Int(firstRows[Int(number)]), columns, row)
        }
        return keys.place(at: position).map { Int($0) }
    }
}

extension Column {
    /// The values of a column of integers.
    var integerValues: [Int64] {
        guard case .integers(let values) = values else {
            preconditionFailure("a column of type \(type) holds no integers")
        }
        return values
    }

    /// The values of a column of truth values.
    var booleanValues: [UInt8] {
        guard case .booleans(let values) = values else {
            preconditionFailure("a column of type \(type) holds no truth values")
        }
        return values
    }
}
