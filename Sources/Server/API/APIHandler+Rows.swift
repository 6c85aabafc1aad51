import Ingest
import Query
import Segments

/// Look-ups over HTTP: by the unique key, by a declared id, many at once.
extension APIHandler {
    typealias FoundTable = (snapshot: Snapshot, table: TableSnapshot)

    /// Rows of a look-up where nothing is asked.
    private static let standardRowCount = 1_000

    /// `GET /v1/tables/{t}/rows/{key}`: the row of the unique key.
    func row(_ key: String, _ found: FoundTable) throws(ProblemDetails) -> HTTPResponse {
        let schema = found.table.schema
        guard let column = schema.uniqueColumns.first else {
            var problem = ProblemDetails.badRequest(
                "no_key", "the table '\(schema.name)' has no UNIQUE column")
            problem.hint = Self.hint(schema)
            throw problem
        }
        let value = try Self.value(key, schema.columns[column])
        let page = try look(up: [value], column, found, limit: 1, cursor: 0)
        guard page.rows.rowCount > 0 else {
            throw .notFound(
                "row_not_found", "no row has the \(schema.columns[column].name) '\(key)'")
        }
        var json = JSONWriter()
        Self.appendFirst(page.rows, schema, to: &json)
        return .json(json, version: found.snapshot.version)
    }

    /// `GET /v1/tables/{t}/rows?by=column&value=…&limit=…&cursor=…`.
    func rows(_ head: HTTPRequestHead, _ found: FoundTable) throws(ProblemDetails) -> HTTPResponse {
        for item in head.query where !["by", "value", "limit", "cursor"].contains(item.name) {
            throw .badRequest(
                "unknown_parameter", "rows takes by, value, limit and cursor, not '\(item.name)'")
        }
        guard let name = head.target.value("by"), let text = head.target.value("value") else {
            throw .badRequest("missing_parameter", "give ?by=<column>&value=<value>")
        }
        let schema = found.table.schema
        let column = try Self.column(name, schema)
        let limit = try Self.limit(
            head, default: Self.standardRowCount, maximum: RowLookup.maximumRowCount)
        let cursor = head.target.value("cursor").map { Int($0) } ?? 0
        guard let cursor, cursor >= 0 else {
            throw .badRequest("invalid_parameter", "cursor is what the last page gave")
        }
        let value = try Self.value(text, schema.columns[column])
        let page = try look(up: [value], column, found, limit: limit, cursor: cursor)
        var json = JSONWriter()
        json.beginObject()
        json.key("rows")
        Self.append([page.rows], Self.fields(schema), to: &json)
        json.key("version")
        json.value(Int64(found.snapshot.version))
        json.key("next_cursor")
        if let next = page.next { json.value(String(next)) } else { json.null() }
        json.endObject()
        return .json(json, version: found.snapshot.version)
    }

