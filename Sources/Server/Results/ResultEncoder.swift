import Query
import Segments

/// Writes a result's rows as text while they come.
///
/// Byte for byte what Druid's SQL API answers: formats, header rows, value forms and endings. A
/// caller takes `bytes` away whenever there are enough of them.
public struct ResultEncoder: Sendable {
    /// What has been written and not yet taken away.
    public var bytes: [UInt8] {
        get { json.bytes }
        set { json.bytes = newValue }
    }

    let style: ResultStyle
    let fields: [ResultField]
    var json: JSONWriter
    private var isFirstRow = true

    /// An encoder of rows with these columns.
    public init(
        _ fields: [ResultField], style: ResultStyle, reservedByteCount: Int = 64 << 10
    ) {
        self.fields = fields
        self.style = style
        json = JSONWriter(reservedByteCount: reservedByteCount)
    }

    /// Writes what comes before the first row.
    public mutating func begin() {
        if style.format == .object || style.format == .array { json.beginArray() }
        guard style.hasHeader else { return }
        switch style.format {
        case .object, .objectLines: headerObject()
        case .array, .arrayLines, .csv:
            headerLine(fields.map(\.name))
            if style.hasTypes { headerLine(fields.map { Self.runtimeType($0.type) }) }
            if style.hasSQLTypes { headerLine(fields.map { Self.sqlType($0.type) }) }
        }
    }

    /// Writes rows.
    ///
    /// - Parameter columns: One per field, of equal length.
    public mutating func append(_ columns: [Column]) {
        let rowCount = columns.first?.count ?? 0
        for row in 0..<rowCount { append(columns, row: row) }
    }

    /// Writes one row of `columns`.
    public mutating func append(_ columns: [Column], row: Int) {
        switch style.format {
        case .csv: appendCSV(columns, row: row)
        case .object, .objectLines:
            beginRow()
            json.beginObject()
            for (field, column) in zip(fields, columns) {
                json.key(field.name)
                appendValue(column, row: row)
            }
            json.endObject()
            endRow()
        case .array, .arrayLines:
            beginRow()
            json.beginArray()
            for column in columns { appendValue(column, row: row) }
            json.endArray()
            endRow()
        }
    }

    /// Writes what comes after the last row. Without it an answer is not whole.
    public mutating func end() {
        switch style.format {
        case .object, .array:
            json.endArray()
            json.newline()
        case .objectLines, .arrayLines:
            if isFirstRow { json.newline() }
            json.newline()
        case .csv: json.newline()
        }
    }

    // MARK: Rows

    private var isLines: Bool { style.format == .objectLines || style.format == .arrayLines }

    private mutating func beginRow() { isFirstRow = false }

    private mutating func endRow() {
        if isLines { json.newline() }
    }

    private mutating func headerObject() {
        beginRow()
        json.beginObject()
        for field in fields {
            json.key(field.name)
            guard style.hasTypes || style.hasSQLTypes else {
                json.null()
                continue
            }
            json.beginObject()
            if style.hasTypes {
                json.key("type")
                json.value(Self.runtimeType(field.type))
            }
            if style.hasSQLTypes {
                json.key("sqlType")
                json.value(Self.sqlType(field.type))
            }
            json.endObject()
        }
        json.endObject()
        endRow()
    }

    private mutating func headerLine(_ cells: [String]) {
        if style.format == .csv {
            appendCSVLine(cells.map { Array($0.utf8) })
            return
        }
        beginRow()
        json.beginArray()
        for cell in cells { json.value(cell) }
        json.endArray()
        endRow()
    }

    /// Druid's name of the type at run time.
    static func runtimeType(_ type: LogicalType) -> String {
        switch type {
        case .boolean, .bigint, .timestamp, .date: "LONG"
        case .double, .decimal: "DOUBLE"
        case .varchar: "STRING"
        case .json: "COMPLEX<json>"
        case .array(.varchar): "ARRAY<STRING>"
        case .array(.bigint): "ARRAY<LONG>"
        }
    }

    /// The SQL type without its precision.
    static func sqlType(_ type: LogicalType) -> String {
        switch type {
        case .decimal: "DECIMAL"
        case .array: "ARRAY"
        case .json: "OTHER"
        default: type.description
        }
    }
}
