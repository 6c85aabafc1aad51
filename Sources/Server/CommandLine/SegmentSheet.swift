import Ingest
import Segments

/// What `daybook segments show` prints: a segment's columns, and where its bytes are.
struct SegmentSheet {
    private let answer: JSONValue

    /// Asks the server for a segment.
    init(table: String, id: String, _ connection: ServerConnection) throws(CommandError) {
        let table = HTTPClient.percentEncode(table)
        answer = try connection.json(
            .get, "/v1/tables/\(table)/segments/\(HTTPClient.percentEncode(id))")
    }

    private var rowCount: Int { Int(answer["rows"]?.integer ?? 0) }
    private var columns: [JSONValue] { answer["columns"]?.elements ?? [] }

    /// Prints the columns; to people with a line of totals.
    func print(_ format: OutputFormat) {
        guard format.isForPeople || format == .markdown else {
            RowPrinter.print(columns, as: format)
            return
        }
        var printer = RowPrinter(format, showsTypes: false)
        printer.begin(
            names: [
                "column", "type", "encoding", "codec", "index", "distinct", "nulls", "values",
                "dictionary", "indexes", "paths", "bytes/row",
            ],
            types: Array(repeating: "", count: 5) + Array(repeating: "BIGINT", count: 7))
        for column in columns { printer.append(Self.line(column, rowCount: rowCount)) }
        printer.end()
        guard format.isForPeople else { return }
        let total = Int(answer["bytes"]?.integer ?? 0)
        let parts = [
            ("values", sum("value_bytes")), ("dictionaries", sum("dictionary_bytes")),
            ("key indexes", sum("key_index_bytes")),
            ("bitmaps and postings", sum("code_index_bytes")),
            ("paths", sum("path_bytes")), ("frame", Int(answer["frame_bytes"]?.integer ?? 0)),
        ].map { "\($0.0) \(ResultFooter.grouped($0.1))" }
        Terminal.write(
            "\(ResultFooter.grouped(rowCount)) rows · \(ResultFooter.grouped(total)) bytes: "
                + parts.joined(separator: ", ") + " · \(Self.ratio(total, rowCount)) bytes/row\n")
    }

    private func sum(_ member: String) -> Int {
        columns.reduce(0) { $0 + Int($1[member]?.integer ?? 0) }
    }

    private static func line(_ column: JSONValue, rowCount: Int) -> [JSONValue] {
        func bytes(_ member: String) -> Int { Int(column[member]?.integer ?? 0) }
        let kinds = column["indexes"]?.elements?.compactMap(\.cell) ?? []
        let parts = [
            bytes("value_bytes"), bytes("dictionary_bytes"),
            bytes("key_index_bytes") + bytes("code_index_bytes"), bytes("path_bytes"),
        ]
        // What a column does not have stays blank: NULL would say that it is unknown.
        let figures = parts.map { text($0 == 0 ? "" : ResultFooter.grouped($0)) }
        let ratio = text(ratio(parts.reduce(0, +), rowCount))
        return [
            column["column"] ?? .null, column["type"] ?? .null, counts(column["encodings"]),
            counts(column["codecs"]), text(kinds.joined(separator: ", ")),
            text(column["dictionary_entries"]?.cell ?? ""), column["nulls"] ?? .null,
        ] + figures + [ratio]
    }

    /// `packed`, or with how many blocks have each where there are several: `packed 3, runs 1`.
    private static func counts(_ value: JSONValue?) -> JSONValue {
        guard case .object(let members)? = value else { return .null }
        if members.count == 1 { return text(members[0].name) }
        return text(
            members.map { "\($0.name) \($0.value.cell ?? "")" }.joined(separator: ", "))
    }

    private static func text(_ text: String) -> JSONValue { .string(.init(text)) }

    /// Bytes a row with two places.
    private static func ratio(_ bytes: Int, _ rows: Int) -> String {
        let hundredths = (bytes * 100 + rows / 2) / max(1, rows)
        let places = hundredths % 100
        return "\(ResultFooter.grouped(hundredths / 100)).\(places < 10 ? "0" : "")\(places)"
    }
}