    /// `POST /v1/tables/{t}/rows:lookup` with `{"by": column, "values": [...]}`.
    func lookUp(
        _ request: HTTPRequest, _ found: FoundTable
    ) throws(ProblemDetails) -> HTTPResponse {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) {
            document = try JSONValue(parsing: request.body)
        } catch {
            throw .badRequest("invalid_json", "\(error.reason) at byte \(error.byteOffset)")
        }
        guard case .object(let members) = document else {
            throw .badRequest("invalid_json", "an object with 'by' and 'values' was expected")
        }
        for member in members where !["by", "values"].contains(member.name) {
            throw .badRequest("unknown_field", "there is no member '\(member.name)'")
        }
        guard let name = document["by"]?.string, let values = document["values"]?.elements else {
            throw .badRequest("missing_field", "give 'by', a column, and 'values', an array")
        }
        let schema = found.table.schema
        let column = try Self.column(name, schema)
        var keys: [Value] = []
        for value in values { keys.append(try Self.value(value, schema.columns[column])) }
        let page = try look(
            up: keys, column, found, limit: RowLookup.maximumRowCount, cursor: 0)
        guard page.next == nil else {
            throw ProblemDetails(
                status: 422, code: "result_limit", title: "Too many rows",
                detail: "the keys have more than \(RowLookup.maximumRowCount) rows; ask for fewer")
        }
        return Self.answer(keys, column, page, found)
    }

    private static func answer(
        _ keys: [Value], _ column: Int, _ page: RowLookup.Page, _ found: FoundTable
    ) -> HTTPResponse {
        var rowsOfKey: [Value: [Int32]] = [:]
        for row in 0..<page.rows.rowCount {
            rowsOfKey[page.rows.columns[column].value(at: row), default: []].append(Int32(row))
        }
        let fields = fields(found.table.schema)
        var json = JSONWriter()
        json.beginObject()
        json.key("results")
        json.beginArray()
        for key in keys {
            json.beginObject()
            json.key("value")
            if case .bigint(let number) = key {
                json.value(number)
            } else {
                json.value(key.description)
            }
            json.key("rows")
            append([page.rows.gather(rowsOfKey[key] ?? [])], fields, to: &json)
            json.endObject()
        }
        json.endArray()
        json.key("version")
        json.value(Int64(found.snapshot.version))
        json.endObject()
        return .json(json, version: found.snapshot.version)
    }

    private func look(
        up keys: [Value], _ column: Int, _ found: FoundTable, limit: Int, cursor: Int
    ) throws(ProblemDetails) -> RowLookup.Page {
        do throws(QueryError) {
            return try RowLookup(found.snapshot).rows(
                in: found.table, column: column, keys: keys, limit: limit, cursor: cursor)
        } catch {
            throw ProblemDetails(error, sql: "")
        }
    }

    // MARK: Keys

    private static func column(
        _ name: String, _ schema: TableSchema
    ) throws(ProblemDetails) -> Int {
        guard let column = schema.columnIndex(named: name) else {
            var problem = ProblemDetails.badRequest(
                "unknown_column", "the table '\(schema.name)' has no column '\(name)'")
            problem.hint = hint(schema)
            throw problem
        }
        guard schema.keyIndexColumns.contains(column) else {
            var problem = ProblemDetails.badRequest(
                "no_key", "the column '\(name)' has no look-up")
            problem.hint = hint(schema)
            throw problem
        }
        return column
    }

    private static func hint(_ schema: TableSchema) -> String {
        let names = schema.keyIndexColumns.map { schema.columns[$0].name }
        return names.isEmpty
            ? "declare LOOKUP (column) in CREATE TABLE"
            : "look-ups go by \(names.joined(separator: ", "))"
    }

    private static func value(
        _ text: String, _ column: ColumnDefinition
    ) throws(ProblemDetails) -> Value {
        guard column.type == .bigint else { return .varchar(Text(text)) }
        guard let number = Int64(text) else {
            throw .badRequest("invalid_parameter", "\(column.name) is a BIGINT, not '\(text)'")
        }
        return .bigint(number)
    }

    private static func value(
        _ json: JSONValue, _ column: ColumnDefinition
    ) throws(ProblemDetails) -> Value {
        if column.type == .varchar, let text = json.string { return .varchar(Text(text)) }
        if column.type == .bigint, let number = json.integer { return .bigint(number) }
        throw .badRequest(
            "type_mismatch", "'values' holds \(column.type) for \(column.name), nothing else")
    }

    private static func fields(_ schema: TableSchema) -> [ResultField] {
        schema.columns.map { ResultField(name: $0.name, type: $0.type) }
    }

    /// Appends the first row as an object.
    private static func appendFirst(
        _ rows: RowBatch, _ schema: TableSchema, to json: inout JSONWriter
    ) {
        var list = JSONWriter()
        append([rows.slice(0..<1)], fields(schema), to: &list)
        json.raw(list.bytes.span.extracting(1..<list.bytes.count - 1))
    }
}
