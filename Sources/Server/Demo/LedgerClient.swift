import Ingest

/// Questions to a server, answered as plain cells for comparison.
struct LedgerClient {
    let connection: ServerConnection

    init(_ url: ServerURL) { connection = ServerConnection(url) }

    /// A statement's rows.
    ///
    /// - Parameter parameters: VARCHAR values for the statement's `?`.
    func rows(_ sql: String, parameters: [String] = []) throws(CommandError) -> [[String]] {
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.value(sql)
        json.key("resultFormat")
        json.value("array")
        if !parameters.isEmpty {
            json.key("parameters")
            json.beginArray()
            for parameter in parameters {
                json.beginObject()
                json.key("type")
                json.value("VARCHAR")
                json.key("value")
                json.value(parameter)
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
        let answer = try connection.json(.post, "/v1/sql", body: json.bytes)
        return (answer.elements ?? []).map { row in
            (row.elements ?? []).map { $0.cell ?? "NULL" }
        }
    }

    /// A statement's only figure.
    func figure(_ sql: String) throws(CommandError) -> Int {
        let rows = try rows(sql)
        guard rows.count == 1, rows[0].count == 1, let figure = Int(rows[0][0]) else {
            throw CommandError("one figure was expected of: \(sql)")
        }
        return figure
    }

    /// The row with that unique key; `nil` if there is none.
    func row(_ table: String, key: String) throws(CommandError) -> JSONValue? {
        let response = try connection.exchange(
            .get, "/v1/tables/\(table)/rows/\(HTTPClient.percentEncode(key))")
        if response.status < 300 {
            let answer = try ServerConnection.parse(response.body)
            return answer["row"] ?? answer
        }
        let problem = ServerProblem(response)
        guard problem.code == "row_not_found" else { throw problem.commandError }
        return nil
    }

    /// All rows of one value of a LOOKUP column.
    func rows(_ table: String, by column: String, _ value: String) throws(CommandError)
        -> [JSONValue]
    {
        let answer = try connection.json(
            .get,
            "/v1/tables/\(table)/rows?by=\(column)&value=\(HTTPClient.percentEncode(value))"
                + "&limit=1000")
        return answer["rows"]?.elements ?? []
    }

    /// The rows of many values at once, in the order of the values.
    func lookUp(_ table: String, by column: String, _ values: [String]) throws(CommandError)
        -> [[JSONValue]]
    {
        let answer = try connection.json(
            .post, "/v1/tables/\(table)/rows:lookup",
            body: LookupCommand.request(column: column, ids: values))
        return (answer["results"]?.elements ?? []).map { $0["rows"]?.elements ?? [] }
    }

    /// The table's segments.
    func segments(_ table: String) throws(CommandError) -> SegmentFigures {
        let answer = try connection.json(.get, "/v1/tables/\(table)/segments")
        return SegmentFigures(answer)
    }
}

/// What a table consists of, in figures.
struct SegmentFigures: Equatable {
    var count = 0
    var rows = 0
    var bytes = 0
    var chunks = 0
    var liveRows = 0

    /// Reads the answer of `GET /v1/tables/{t}/segments`.
    init(_ answer: JSONValue) {
        let segments = answer["segments"]?.elements ?? []
        count = segments.count
        rows = segments.reduce(0) { $0 + Int($1["rows"]?.integer ?? 0) }
        bytes = segments.reduce(0) { $0 + Int($1["bytes"]?.integer ?? 0) }
        chunks = Set(segments.map { $0["chunk_start"] ?? .null }).count
        liveRows = Int(answer["live_rows"]?.integer ?? 0)
    }

    /// For people.
    var text: String {
        let perSegment = count > 0 ? ResultFooter.grouped(rows / count) : "0"
        return "\(count) segments of \(chunks) days, \(perSegment) rows each on average, "
            + "\(ResultFooter.grouped(bytes)) bytes"
    }
}
