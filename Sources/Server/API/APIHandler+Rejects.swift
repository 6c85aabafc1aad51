import Ingest
import Query
import Segments

/// Dead letters over HTTP: listing them, sending them in again, giving them up.
extension APIHandler {
    /// Letters that one request lists or tries.
    private static let maximumLetterCount = 2_000
    /// How often a replay begins anew because another one was faster.
    private static let attemptCount = 5

    /// A letter as it is stored.
    private struct Letter {
        let id: LetterID
        let raw: [UInt8]
    }

    // MARK: Listing

    /// `GET /v1/tables/{t}/rejects?limit=&state=&code=`: the newest dead letters of a table.
    func rejects(
        _ head: HTTPRequestHead, _ name: String, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        let found: FoundTable = try table(name)
        let table = found.table.schema
        let limit = try Self.limit(head, default: 100, maximum: Self.maximumLetterCount)
        let state = head.target.value("state") ?? "open"
        guard state == "open" || state == "all" else {
            throw .badRequest("invalid_parameter", "state is open or all, not '\(state)'")
        }
        let open = database.ingestion.openLetters(of: table.id, limit: Self.maximumLetterCount)
        var conditions: [String] = []
        var values = [name]
        if state == "open" { conditions.append(Self.condition(open.map(\.id))) }
        if let code = head.target.value("code") {
            conditions.append("AND code = ?")
            values.append(code)
        }
        let outcome = try letters(
            """
            SELECT "time", id, request_id, line, code, field, message, raw, raw_encoding, attempts,
              source, stream_partition, stream_offset
            FROM sys.rejects WHERE table_name = ? \(conditions.joined(separator: " "))
            ORDER BY "time" DESC, line LIMIT \(limit)
            """, values, cancellation)
        var json = JSONWriter()
        json.beginObject()
        json.key("rejects")
        let fields = outcome.result?.fields ?? []
        let attempts = Dictionary(open.map { ($0.id.description, $0.attemptCount) }) { one, _ in one
        }
        let batches = (outcome.result?.batches ?? []).map {
            Self.counting(attempts, in: $0, fields)
        }
        Self.append(batches, fields, to: &json)
        json.endObject()
        return .json(json, version: outcome.version)
    }

    /// `AND id IN (…)`; ids are digits and a dash. None is no letter at all.
    private static func condition(_ letters: [LetterID]) -> String {
        letters.isEmpty
            ? "AND FALSE" : "AND id IN (" + letters.map { "'\($0)'" }.joined(separator: ", ") + ")"
    }

    /// The rows with the attempts as they are now; what is stored is that of the beginning.
    private static func counting(
        _ attempts: [String: Int], in batch: RowBatch, _ fields: [ResultField]
    ) -> RowBatch {
        guard let ids = fields.firstIndex(where: { $0.name == "id" }),
            let counts = fields.firstIndex(where: { $0.name == "attempts" })
        else { return batch }
        let builder = ColumnBuilder(type: .bigint)
        for row in 0..<batch.rowCount {
            if case .varchar(let id) = batch.columns[ids].value(at: row),
                let count = attempts[id.string]
            {
                builder.append(integer: Int64(count))
            } else if case .bigint(let count) = batch.columns[counts].value(at: row) {
                builder.append(integer: count)
            } else {
                builder.appendNull()
            }
        }
        var columns = batch.columns
        columns[counts] = builder.finish()
        return RowBatch(rowCount: batch.rowCount, columns: columns)
    }

    private func letters(
        _ sql: String, _ values: [String], _ cancellation: Cancellation
    ) throws(ProblemDetails) -> StatementResult {
        var request = SQLRequest(sql: sql)
        request.parameters = values.map { value in
            SQLRequest.Parameter(name: nil, value: ParameterValue(.varchar(Text(value))))
        }
        do throws(StatementError) {
            return try database.run(request, cancellation: cancellation)
        } catch {
            throw ProblemDetails(error, sql: sql)
        }
    }

    // MARK: Replaying and discarding

    /// What a request to replay or discard asks for.
    private struct Wish {
        /// `nil` for all that are open, the oldest first.
        var ids: [LetterID]?
        /// Rows that take the place of what was sent.
        var rows: [LetterID: [UInt8]] = [:]
    }

