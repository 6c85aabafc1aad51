import Ingest
import Segments

/// `POST /v1/tables/{t}/events`.
extension APIHandler {
    /// Takes the rows of a request: all or nothing, or with dead letters, as it asks.
    ///
    /// Rows that were read under a schema that has changed meanwhile are read again.
    func takeEvents(
        _ request: HTTPRequest, _ found: (snapshot: Snapshot, table: TableSnapshot)
    ) throws(ProblemDetails) -> HTTPResponse {
        let onError = try Self.errorPolicy(request.head)
        let schema = found.table.schema
        guard schema.name != RejectsTable.name else {
            throw .badRequest("read_only_table", "dead letters are written by the server alone")
        }
        try checkWritable()
        let headers = try OriginHeaders(request.head)
        let body = try Self.body(of: request)
        let origin = try headers.origin(body: body, table: schema)
        do throws(IngestError) {
            if origin != .none,
                let first = try database.ingestion.answer(to: origin, table: schema.id)
            {
                return answer(repeated: first)
            }
        } catch {
            throw failure(of: error)
        }
        let outcome = try submitting(to: schema) { schema throws(IngestError) in
            try submit(body, of: request.head, to: schema, onError, origin)
        }
        guard outcome.standing == .first else { return answer(repeated: outcome) }
        judge(outcome.counts, Self.source(request.head, table: schema.name))
        return Self.answer(outcome)
    }

    /// Submits rows, again where they were read under a schema that has changed meanwhile, and
    /// counts what became of them.
    func submitting(
        to first: TableSchema, _ submit: (TableSchema) throws(IngestError) -> CommitOutcome
    ) throws(ProblemDetails) -> CommitOutcome {
        var schema = first
        var attempt = 1
        while true {
            do throws(IngestError) {
                let outcome = try submit(schema)
                if outcome.standing != .first { return outcome }
                count(outcome.counts)
                return outcome
            } catch {
                guard case .tableChanged = error, attempt < Self.attemptCount,
                    let table = database.catalog.snapshot.table(schema.id)
                else { throw failure(of: error) }
                schema = table.schema
                attempt += 1
            }
        }
    }

    /// How often a body is read for a table whose schema changes every time.
    private static let attemptCount = 3

    private func submit(
        _ body: [UInt8], of head: HTTPRequestHead, to schema: TableSchema, _ onError: ErrorPolicy,
        _ origin: RequestOrigin
    ) throws(IngestError) -> CommitOutcome {
        let events = try EventParser(schema: schema).parse(
            body, format: Self.format(head), now: database.clock.wallMicroseconds())
        let limit = database.configuration.maximumRowCount
        guard events.batch.rowCount + events.rejections.count <= limit else {
            throw .limitExceeded(limit: "rows", value: limit)
        }
        return try database.ingestion.submit(
            CommitRequest(
                schema: schema, events: events, onError: onError,
                requestID: head.headers["X-Request-Id"] ?? "", origin: origin))
    }

    private static func errorPolicy(_ head: HTTPRequestHead) throws(ProblemDetails) -> ErrorPolicy {
        guard let text = head.target.value("on_error") else { return .abort }
        guard let policy = ErrorPolicy(rawValue: text) else {
            throw .badRequest("invalid_parameter", "on_error is abort or quarantine, not '\(text)'")
        }
        return policy
    }

    private static func body(of request: HTTPRequest) throws(ProblemDetails) -> [UInt8] {
        do throws(HTTPBodyDecodingError) {
            return try request.decodedBody()
        } catch {
            throw error.problem
        }
    }

    private static func format(_ head: HTTPRequestHead) -> EventFormat {
        switch head.headers["Content-Type"]?.prefix(while: { $0 != ";" }).lowercased() {
        case "application/x-ndjson", "application/jsonlines": .ndjson
        case "text/csv": .csv
        case "text/tab-separated-values": .tsv
        default: .detect
        }
    }

