import Segments

/// Writes rows of a table as JSON objects, arrays and JSON columns nested as what they are.
struct RowEncoder {
    private let columns: [ColumnDefinition]
    private var values: ResultEncoder

    /// The text so far.
    var json: JSONWriter {
        get { values.json }
        _modify { yield &values.json }
    }

    /// An encoder of rows with these columns.
    init(_ columns: [ColumnDefinition], reservedByteCount: Int) {
        self.columns = columns
        var style = ResultStyle()
        style.stringifiesArrays = false
        style.nestsJSON = true
        values = ResultEncoder([], style: style, reservedByteCount: reservedByteCount)
    }

    /// Writes one row of `rows`, whose columns are this encoder's.
    mutating func append(_ rows: RowBatch, row: Int) {
        values.json.beginObject()
        for index in columns.indices {
            values.json.key(columns[index].name)
            values.appendValue(rows.columns[index], row: row)
        }
        values.json.endObject()
    }
}