    /// `POST /v1/tables/{t}/rejects:replay`: letters become rows, if they can by now; each at most
    /// once.
    func replayRejects(
        _ request: HTTPRequest, _ name: String, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        try checkWritable()
        let wish = try Self.wish(request, takesRows: true)
        return try commitLetters(of: wish, name) { ids, schema throws(ProblemDetails) in
            let letters = try self.stored(ids, name, cancellation)
            var body: [UInt8] = []
            for letter in letters {
                // Line breaks outside of strings are blanks, and within them they are no JSON.
                let text = wish.rows[letter.id] ?? letter.raw
                body += text.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 } + [0x0a]
            }
            let events: ParsedEvents
            do throws(IngestError) {
                events = try EventParser(schema: schema).parse(
                    body, format: .ndjson, now: self.database.clock.wallMicroseconds())
            } catch {
                throw ProblemDetails(error)
            }
            var commit = CommitRequest(
                schema: schema, events: events, onError: .quarantine,
                requestID: request.head.headers["X-Request-Id"] ?? "replay")
            commit.letters = letters.map(\.id)
            return commit
        }
    }

    /// `POST /v1/tables/{t}/rejects:discard`: letters are given up; `sys.rejects` keeps them.
    func discardRejects(
        _ request: HTTPRequest, _ name: String
    ) throws(ProblemDetails) -> HTTPResponse {
        try checkWritable()
        let wish = try Self.wish(request, takesRows: false)
        return try commitLetters(of: wish, name) { ids, schema throws(ProblemDetails) in
            var commit = CommitRequest(
                schema: schema, events: ParsedEvents(RowBatch(schema, rows: [])),
                onError: .quarantine, requestID: request.head.headers["X-Request-Id"] ?? "discard")
            commit.letters = ids
            return commit
        }
    }

    /// Commits what `make` makes of the letters that are open, anew where others were faster.
    private func commitLetters(
        of wish: Wish, _ name: String,
        _ make: ([LetterID], TableSchema) throws(ProblemDetails) -> CommitRequest
    ) throws(ProblemDetails) -> HTTPResponse {
        var attempt = 1
        while true {
            let found: FoundTable = try table(name)
            let schema = found.table.schema
            let open = database.ingestion.openLetters(of: schema.id, limit: .max).map(\.id)
            let known = Set(open)
            let ids = wish.ids?.filter { known.contains($0) } ?? open.reversed()
            let chosen = Array(ids.prefix(Self.maximumLetterCount))
            guard !chosen.isEmpty else { return answer(nil, [], closed: wish.ids?.count ?? 0) }
            let commit = try make(chosen, schema)
            do throws(IngestError) {
                let outcome = try database.ingestion.submit(commit)
                return answer(
                    outcome, commit.letters,
                    closed: (wish.ids?.count ?? 0) - (wish.ids == nil ? 0 : ids.count))
            } catch {
                let isSlower =
                    switch error {
                    case .origin(.letterClosed), .tableChanged: true
                    default: false
                    }
                guard isSlower, attempt < Self.attemptCount else { throw ProblemDetails(error) }
                attempt += 1
            }
        }
    }

    /// The texts of letters, in the order of their ids.
    private func stored(
        _ ids: [LetterID], _ name: String, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> [Letter] {
        let outcome = try letters(
            """
            SELECT id, raw, raw_encoding FROM sys.rejects
            WHERE table_name = ? \(Self.condition(ids))
            """, [name], cancellation)
        var letters: [Letter] = []
        for row in outcome.result?.rows ?? [] {
            guard case .varchar(let id) = row[0], case .varchar(let raw) = row[1],
                case .varchar(let encoding) = row[2], let id = LetterID(id.string)
            else { continue }
            let bytes = Array(raw.bytes)
            letters.append(
                Letter(id: id, raw: encoding.string == "hex" ? Self.bytes(ofHex: bytes) : bytes))
        }
        return letters.sorted { $0.id < $1.id }
    }

    private static func bytes(ofHex text: [UInt8]) -> [UInt8] {
        func digit(_ byte: UInt8) -> UInt8 { byte < 0x3a ? byte &- 0x30 : byte &- 0x57 }
        return stride(from: 0, to: text.count - 1, by: 2).map {
            digit(text[$0]) << 4 | digit(text[$0 + 1])
        }
    }

    private static func wish(
        _ request: HTTPRequest, takesRows: Bool
    ) throws(ProblemDetails) -> Wish {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) {
            document = try JSONValue(parsing: request.body)
        } catch {
            throw .badRequest("invalid_json", "\(error.reason) at byte \(error.byteOffset)")
        }
        guard case .object(let members) = document else {
            throw .badRequest("invalid_json", "an object with 'ids' or 'all' was expected")
        }
        for member in members where !["ids", "all"].contains(member.name) {
            guard takesRows, member.name == "rows" else {
                throw .badRequest("unknown_field", "there is no member '\(member.name)'")
            }
        }
        var wish = Wish()
        if case .object(let rows)? = document["rows"] {
            for row in rows {
                wish.rows[try letter(row.name)] = text(of: row.value)
            }
        }
        if document["all"]?.boolean == true { return wish }
        guard let elements = document["ids"]?.elements ?? (wish.rows.isEmpty ? nil : []) else {
            throw .badRequest("missing_field", "give 'ids', an array, or 'all': true")
        }
        var ids = Set(wish.rows.keys)
        for element in elements { ids.insert(try letter(element.string ?? "")) }
        guard ids.count <= maximumLetterCount else {
            throw .badRequest("invalid_parameter", "at most \(maximumLetterCount) letters at once")
        }
        wish.ids = ids.sorted()
        return wish
    }

    private static func letter(_ text: String) throws(ProblemDetails) -> LetterID {
        guard let id = LetterID(text) else {
            throw .badRequest("invalid_parameter", "'\(text)' is no id of a dead letter")
        }
        return id
    }

    private static func text(of value: JSONValue) -> [UInt8] {
        var json = JSONWriter()
        json.append(value)
        return json.bytes
    }

    private func answer(
        _ outcome: CommitOutcome?, _ letters: [LetterID], closed: Int
    ) -> HTTPResponse {
        let version = outcome?.version ?? database.catalog.snapshot.version
        var json = JSONWriter()
        json.beginObject()
        for (name, figure) in [
            ("accepted", outcome?.counts.accepted ?? 0),
            ("duplicate", outcome?.counts.duplicate ?? 0),
            ("closed", letters.count - (outcome?.refused.count ?? 0)),
            ("not_open", closed),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("version")
        json.value(Int64(clamping: version))
        json.key("failed")
        json.beginArray()
        for rejection in outcome?.refused ?? [] {
            json.beginObject()
            for (name, text) in [
                ("id", letters[rejection.line - 1].description), ("code", rejection.code.rawValue),
                ("message", rejection.message),
            ] {
                json.key(name)
                json.value(text)
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: version)
    }
}
