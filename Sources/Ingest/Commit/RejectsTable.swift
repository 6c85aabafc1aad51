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
            ColumnDefinition(id: 11, name: "id", type: .varchar),
            ColumnDefinition(id: 12, name: "source", type: .varchar),
            ColumnDefinition(id: 13, name: "stream_partition", type: .bigint),
            ColumnDefinition(id: 14, name: "stream_offset", type: .bigint),
            ColumnDefinition(id: 15, name: "raw_hash", type: .varchar),
        ],
        timestampColumn: 0, granularity: .day)

    /// What makes the table of an older build one of this; `nil` where it is one.
    static func change(of table: TableSchema) -> TableChange? {
        var after = table
        for column in schema.columns.dropFirst(table.columns.count) {
            after.addColumn(column, unlike: table)
        }
        return after == table ? nil : TableChange(from: table, to: after)
    }

    /// The rows for what a request left; `time` in microseconds.
    ///
    /// - Parameter lsn: The position that the request's record will have.
    static func rows(
        _ rejections: [Rejection], of request: CommitRequest, lsn: UInt64, time: Int64
    ) -> RowBatch {
        let places = request.events.places
        let builders = schema.columns.map { ColumnBuilder(type: $0.type) }
        func append(_ column: Int, _ text: String) {
            builders[column].append(string: Array(text.utf8).span)
        }
        for (index, rejection) in rejections.enumerated() {
            let isText = String(validating: rejection.raw, as: UTF8.self) != nil
            builders[0].append(integer: time)
            append(1, request.schema.name)
            append(2, request.requestID)
            builders[3].append(integer: Int64(rejection.line))
            append(4, rejection.code.rawValue)
            if let field = rejection.field { append(5, field) } else { builders[5].appendNull() }
            append(6, rejection.message)
            builders[7].append(
                string: (isText ? rejection.raw : Hexadecimal.text(of: rejection.raw)).span)
            append(8, isText ? "utf-8" : "hex")
            builders[9].append(integer: 1)
            append(10, LetterID(lsn: lsn, index: UInt32(truncatingIfNeeded: index)).description)
            if places.indices.contains(rejection.line - 1) {
                let place = places[rejection.line - 1]
                append(11, request.requestID)
                builders[12].append(integer: Int64(place.partition))
                builders[13].append(integer: Int64(clamping: place.offset))
            } else {
                for column in 11...13 { builders[column].appendNull() }
            }
            let hash = String(Hashing.hash(rejection.raw.span), radix: 16)
            append(14, String(repeating: "0", count: 16 - hash.count) + hash)
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
