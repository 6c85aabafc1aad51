import Segments

/// Functions of JSON texts, over a column of them.
enum JSONValues {
    /// What `find` appends for each text; NULL where it finds nothing.
    static func found(
        _ texts: TextOperand, _ validity: Bitmap?, count: Int, type: LogicalType,
        _ find: (Span<UInt8>, inout StringVector) -> Bool
    ) -> Column {
        var valid = validity ?? Bitmap(repeating: true, count: count)
        var result = StringVector()
        for row in 0..<count {
            if valid[row], !find(texts.span(at: row), &result) {
                valid.set(row, to: false)
                result.dropUnfinished()
            }
            result.finishString()
        }
        return Column(type: type, values: .strings(result), validity: valid.unlessFull)
    }

    /// JSON_VALUE: the scalar at `path` of each row of a JSON column.
    static func scalars(at path: [Text], of column: Column) -> Column {
        found(TextOperand(column), column.validity, count: column.count, type: .varchar) {
            JSONPath.appendScalar($0, path, to: &$1)
        }
    }
}
