import Ingest
import Query
import Segments

/// One row of a state table by its primary key: read, put, deleted, on a condition.
///
/// The key's values stand in the path one behind the other, each percent-encoded. What is written
/// becomes an event and goes the way of all events.
extension APIHandler {
    // MARK: Reading

    /// `GET /v1/tables/{t}/rows/{key…}` where no column's index is over the key.
    func rowOfWholeKey(
        _ key: [String], _ head: HTTPRequestHead, _ found: FoundTable
    ) throws(ProblemDetails) -> HTTPResponse {
        let schema = found.table.schema
        let columns = try Self.columns(head, schema)
        let event = try Self.event(Self.members(ofKey: key, schema), isDeletion: true, schema)
        let wanted = RowBatch(
            rowCount: 1, columns: schema.primaryKey.map { event.batch.columns[$0] })
        let row: RowBatch?
        do throws(QueryError) {
            row = try PrimaryKeyLookup(found.table, now: database.clock.wallMicroseconds())
                .row(wanted, columns: columns)
        } catch {
            throw ProblemDetails(error, sql: "")
        }
        guard let row else {
            throw .notFound(
                "row_not_found", "no row has the key '\(key.joined(separator: "', '"))'")
        }
        return Self.answer(row, columns, found)
    }

    // MARK: Writing

    /// `PUT /v1/tables/{t}/rows/{key…}`: the body is the row, its key may be left out.
    func putRow(
        _ key: [String], _ request: HTTPRequest, _ found: FoundTable
    ) throws(ProblemDetails) -> HTTPResponse {
        try checkWritable()
        let schema = try Self.stateSchema(found)
        let row = RowRequest(condition: try Self.condition(request.head))
        let members = try Self.missing(try Self.members(ofKey: key, schema), in: request.body)
        let body = Self.joined(members, request.body)
        return try write(schema, row) { schema throws(ProblemDetails) in
            try Self.events(body, schema, now: database.clock.wallMicroseconds())
        }
    }

    /// `DELETE /v1/tables/{t}/rows/{key…}?version=`: whatever version the row is, or at this one.
    func deleteRow(
        _ key: [String], _ head: HTTPRequestHead, _ found: FoundTable
    ) throws(ProblemDetails) -> HTTPResponse {
        try checkWritable()
        let schema = try Self.stateSchema(found)
        let version = head.target.value("version")
        let row = RowRequest(
            condition: try Self.condition(head), deletesAnyVersion: version == nil)
        var members = try Self.members(ofKey: key, schema)
        if let version {
            guard let index = schema.versionColumn else {
                throw .badRequest(
                    "invalid_parameter", "the rows of '\(schema.name)' have no version")
            }
            members.append(try Self.member(schema.columns[index], version))
        }
        return try write(schema, row) { schema throws(ProblemDetails) in
            try Self.event(members, isDeletion: true, schema)
        }
    }

    private static func stateSchema(_ found: FoundTable) throws(ProblemDetails) -> TableSchema {
        guard found.table.schema.isStateTable else {
            throw .badRequest(
                "no_key",
                "rows of '\(found.table.schema.name)' cannot be replaced: "
                    + "it has no PRIMARY KEY")
        }
        return found.table.schema
    }

    private func write(
        _ schema: TableSchema, _ row: RowRequest,
        _ read: (TableSchema) throws(ProblemDetails) -> ParsedEvents
    ) throws(ProblemDetails) -> HTTPResponse {
        let events = try read(schema)
        let outcome = try submitting(to: schema) { now throws(IngestError) in
            guard now == schema else { throw .tableChanged(schema.name) }
            return try database.ingestion.submit(
                schema: schema, events: events, onError: .abort, requestID: "", row: row)
        }
        var response = Self.answer(outcome)
        if let tag = outcome.tag { response.headers.add("ETag", "\"\(tag)\"") }
        return response
    }

    // MARK: Conditions

    /// What `If-Match` and `If-None-Match` ask.
    private static func condition(
        _ head: HTTPRequestHead
    ) throws(ProblemDetails) -> RowRequest.Condition {
        let isAbsent = head.headers["If-None-Match"]
        guard let text = head.headers["If-Match"] else {
            guard let isAbsent else { return .none }
            guard isAbsent == "*" else {
                throw .badRequest("invalid_header", "If-None-Match takes * here")
            }
            return .absent
        }
        guard isAbsent == nil else {
            throw .badRequest("invalid_header", "give If-Match or If-None-Match, not both")
        }
        if text == "*" { return .exists }
        var tags: [String] = []
        for part in text.split(separator: ",") {
            let tag = part.trimmingBlanks
            guard tag.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else {
                throw .badRequest(
                    "invalid_header", "If-Match takes * or ETags as they were answered, in quotes")
            }
            tags.append(String(tag.dropFirst().dropLast()))
        }
        return .matches(tags)
    }

