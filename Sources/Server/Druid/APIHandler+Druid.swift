import Query
import Segments

/// `/druid/v2/sql`: Druid's SQL API, so that its clients connect unchanged.
///
/// The same statements as on `/v1/sql`, bound in Druid's dialect, answered in Druid's bytes.
extension APIHandler {
    /// Answers a request under Druid's paths; failures have Druid's form.
    func druid(
        _ request: HTTPRequest, _ route: DruidRoute, _ cancellation: Cancellation
    ) -> HTTPResponse {
        switch route {
        case .sql: druidSQL(request, cancellation)
        case .cancel(let id): HTTPResponse(status: database.running.cancel(id: id) ? 202 : 404)
        case .engines: Self.druidJSON("{\"engines\":[{\"name\":\"native\"}]}")
        case .queries: Self.druidJSON("{\"queries\":[]}")
        case .status: druidStatus()
        case .health: Self.druidJSON("true")
        case .selfDiscovered: Self.druidJSON("{\"selfDiscovered\":true}")
        case .properties: druidProperties()
        case .datasources, .coordinatorDatasources: datasources()
        case .datasource(let name): datasource(name)
        case .intervals(let name): intervals(name)
        case .coordinatorLoad: loadStatus()
        case .brokerLoad: Self.druidJSON("{\"inventoryInitialized\":true}")
        }
    }

    /// Druid ends the bodies of its other answers without a line feed.
    static func druidJSON(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", bytes: Array(text.utf8))
    }

    // MARK: SQL

    private func druidSQL(_ request: HTTPRequest, _ cancellation: Cancellation) -> HTTPResponse {
        var statement: SQLRequest
        do throws(ProblemDetails) {
            statement = try self.statement(of: request)
        } catch {
            return Self.refusal(of: error, request.head)
        }
        statement.style.isDruid = true
        statement.dialect = .druid
        let id = statement.queryID ?? Self.drawnID()
        statement.queryID = id
        do throws(StatementError) {
            return Self.druidAnswer(try database.run(statement, cancellation: cancellation))
        } catch {
            return Self.answer(to: DruidRefusal(error, sql: statement.sql), request.head, id: id)
        }
    }

    /// A body that could not be read as a request: these have no more than a message in Druid.
    private static func refusal(of problem: ProblemDetails, _ head: HTTPRequestHead) -> HTTPResponse
    {
        if problem.code == "invalid_context" {
            let error = DruidRefusal("Query context parse failed", .invalidInput, problem.detail)
            return answer(to: error, head, id: nil)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("error")
        json.value(problem.detail)
        json.endObject()
        return HTTPResponse(
            status: problem.status, contentType: "application/json", bytes: json.bytes)
    }

    private static func answer(
        to error: DruidRefusal, _ head: HTTPRequestHead, id: String?
    ) -> HTTPResponse {
        var headers = HTTPHeaders([("Content-Type", "application/json")])
        if let id, headersMayHold(id) { headers.add(sqlIDHeader, id) }
        let host = head.headers["Host"] ?? "localhost"
        return HTTPResponse(
            status: error.category.status, headers: headers, body: .bytes(error.json(host: host)))
    }

    private static let sqlIDHeader = "X-Druid-SQL-Query-Id"
    private static let completeHeader = "X-Druid-Response-Complete"

    /// Always in chunks: the trailer says whether the answer is whole.
    private static func druidAnswer(_ outcome: StatementResult) -> HTTPResponse {
        var headers = HTTPHeaders([("Content-Type", "application/json")])
        if headersMayHold(outcome.queryID) {
            headers.add(sqlIDHeader, outcome.queryID)
            headers.add("X-Druid-Query-Id", outcome.queryID)
        }
        headers.add("X-Druid-Response-Context", "{}")
        if outcome.style.hasHeader { headers.add("X-Druid-SQL-Header-Included", "yes") }
        headers.add("Trailer", completeHeader)
        let style = outcome.style
        let result = outcome.result
        return HTTPResponse(
            status: 200, headers: headers,
            body: .stream { writer in
                var encoder = ResultEncoder(result?.fields ?? [], style: style)
                encoder.begin()
                for batch in result?.batches ?? [] {
                    encoder.append(batch.columns)
                    guard encoder.bytes.count >= pieceByteCount else { continue }
                    try writer.write(encoder.bytes)
                    encoder.bytes = []
                }
                encoder.end()
                try writer.write(encoder.bytes)
                return HTTPHeaders([(completeHeader, "true")])
            })
    }

    /// Rows are sent in pieces of about this size.
    private static let pieceByteCount = 64 << 10

    /// An id is the client's own text.
    private static func headersMayHold(_ id: String) -> Bool {
        HTTPHeaders.isValue(id) && id.utf8.allSatisfy { $0 < 0x80 }
    }

    /// A random id in the form of a UUID, version 4.
    private static func drawnID() -> String {
        let high = UInt64.random(in: 0...UInt64.max) & ~0xF000 | 0x4000
        let low = UInt64.random(in: 0...UInt64.max) & ~(3 << 62) | 1 << 63
        let digits = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }.joined()
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            digits.dropFirst(range.lowerBound).prefix(range.count)
        }
        return parts.joined(separator: "-")
    }
}
