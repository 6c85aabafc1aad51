import Segments

/// The fields of a table's rows by their names, made once for a schema.
struct FieldIndex: Sendable {
    /// What the scanner has to do for a column's values, decided once.
    enum Kind: UInt8, Sendable {
        case boolean, bigint, double, narrowDecimal, wideDecimal, varchar, timestamp, date, json
        case varcharArray, bigintArray
    }

    let schema: TableSchema
    let kinds: [Kind]
    /// The columns for which a row must have a value, there being no default.
    let required: [Int]
    /// The columns for which a tombstone must have one.
    let requiredOfTombstones: [Int]
    /// The column that makes a row a tombstone, if the table has one.
    let tombstoneColumn: Int?
    /// `name":` of every column one after the other, with eight zero bytes at the end.
    let patterns: [UInt8]
    /// Where the pattern of column `c` begins; one entry more than there are columns.
    let patternOffsets: [Int]
    private let columnsByHash: [UInt64: Int]

    init(_ schema: TableSchema) {
        self.schema = schema
        kinds = schema.columns.map { Self.kind(of: $0.type) }
        let required = schema.columns.indices.filter { index in
            let column = schema.columns[index]
            return !column.isNullable && column.defaultValue.isNull
        }
        requiredOfTombstones = required.filter { index in
            schema.primaryKey.contains(index) || index == schema.versionColumn
        }
        // What a merging table's row has already need not come with every event.
        self.required = schema.isMerge ? requiredOfTombstones : required
        tombstoneColumn = schema.tombstoneColumn
        var patterns: [UInt8] = []
        var offsets = [0]
        var columns: [UInt64: Int] = [:]
        for (index, column) in schema.columns.enumerated() {
            columns[Hashing.hash(Array(column.name.utf8).span)] = index
            patterns.append(contentsOf: Array((column.name + "\":").utf8))
            offsets.append(patterns.count)
        }
        if let index = schema.timestampColumn {
            columns[Hashing.hash(Array(TableSchema.timestampAlias.utf8).span)] = index
        }
        self.patterns = patterns + Array(repeating: 0, count: 8)
        patternOffsets = offsets
        columnsByHash = columns
    }

    private static func kind(of type: LogicalType) -> Kind {
        switch type {
        case .boolean: .boolean
        case .bigint: .bigint
        case .double: .double
        case .decimal: type.layout == .integers ? .narrowDecimal : .wideDecimal
        case .varchar: .varchar
        case .timestamp: .timestamp
        case .date: .date
        case .json: .json
        case .array(.varchar): .varcharArray
        case .array(.bigint): .bigintArray
        }
    }

    /// How many columns there are.
    var count: Int { kinds.count }

    /// The column of that name, without escapes; `nil` where there is none.
    func column(named name: [UInt8]) -> Int? {
        guard let index = columnsByHash[Hashing.hash(name.span)] else { return nil }
        if Array(schema.columns[index].name.utf8) == name { return index }
        // Either the alias, or two names of one hash, which a linear search tells apart.
        return schema.columnIndex(named: String(decoding: name, as: UTF8.self))
    }

    /// Where the pattern of `column` ends in `text` if it stands at `start`; `nil` if it does not.
    @inline(__always)
    func patternEnd(_ column: Int, in text: Span<UInt8>, at start: Int) -> Int? {
        let offset = patternOffsets[column]
        let count = patternOffsets[column &+ 1] &- offset
        guard start &+ count &+ 8 <= text.count else { return nil }
        let pattern = patterns.span
        var at = 0
        while at < count {
            let difference =
                Words.load(text, start &+ at) ^ Words.load(pattern, offset &+ at)
            let left = count &- at
            if left >= 8 {
                if difference != 0 { return nil }
            } else if difference << UInt64(64 &- left &* 8) != 0 {
                return nil
            }
            at &+= 8
        }
        return start &+ count
    }

    /// A column name close to `name`, for "did you mean"; `nil` where none is.
    func suggestion(for name: String) -> String? {
        Spelling.nearest(to: name, among: schema.visibleColumns.map(\.name))
    }
}
