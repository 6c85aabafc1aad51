import Ingest
import Query
import Segments

/// Sources over HTTP.
extension APIHandler {
    /// `GET /v1/sources`.
    func sources() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("sources")
        json.beginArray()
        for source in database.sources.all { append(source, to: &json) }
        json.endArray()
        json.endObject()
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `GET /v1/sources/{name}`.
    func source(_ name: String) throws(ProblemDetails) -> HTTPResponse {
        let all = database.sources.all
        guard let source = all.first(where: { $0.definition.name == name }) else {
            var problem = ProblemDetails.notFound(
                "unknown_source", "there is no source '\(name)'")
            problem.hint = Spelling.nearest(to: name, among: all.map(\.definition.name))
                .map { "did you mean '\($0)'?" }
            throw problem
        }
        var json = JSONWriter()
        append(source, to: &json)
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `POST /v1/sources/{name}:pause`, `:resume?accept_gap=true` and `:reset?to=`.
    func change(
        source name: String, _ verb: Route.SourceVerb, _ head: HTTPRequestHead
    ) throws(ProblemDetails) -> HTTPResponse {
        let change: SourceChange
        switch verb {
        case .pause: change = .pause
        case .resume:
            let text = head.target.value("accept_gap") ?? "false"
            guard let acceptsGap = Bool(text) else {
                throw .badRequest(
                    "invalid_parameter", "accept_gap is true or false, not '\(text)'")
            }
            change = .resume(acceptsGap: acceptsGap)
        case .reset:
            guard let target = head.target.value("to") else {
                throw .badRequest(
                    "invalid_parameter", "to is 'earliest', 'latest' or a time, and must be given")
            }
            change = .reset(to: target)
        }
        do throws(StatementError) {
            try database.changeSource(named: name, change)
        } catch {
            throw ProblemDetails(error, sql: "")
        }
        return try source(name)
    }

    private func append(_ source: SourceSet.Source, to json: inout JSONWriter) {
        let (definition, status) = (source.definition, source.status)
        let table = database.catalog.snapshot.table(definition.tableID)?.schema.name ?? ""
        json.beginObject()
        for (name, text) in [
            ("name", definition.name), ("table", table),
            ("kind", definition.kind.keyword.lowercased()), ("state", status.state.rawValue),
        ] {
            json.key(name)
            json.value(text)
        }
        for (name, figure) in [
            ("lag_rows", Int(clamping: status.lag)), ("messages", status.messageCount),
            ("accepted", status.counts.accepted), ("duplicate", status.counts.duplicate),
            ("stale", status.counts.stale), ("conflict", status.counts.conflict),
            ("rejected", status.counts.rejected),
            ("skipped", status.skippedCount), ("repeated", status.repeatedCount),
            ("holes", Int(clamping: status.holeCount)),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("lag_seconds")
        json.value(status.lagSeconds(now: database.clock.wallMicroseconds()))
        json.key("rows_per_second")
        json.value(status.rowsPerSecond)
        json.key("error")
        append(status.error, definition.pause, to: &json)
        append(database.positions(of: source), to: &json)
        json.key("create_source")
        json.value(SourcePrinter.createSource(definition, of: table))
        json.endObject()
    }

    private func append(_ error: SourceError?, _ pause: String?, to json: inout JSONWriter) {
        guard let code = error?.code ?? pause else { return json.null() }
        json.beginObject()
        json.key("code")
        json.value(code)
        json.key("message")
        if let error { json.value("\(error)") } else { json.null() }
        json.endObject()
    }

    private func append(
        _ partitions: [SourceStatus.Partition], to json: inout JSONWriter
    ) {
        json.key("partitions")
        json.beginArray()
        for partition in partitions {
            json.beginObject()
            json.key("partition")
            json.value(Int64(partition.number))
            json.key("next")
            json.value(Int64(clamping: partition.next))
            json.key("end")
            if let end = partition.end { json.value(Int64(clamping: end)) } else { json.null() }
            json.endObject()
        }
        json.endArray()
    }
}