    // MARK: Events

    /// A member of a JSON object: its name and its value as JSON.
    private struct Member {
        let name: String
        let value: String
        /// The value that a member of the same name must have.
        let expected: JSONValue
    }

    /// The key's columns with the values of a path.
    private static func members(
        ofKey key: [String], _ schema: TableSchema
    ) throws(ProblemDetails) -> [Member] {
        guard key.count == schema.primaryKey.count else {
            throw keyCount(key, schema.primaryKey.count)
        }
        var members: [Member] = []
        for (index, text) in zip(schema.primaryKey, key) {
            members.append(try member(schema.columns[index], text))
        }
        return members
    }

    private static func member(
        _ column: ColumnDefinition, _ text: String
    ) throws(ProblemDetails) -> Member {
        if column.type == .bigint {
            guard let number = Int64(text) else {
                throw .badRequest("invalid_key", "\(column.name) is a BIGINT, not '\(text)'")
            }
            return Member(
                name: column.name, value: "\(number)", expected: .number(Text("\(number)")))
        }
        var json = JSONWriter()
        json.value(text)
        return Member(
            name: column.name, value: String(decoding: json.bytes, as: UTF8.self),
            expected: .string(Text(text)))
    }

    /// Those of the members that an object lacks.
    private static func missing(
        _ members: [Member], in body: [UInt8]
    ) throws(ProblemDetails) -> [Member] {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) { document = try JSONValue(parsing: body) } catch {
            throw .badRequest("invalid_json", "\(error.reason) at byte \(error.byteOffset)")
        }
        guard case .object(let found) = document else {
            throw .badRequest("invalid_json", "the body is one JSON object, the row")
        }
        var missing: [Member] = []
        for member in members {
            guard let same = found.first(where: { $0.name == member.name }) else {
                missing.append(member)
                continue
            }
            guard same.value == member.expected else {
                throw .badRequest(
                    "invalid_key", "'\(member.name)' of the body is not that of the path")
            }
        }
        return missing
    }

    /// The object with further members, as an array of one.
    private static func joined(_ members: [Member], _ body: [UInt8]) -> [UInt8] {
        guard let start = body.firstIndex(of: UInt8(ascii: "{")) else { return body }
        let rest = body[(start + 1)...]
        let blanks: [UInt8] = [9, 10, 13, 32]
        let isEmpty = rest.first { !blanks.contains($0) } == UInt8(ascii: "}")
        let added = text(of: members)
        return Array("[{".utf8) + Array(added.utf8)
            + (isEmpty || members.isEmpty ? [] : [UInt8(ascii: ",")]) + rest
            + [UInt8(ascii: "]")]
    }

    private static func text(of members: [Member]) -> String {
        members.map { member in
            var name = JSONWriter()
            name.value(member.name)
            return String(decoding: name.bytes, as: UTF8.self) + ":" + member.value
        }.joined(separator: ",")
    }

    /// The event that these members make.
    private static func event(
        _ members: [Member], isDeletion: Bool, _ schema: TableSchema
    ) throws(ProblemDetails) -> ParsedEvents {
        var text = text(of: members)
        if isDeletion { text += ",\"\(ColumnDefinition.deleted.name)\":true" }
        if let index = schema.versionColumn,
            !members.contains(where: { $0.name == schema.columns[index].name })
        {
            // Whatever the row has takes its place.
            let name = Member(
                name: schema.columns[index].name,
                value: schema.columns[index].type == .date ? "\"1970-01-01\"" : "0",
                expected: .null)
            text += "," + Self.text(of: [name])
        }
        return try events(Array("[{\(text)}]".utf8), schema, now: .max)
    }

    private static func events(
        _ body: [UInt8], _ schema: TableSchema, now: Int64
    ) throws(ProblemDetails) -> ParsedEvents {
        let events: ParsedEvents
        do throws(IngestError) {
            events = try EventParser(schema: schema).parse(body, format: .jsonArray, now: now)
        } catch {
            throw ProblemDetails(error)
        }
        guard events.rejections.isEmpty, events.batch.rowCount == 1 else {
            var problem = ProblemDetails(IngestError.aborted(events.rejections))
            problem.rejections = events.rejections
            throw problem
        }
        return events
    }
}

extension Substring {
    /// Without the blanks at both ends.
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
