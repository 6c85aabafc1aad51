import Ingest
import Query
import Segments

/// Dashboards over HTTP: every panel at one version; a failing panel never fails the page.
extension APIHandler {
    /// `GET /v1/dashboards`.
    func listDashboards() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("dashboards")
        json.beginArray()
        for dashboard in dashboards {
            json.beginObject()
            json.key("id")
            json.value(dashboard.id)
            json.key("title")
            json.value(dashboard.title)
            json.key("description")
            json.value(dashboard.description)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// The dashboard of that id.
    func dashboard(_ id: String) throws(ProblemDetails) -> Dashboard {
        if let found = dashboards.first(where: { $0.id == id }) { return found }
        var problem = ProblemDetails.notFound("unknown_dashboard", "there is no dashboard '\(id)'")
        problem.hint = Spelling.nearest(to: id, among: dashboards.map(\.id)).map {
            "did you mean '\($0)'?"
        }
        throw problem
    }

    /// `GET /v1/dashboards/{id}`: the definition.
    func describe(_ dashboard: Dashboard) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        for (name, text) in [
            ("id", dashboard.id), ("title", dashboard.title),
            ("description", dashboard.description),
        ] {
            json.key(name)
            json.value(text)
        }
        json.key("parameters")
        json.beginArray()
        for parameter in dashboard.parameters {
            json.beginObject()
            json.key("name")
            json.value(parameter.name)
            json.key("type")
            json.value(parameter.type)
            json.key("default")
            json.append(parameter.standard)
            json.endObject()
        }
        json.endArray()
        json.key("panels")
        json.beginArray()
        for panel in dashboard.panels {
            json.beginObject()
            json.append(headOf: panel)
            json.key("sql")
            json.value(panel.sql)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `GET /v1/dashboards/{id}/data?parameter=value`: all panels' rows.
    func data(
        _ dashboard: Dashboard, _ head: HTTPRequestHead, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        let parameters = try Self.parameters(of: dashboard, head)
        let snapshot = database.catalog.snapshot
        var json = JSONWriter(reservedByteCount: 64 << 10)
        json.beginObject()
        json.key("id")
        json.value(dashboard.id)
        json.key("version")
        json.value(Int64(snapshot.version))
        json.key("parameters")
        json.beginObject()
        for parameter in parameters {
            json.key(parameter.name ?? "")
            json.value(parameter.value.value.description)
        }
        json.endObject()
        json.key("panels")
        json.beginArray()
        for panel in dashboard.panels {
            json.beginObject()
            json.append(headOf: panel)
            append(panel, parameters, snapshot, cancellation, to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: snapshot.version)
    }

    /// Appends a panel's columns and rows, or what went wrong.
    private func append(
        _ panel: Dashboard.Panel, _ parameters: [SQLRequest.Parameter], _ snapshot: Snapshot,
        _ cancellation: Cancellation, to json: inout JSONWriter
    ) {
        var request = SQLRequest(sql: panel.sql)
        request.parameters = parameters
        do throws(StatementError) {
            let outcome = try database.run(
                request, on: snapshot, cancellation: cancellation, isReadOnly: true)
            let fields = outcome.result?.fields ?? []
            json.key("columns")
            json.beginArray()
            for field in fields {
                json.beginObject()
                json.key("name")
                json.value(field.name)
                json.key("type")
                json.value(field.type.description)
                json.endObject()
            }
            json.endArray()
            json.key("rows")
            var style = ResultStyle()
            style.format = .array
            var encoder = ResultEncoder(fields, style: style)
            encoder.begin()
            for batch in outcome.result?.batches ?? [] { encoder.append(batch.columns) }
            encoder.end()
            json.raw(encoder.bytes.span.extracting(droppingLast: 1))
        } catch {
            json.key("error")
            json.beginObject()
            ProblemDetails(error, sql: panel.sql).write(into: &json)
            json.endObject()
        }
    }

    /// The parameters' values: from the request, else their defaults.
    private static func parameters(
        of dashboard: Dashboard, _ head: HTTPRequestHead
    ) throws(ProblemDetails) -> [SQLRequest.Parameter] {
        let names = dashboard.parameters.map(\.name)
        for item in head.query where !names.contains(item.name) {
            throw .unknownParameter(item.name, known: names)
        }
        var values: [SQLRequest.Parameter] = []
        for (index, parameter) in dashboard.parameters.enumerated() {
            let given = head.target.value(parameter.name).map { Value.varchar(Text($0)) }
            do throws(QueryError) {
                values.append(
                    SQLRequest.Parameter(
                        name: parameter.name,
                        value: try ParameterValue(
                            typeName: parameter.type,
                            value: given ?? SQLRequest.value(parameter.standard),
                            position: index + 1)))
            } catch {
                throw .badRequest("invalid_parameter", "'\(parameter.name)': \(error.message)")
            }
        }
        return values
    }
}

extension JSONWriter {
    /// Appends what is known of a panel before it is run.
    fileprivate mutating func append(headOf panel: Dashboard.Panel) {
        for (name, text) in [
            ("id", panel.id), ("title", panel.title), ("visual", panel.visual.rawValue),
        ] {
            key(name)
            value(text)
        }
        for (name, text) in [("x", panel.x), ("y", panel.y)] {
            key(name)
            if let text { value(text) } else { null() }
        }
    }

    /// Appends a tree.
    mutating func append(_ tree: JSONValue) {
        switch tree {
        case .null: null()
        case .boolean(let flag): value(flag)
        case .number(let text): number(digits: text.bytes.span)
        case .string(let text): value(utf8: text.bytes.span)
        case .array(let elements):
            beginArray()
            for element in elements { append(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                append(member.value)
            }
            endObject()
        }
    }
}
