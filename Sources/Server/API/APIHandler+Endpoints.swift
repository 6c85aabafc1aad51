import Ingest
import Query
import Segments

/// Endpoints over HTTP: published queries with typed parameters, and entity tags.
extension APIHandler {
    /// `GET /v1/endpoints`: what there is, and what each takes.
    func listEndpoints() -> HTTPResponse {
        let snapshot = database.catalog.snapshot
        var json = JSONWriter()
        json.beginObject()
        json.key("endpoints")
        json.beginArray()
        for endpoint in snapshot.endpoints.sorted(by: { $0.name < $1.name }) {
            json.beginObject()
            json.key("name")
            json.value(endpoint.name)
            json.key("parameters")
            json.beginArray()
            for parameter in endpoint.parameters { json.append(parameter) }
            json.endArray()
            json.key("sql")
            json.value(endpoint.sql)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: snapshot.version)
    }

    /// The endpoint of that name, with the snapshot that has it.
    func endpoint(_ name: String) throws(ProblemDetails) -> (Endpoint, Snapshot) {
        let snapshot = database.catalog.snapshot
        if let found = snapshot.endpoints.first(where: { $0.name == name }) {
            return (found, snapshot)
        }
        var problem = ProblemDetails.notFound("unknown_endpoint", "there is no endpoint '\(name)'")
        problem.hint = Spelling.nearest(to: name, among: snapshot.endpoints.map(\.name)).map {
            "did you mean '\($0)'?"
        }
        throw problem
    }

    /// `GET /v1/endpoints/{name}?parameter=value`: the rows, as JSON objects or, where the client
    /// asks for it, as CSV; 304 where the client has them already.
    func answer(
        _ found: (endpoint: Endpoint, snapshot: Snapshot), _ head: HTTPRequestHead,
        _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        let (endpoint, snapshot) = found
        var request = SQLRequest(sql: endpoint.sql)
        request.parameters = try Self.parameters(of: endpoint, head)
        let isCSV = head.headers["Accept"]?.lowercased().contains("text/csv") ?? false
        if isCSV { (request.style.format, request.style.hasHeader) = (.csv, true) }
        var headers = HTTPHeaders([
            ("Content-Type", isCSV ? "text/csv" : "application/json"),
            ("X-Daybook-Version", String(snapshot.version)), ("Vary", "Accept"),
        ])
        do throws(StatementError) {
            if let tag = try database.entityTag(of: endpoint, request, on: snapshot) {
                let tag = "\"\(tag)\(isCSV ? "-csv" : "")\""
                headers.add("ETag", tag)
                headers.add("Cache-Control", "no-cache")
                if Self.matches(head.headers["If-None-Match"], tag) {
                    return HTTPResponse(status: 304, headers: headers)
                }
            } else {
                headers.add("Cache-Control", "no-store")
            }
            let outcome = try database.run(
                request, on: snapshot, cancellation: cancellation, isReadOnly: true)
            var encoder = ResultEncoder(outcome.result?.fields ?? [], style: outcome.style)
            encoder.begin()
            for batch in outcome.result?.batches ?? [] { encoder.append(batch.columns) }
            encoder.end()
            return HTTPResponse(status: 200, headers: headers, body: .bytes(encoder.bytes))
        } catch {
            throw ProblemDetails(error, sql: endpoint.sql)
        }
    }

    /// Whether one of the tags that a client has is the one there is; weak ones count as strong.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let known = part.trimmingBlanks()
            return known == "*" || known == tag || known == "W/" + tag
        }
    }

    /// The parameters' values: from the request, else their defaults.
    private static func parameters(
        of endpoint: Endpoint, _ head: HTTPRequestHead
    ) throws(ProblemDetails) -> [SQLRequest.Parameter] {
        let names = endpoint.parameters.map(\.name)
        for item in head.query where !names.contains(item.name) {
            throw .unknownParameter(item.name, known: names)
        }
        var values: [SQLRequest.Parameter] = []
        for (index, parameter) in endpoint.parameters.enumerated() {
            guard let given = head.target.value(parameter.name) else {
                guard let standard = parameter.defaultValue else {
                    throw .badRequest(
                        "missing_parameter",
                        "'\(parameter.name)', a \(parameter.type), must be given")
                }
                values.append(
                    SQLRequest.Parameter(
                        name: parameter.name,
                        value: ParameterValue(standard, of: parameter.type)))
                continue
            }
            do throws(QueryError) {
                let value = try ParameterValue(
                    given, as: parameter.type, position: index + 1)
                values.append(SQLRequest.Parameter(name: parameter.name, value: value))
            } catch {
                var problem = ProblemDetails.badRequest(
                    "invalid_parameter",
                    "'\(parameter.name)' is a \(parameter.type), not '\(given)'")
                problem.hint = error.hint
                throw problem
            }
        }
        return values
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ parameter: Endpoint.Parameter) {
        beginObject()
        key("name")
        value(parameter.name)
        key("type")
        value(parameter.type.description)
        key("required")
        value(parameter.defaultValue == nil)
        key("default")
        if let standard = parameter.defaultValue, !standard.isNull {
            value(standard.description)
        } else {
            null()
        }
        endObject()
    }
}
