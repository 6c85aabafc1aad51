import Segments

/// The dead letters: rows that could not be taken, kept with the reason.
///
/// A table like every other: written in the same log record as the good rows of its request,
/// sealed, compacted and queried. Its number is given when a data directory is made.
public enum RejectsTable {
    /// The name under which it is queried; no statement can create or drop it.
    public static let name = "sys.rejects"

    /// The table as it is made; the catalog gives the number.
    public static let schema = TableSchema(
        id: TableID(0), name: name,
        columns: [
            ColumnDefinition(id: 1, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 2, name: "table_name", type: .varchar, isNullable: false),
            ColumnDefinition(id: 3, name: "request_id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 4, name: "line", type: .bigint, isNullable: false),
            ColumnDefinition(id: 5, name: "code", type: .varchar, isNullable: false),
            ColumnDefinition(id: 6, name: "field", type: .varchar),
            ColumnDefinition(id: 7, name: "message", type: .varchar, isNullable: false),
            ColumnDefinition(id: 8, name: "raw", type: .varchar, isNullable: false),
            ColumnDefinition(id: 9, name: "raw_encoding", type: .varchar, isNullable: false),
            ColumnDefinition(id: 10, name: "attempts", type: .bigint, isNullable: false),
        ],
        timestampColumn: 0, granularity: .day)

    /// The rows for what a request left; `time` in microseconds.
    static func rows(
        _ rejections: [Rejection], table: String, requestID: String, time: Int64
    ) -> RowBatch {
        let builders = schema.columns.map { ColumnBuilder(type: $0.type) }
        func append(_ column: Int, _ text: String) {
            builders[column].append(string: Array(text.utf8).span)
        }
        for rejection in rejections {
            let isText = String(validating: rejection.raw, as: UTF8.self) != nil
            builders[0].append(integer: time)
            append(1, table)
            append(2, requestID)
            builders[3].append(integer: Int64(rejection.line))
            append(4, rejection.code.rawValue)
            if let field = rejection.field { append(5, field) } else { builders[5].appendNull() }
            append(6, rejection.message)
            builders[7].append(
                string: (isText ? rejection.raw : Hexadecimal.text(of: rejection.raw)).span)
            append(8, isText ? "utf-8" : "hex")
            builders[9].append(integer: 1)
        }
        return RowBatch(rowCount: rejections.count, columns: builders.map { $0.finish() })
    }
}

/// Bytes as text, where they are none themselves.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits for each byte.
    static func text(of bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
