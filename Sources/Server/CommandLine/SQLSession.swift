/// Runs SQL statements on a server and prints their results.
struct SQLSession {
    let connection: ServerConnection
    var format: OutputFormat
    /// Whether each result is followed by a line about it.
    var showsFooter: Bool

    /// Runs one statement.
    ///
    /// - Throws: the server's refusal, with the excerpt that shows where.
    func run(_ statement: String) throws(CommandError) {
        let started = ContinuousClock.now
        var printer = RowPrinter(format)
        var stream = ResultStream()
        let response = try connection.exchange(
            .post, "/v1/sql", headers: [("Content-Type", "application/json")],
            body: Self.request(statement)
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

    /// The body of a request for rows with their names and types.
    static func request(_ statement: String) -> [UInt8] {
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