    private func count(_ counts: IngestCounts) {
        database.metrics.rowsAccepted.add(counts.accepted)
        database.metrics.rowsDuplicate.add(counts.duplicate)
        database.metrics.rowsConflict.add(counts.conflict)
        database.metrics.rowsRejected.add(counts.rejected)
        database.metrics.rowsStale.add(counts.stale)
    }

    /// Whose rows these are: a producer that names itself, else the client's address.
    static func source(_ head: HTTPRequestHead, table: String) -> RejectBreaker.Source {
        RejectBreaker.Source(
            table: table, sender: head.headers["Daybook-Producer"] ?? head.peerAddress)
    }

    /// The refusal of a paused sender, if it is one.
    func refusalOfPaused(_ head: HTTPRequestHead, table: String) -> HTTPResponse? {
        let source = Self.source(head, table: table)
        guard let pause = database.breaker.pause(of: source) else { return nil }
        var problem = ProblemDetails(
            status: 503, code: "source_paused", title: "Paused",
            detail: "more than \(database.configuration.maximumRejectPercent) of 100 rows that "
                + "'\(source.sender)' sent to '\(table)' were rejected",
            retryable: true)
        problem.applied = false
        problem.hint = "GET /v1/tables/\(table)/rejects shows them; others are not paused"
        return problem.response(retryAfterSeconds: Int(pause / 1_000_000_000) + 1)
    }

    private func judge(_ counts: IngestCounts, _ source: RejectBreaker.Source) {
        let rejected = counts.rejected + counts.conflict
        let run = database.breaker.count(
            source, rows: counts.accepted + counts.duplicate + counts.stale + rejected,
            rejected: rejected)
        guard let run else { return }
        database.log.write(
            .warning, "source_paused",
            [
                "table": .text(source.table), "sender": .text(source.sender),
                "rows": .number(run.rows), "rejected": .number(run.rejected),
            ])
    }

    private func failure(of error: IngestError) -> ProblemDetails {
        var problem = ProblemDetails(error)
        if case .overloaded = error { database.metrics.overloads.add() }
        if case .aborted(let rejections) = error {
            database.metrics.rowsRejected.add(rejections.count)
            problem.rejections = Array(rejections.prefix(Self.listedRejectionCount))
        }
        return problem
    }

    /// Rejections that an answer lists; all of them are in `sys.rejects`.
    private static let listedRejectionCount = 100

    /// What the first of equal requests was answered, without the list of its rejections.
    private func answer(repeated outcome: CommitOutcome) -> HTTPResponse {
        database.metrics.requestsRepeated.add()
        var response = Self.answer(outcome)
        response.headers.add(OriginHeaders.replay, "true")
        return response
    }

    static func answer(_ outcome: CommitOutcome) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("status")
        json.value(outcome.standing == .first ? "ok" : "duplicate")
        for (name, figure) in [
            ("accepted", outcome.counts.accepted), ("duplicate", outcome.counts.duplicate),
            ("conflict", outcome.counts.conflict), ("rejected", outcome.counts.rejected),
            ("stale", outcome.counts.stale), ("updated", outcome.counts.updated),
            ("deleted", outcome.counts.deleted),
        ] {
            json.key(name)
            // What it was is not known any more: a zero would be a lie.
            if outcome.standing == .repeatedLongAgo {
                json.null()
            } else {
                json.value(Int64(figure))
            }
        }
        json.key("version")
        json.value(Int64(outcome.version))
        json.key("rejections")
        json.append(rejections: outcome.refused.prefix(listedRejectionCount))
        json.endObject()
        return .json(json, version: outcome.version)
    }
}

extension JSONWriter {
    /// Appends what is wrong with which line, without its bytes.
    mutating func append(rejections: some Sequence<Rejection>) {
        beginArray()
        for rejection in rejections {
            beginObject()
            key("line")
            value(Int64(rejection.line))
            key("code")
            value(rejection.code.rawValue)
            key("field")
            if let field = rejection.field { value(field) } else { null() }
            key("column")
            value(Int64(rejection.column))
            key("message")
            value(rejection.message)
            endObject()
        }
        endArray()
    }
}
