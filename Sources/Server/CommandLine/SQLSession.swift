import Ingest
import Query

/// Runs SQL statements on a server and prints their results.
struct SQLSession {
    let connection: ServerConnection
    var format: OutputFormat
    /// Whether each result is followed by a line about it.
    var showsFooter: Bool

    /// Runs one statement.
    ///
    /// - Parameter queryID: By which the server can be asked to end it.
    /// - Throws: the server's refusal, with the excerpt that shows where.
    func run(_ statement: String, queryID: String? = nil) throws(CommandError) {
        if let copy = try Self.copy(statement) { return try run(copy) }
        let started = ContinuousClock.now
        var printer = RowPrinter(format)
        var stream = ResultStream()
        let response = try connection.exchange(
            .post, "/v1/sql", headers: [("Content-Type", "application/json")],
            body: Self.request(statement, queryID: queryID)
        ) { piece in
            stream.append(piece, to: &printer)
        }
        guard response.status < 300, stream.problem.isEmpty else {
            throw ServerProblem(
                status: response.status, body: stream.problem,
                retryAfter: response.headers["Retry-After"]
            ).commandError
        }
        stream.finish(&printer)
        if let fault = stream.fault { throw CommandError(fault) }
        guard showsFooter else { return }
        let name = "X-Daybook-Statistics"
        let statistics = response.headers[name] ?? response.trailers[name] ?? ""
        Terminal.write(
            ResultFooter(statistics).text(
                rowCount: printer.rowCount,
                elapsedMicroseconds: started.duration(to: .now).microseconds) + "\n")
    }

    /// The statement as one that this side carries out.
    private static func copy(_ statement: String) throws(CommandError) -> CopyStatement? {
        guard statement.prefix(while: \.isLetter).uppercased() == "COPY" else { return nil }
        do throws(QueryError) {
            return try CopyStatement(try ParsedStatement(parsing: statement))
        } catch {
            let problem = ProblemDetails(error, sql: statement)
            throw ServerProblem(status: problem.status, body: problem.json()).commandError
        }
    }

    private func run(_ copy: CopyStatement) throws(CommandError) {
        var run = IngestRun(
            connection, table: copy.table, path: copy.path, onError: copy.onError)
        guard try run.run() != .rejectedRows else {
            throw CommandError("some rows were not taken", .rejectedRows)
        }
    }

    /// The rows of a small result, each an array.
    func rows(_ statement: String) throws(CommandError) -> [JSONValue] {
        var body = JSONWriter(reservedByteCount: statement.utf8.count + 64)
        body.beginObject()
        body.key("query")
        body.value(statement)
        body.key("resultFormat")
        body.value("array")
        body.endObject()
        return try connection.json(.post, "/v1/sql", body: body.bytes).elements ?? []
    }

    /// The body of a request for rows with their names and types.
    static func request(_ statement: String, queryID: String? = nil) -> [UInt8] {
        var json = JSONWriter(reservedByteCount: statement.utf8.count + 128)
        json.beginObject()
        json.key("query")
        json.value(statement)
        json.key("resultFormat")
        json.value("arrayLines")
        json.key("header")
        json.value(true)
        json.key("sqlTypesHeader")
        json.value(true)
        if let queryID {
            json.key("context")
            json.beginObject()
            json.key("sqlQueryId")
            json.value(queryID)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }
}

extension Duration {
    /// In whole microseconds, rounded down.
    var microseconds: Int {
        let parts = components
        return Int(parts.seconds) * 1_000_000 + Int(parts.attoseconds / 1_000_000_000_000)
    }

    /// In seconds.
    var inSeconds: Double { Double(microseconds) / 1e6 }
}
