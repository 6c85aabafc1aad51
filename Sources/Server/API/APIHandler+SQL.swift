import Query
import Segments

/// `POST /v1/sql` and the queries that run.
extension APIHandler {
    /// Runs a statement; DDL and INSERT answer an empty list.
    ///
    /// The result is complete before the first byte leaves, so a failure has its own status; it is
    /// encoded while it is sent.
    func sql(
        _ request: HTTPRequest, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        let statement = try statement(of: request)
        do throws(StatementError) {
            return answer(
                try database.run(statement, cancellation: cancellation), mayStream: true)
        } catch {
            throw ProblemDetails(error, sql: statement.sql)
        }
    }

    /// Runs a statement where that most likely takes no longer than waking another thread for it
    /// would be worth; `nil` where it may, or does.
    func quickSQL(_ request: HTTPRequest, _ cancellation: Cancellation) -> HTTPResponse? {
        guard request.body.count <= Self.quickBodyByteCount else { return nil }
        let statement: SQLRequest
        do throws(ProblemDetails) { statement = try self.statement(of: request) } catch {
            // The worker comes to the same error.
            return nil
        }
        return database.runQuickly(
            statement, milliseconds: Self.quickMilliseconds, cancellation: cancellation
        ).map { answer($0, mayStream: false) }
    }

    /// Longer requests are not read in the network loop.
    private static let quickBodyByteCount = 16 << 10
    /// What was quick the last time and is not now is begun again by a worker.
    private static let quickMilliseconds = 20

    private func answer(_ outcome: StatementResult, mayStream: Bool) -> HTTPResponse {
        var headers = HTTPHeaders([
            ("Content-Type", "application/json"), ("X-Daybook-Version", String(outcome.version)),
        ])
        if let completeness = outcome.completeness {
            headers.add(
                "X-Daybook-Complete-Through", completeness.map(\.text).joined(separator: ", "))
        }
        guard let result = outcome.result else {
            return HTTPResponse(status: 200, headers: headers, body: .bytes(Array("[]\n".utf8)))
        }
        headers.add("X-Daybook-Statistics", Self.text(of: result.statistics))
        if outcome.style.hasHeader { headers.add("X-Druid-SQL-Header-Included", "yes") }
        let style = outcome.style
        guard mayStream, result.statistics.resultRows > Self.streamedRowCount else {
            var encoder = ResultEncoder(result.fields, style: style)
            encoder.begin()
            for batch in result.batches { encoder.append(batch.columns) }
            encoder.end()
            return HTTPResponse(status: 200, headers: headers, body: .bytes(encoder.bytes))
        }
        headers.add("Trailer", "X-Daybook-Complete")
        return HTTPResponse(
            status: 200, headers: headers,
            body: .stream { writer in
                var encoder = ResultEncoder(result.fields, style: style)
                encoder.begin()
                for batch in result.batches {
                    encoder.append(batch.columns)
                    try writer.write(encoder.bytes)
                    encoder.bytes = []
                }
                encoder.end()
                try writer.write(encoder.bytes)
                return HTTPHeaders([("X-Daybook-Complete", "true")])
            })
    }

    /// Results beyond this many rows are encoded while they are sent.
    private static let streamedRowCount = 10_000

    /// The request that a body is.
    func statement(of request: HTTPRequest) throws(ProblemDetails) -> SQLRequest {
        guard let type = request.head.headers["Content-Type"] else {
            throw .badRequest("missing_content_type", "Missing Content-Type header")
        }
        guard !request.body.isEmpty else { throw .badRequest("empty_query", "Empty query") }
        let mediaType = type.prefix { $0 != ";" }.lowercased()
        switch mediaType.trimmingBlanks() {
        case "application/json":
            do throws(SQLRequest.Malformed) {
                return try SQLRequest(json: request.body)
            } catch {
                if error.isContext { throw .badRequest("invalid_context", error.message) }
                throw .badRequest("malformed_request", error.message)
            }
        case "application/x-www-form-urlencoded":
            // The whole body is the statement, as Druid takes it, not a list of names and values.
            do throws(HTTPTarget.Failure) {
                return SQLRequest(sql: try HTTPTarget.formDecoded(request.body))
            } catch {
                throw .badRequest("malformed_request", "the statement is not percent-encoded UTF-8")
            }
        case "text/plain":
            guard let sql = String(validating: request.body, as: UTF8.self) else {
                throw .badRequest("invalid_utf8", "the statement is not UTF-8")
            }
            return SQLRequest(sql: sql)
        default:
            throw ProblemDetails(
                status: 415, code: "unsupported_media_type", title: "Unsupported media type",
                detail: "Unsupported Content-Type: \(type). Only application/json, text/plain "
                    + "or application/x-www-form-urlencoded is supported.")
        }
    }

    /// The figures of a query as one header field.
    static func text(of statistics: QueryStatistics) -> String {
        "rows=\(statistics.resultRows);rows_read=\(statistics.rowsRead);"
            + "segments=\(statistics.segmentsTotal);segments_pruned=\(statistics.segmentsPruned);"
            + "blocks_read=\(statistics.blocksRead);live_rows=\(statistics.liveRows);"
            + "elapsed_us=\(statistics.elapsedNanoseconds / 1_000)"
    }

    /// `GET /v1/queries`.
    func queries() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("queries")
        json.beginArray()
        for entry in database.running.entries {
            json.beginObject()
            json.key("id")
            json.value(entry.id)
            json.key("started")
            json.value(CivilTime.iso8601(microseconds: entry.startedMicroseconds))
            json.key("sql")
            json.value(entry.sql)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `DELETE /v1/queries/{id}`.
    func endQuery(_ id: String) throws(ProblemDetails) -> HTTPResponse {
        guard database.running.cancel(id: id) else {
            throw .notFound("unknown_query", "no query '\(id)' is running")
        }
        return HTTPResponse(status: 202)
    }
}
