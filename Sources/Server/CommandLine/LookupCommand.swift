import Ingest

/// `daybook lookup`: rows by their id, without SQL.
enum LookupCommand {
    static let command = Command(
        name: "lookup", summary: "Find rows by id", usage: "[options] TABLE ID...",
        options: [
            CommandOption("by", "COLUMN", "a LOOKUP column (default: the table's unique key)"),
            OutputFormat.option, ServerURL.option,
        ],
        examples: [
            "daybook lookup ledger 01K3ZQ7M5T8WJ2A6N4C9XEH0RB",
            "daybook lookup ledger --by order_id ORD-20260901-7K2M9QXA --format ndjson",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard let table = arguments.operands.first, arguments.operands.count > 1 else {
            throw .usage("lookup takes a table and at least one id")
        }
        let format = try OutputFormat(arguments, standard: .vertical)
        let ids = Array(arguments.operands.dropFirst())
        let connection = ServerConnection(try ServerURL(arguments))
        let path = "/v1/tables/\(HTTPClient.percentEncode(table))/rows"
        var rows: [JSONValue] = []
        var missing: [String] = []
        if let column = arguments.value("by") {
            let answer = try connection.json(
                .post, path + ":lookup", body: request(column: column, ids: ids))
            for result in answer["results"]?.elements ?? [] {
                let found = result["rows"]?.elements ?? []
                rows += found
                if found.isEmpty { missing.append(result["value"]?.cell ?? "") }
            }
        } else {
            for id in ids {
                let target = path + "/" + HTTPClient.percentEncode(id)
                if let row = try row(connection, target) {
                    rows.append(row)
                } else {
                    missing.append(id)
                }
            }
        }
        RowPrinter.print(rows, as: format)
        for id in missing { Terminal.report("not found: \(id)") }
        return missing.isEmpty ? .success : .failure
    }

    /// The row at `target`; `nil` if there is none.
    private static func row(
        _ connection: ServerConnection, _ target: String
    ) throws(CommandError) -> JSONValue? {
        let response = try connection.exchange(.get, target)
        if response.status < 300 {
            let answer = try ServerConnection.parse(response.body)
            return answer["row"] ?? answer
        }
        let problem = ServerProblem(response)
        guard problem.code == "row_not_found" else { throw problem.commandError }
        return nil
    }

    /// The body of a look-up of many ids.
    static func request(column: String, ids: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("by")
        json.value(column)
        json.key("values")
        json.beginArray()
        for id in ids { json.value(id) }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
