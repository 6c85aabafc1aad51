import Segments

/// Whether two rows say the same, for telling a duplicate from a conflict.
enum RowEquality {
    /// Whether the rows are equal in every column; NULL equals NULL.
    ///
    /// - Precondition: both have the same columns.
    static func areEqual(
        _ one: RowBatch, _ row: Int, _ other: RowBatch, _ otherRow: Int
    ) -> Bool {
        for index in one.columns.indices {
            guard areEqual(one.columns[index], row, other.columns[index], otherRow) else {
                return false
            }
        }
        return true
    }

    /// Whether each row of `one` is equal in every column to the row of `other` at the same
    /// position of `rows`.
    ///
    /// - Precondition: both have the same columns; `rows` are as many as those of `one`.
    static func areEqual(_ one: RowBatch, _ other: RowBatch, _ rows: [Int32]) -> [Bool] {
        var isSame = [Bool](repeating: true, count: rows.count)
        for index in one.columns.indices {
            let (left, right) = (one.columns[index].withoutPackedTexts, other.columns[index])
            for position in rows.indices where isSame[position] {
                isSame[position] = areEqual(left, position, right, Int(rows[position]))
            }
        }
        return isSame
    }

    /// Whether two values of one column are equal, texts by their bytes.
    static func areEqual(_ one: Column, _ row: Int, _ other: Column, _ otherRow: Int) -> Bool {
        let isNull = one.isNull(row)
        guard isNull == other.isNull(otherRow) else { return false }
        if isNull { return true }
        switch (one.values, other.values) {
        case (.integers(let left), .integers(let right)): return left[row] == right[otherRow]
        case (.booleans(let left), .booleans(let right)): return left[row] == right[otherRow]
        case (.doubles(let left), .doubles(let right)): return left[row] == right[otherRow]
        case (.strings(let left), .strings(let right)):
            return areEqual(left.span(at: row), right.span(at: otherRow))
        case (.codes(let left, let words), .codes(let right, let otherWords)):
            let strings = words.values
            let otherStrings = otherWords.values
            return areEqual(
                strings.span(at: Int(left[row])), otherStrings.span(at: Int(right[otherRow])))
        default: return one.value(at: row) == other.value(at: otherRow)
        }
    }

    private static func areEqual(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }
}

extension RowBatch {
    /// Bytes held by the values, for accounting.
    var memoryBytes: Int { columns.reduce(0) { $0 + $1.memoryBytes } }
}

extension Column {
    /// Bytes held by the values, and by the dictionary of codes.
    var memoryBytes: Int {
        let bits = validity == nil ? 0 : count / 8
        switch values {
        case .booleans(let values): return values.count + bits
        case .integers(let values): return values.count * 8 + bits
        case .wideIntegers(let values): return values.count * 16 + bits
        case .doubles(let values): return values.count * 8 + bits
        case .strings(let strings): return strings.bytes.count + strings.count * 4 + bits
        case .codes(let codes, let dictionary):
            let words = dictionary.values
            return codes.count * 4 + words.bytes.count + words.count * 4 + bits
        case .packedTexts(let codes, _): return codes.count * 8 + bits
        case .widePackedTexts(let codes, _): return codes.count * 16 + bits
        case .arrays(let offsets, let elements):
            return offsets.count * 4 + elements.memoryBytes + bits
        }
    }
}
