import Ingest
import Query
import Segments

/// Look-ups over HTTP: by the unique key, by a declared id, many at once.
extension APIHandler {
    typealias FoundTable = (snapshot: Snapshot, table: TableSnapshot)

    /// Rows of a look-up where nothing is asked.
    private static let standardRowCount = 1_000

    /// What a request asks a table's rows for.
    private struct Question {
        /// The position of the column looked up.
        let column: Int
        let key: Value
        /// As it was sent.
        let keyText: String
        /// What is answered of a row.
        let columns: [ColumnDefinition]
        var limit = 1
        var cursor = 0
    }

    // MARK: One key

    /// `GET /v1/tables/{t}/rows/{key}?columns=…`: the row of the unique or primary key.
    func row(
        _ key: [String], _ head: HTTPRequestHead, _ found: FoundTable
    ) throws(ProblemDetails) -> HTTPResponse {
        if found.table.schema.wholeKeyColumn != nil {
            return try rowOfWholeKey(key, head, found)
        }
        let question = try Self.question(key, head, found.table.schema)
        let page = try look(found.table, question.column) { lookup throws(QueryError) in
            try lookup.rows([question.key], columns: question.columns, limit: 1)
        }
        return Self.answer(question, page, found)
    }

    /// `GET /v1/tables/{t}/rows?by=column&value=…&columns=…&limit=…&cursor=…`.
    func rows(_ head: HTTPRequestHead, _ found: FoundTable) throws(ProblemDetails) -> HTTPResponse {
        let question = try Self.question(head, found.table.schema)
        let page = try look(found.table, question.column) { lookup throws(QueryError) in
            try lookup.rows(
                [question.key], columns: question.columns, limit: question.limit,
                cursor: question.cursor)
        }
        return Self.answer(page, question.columns, found)
    }

    /// The answer to a look-up of one key where it costs microseconds and waits for nothing, so
    /// that the network loop may give it; `nil` where a worker has to, errors included.
    func quickAnswer(_ route: Route, _ head: HTTPRequestHead) -> HTTPResponse? {
        let snapshot = database.catalog.snapshot
        do throws(ProblemDetails) {
            switch route {
            case .row(let name, let key):
                guard let table = snapshot.table(named: name) else { return nil }
                let question = try Self.question(key, head, table.schema)
                return try quickPage(question, table).map {
                    Self.answer(question, $0, (snapshot, table))
                }
            case .rows(let name):
                guard let table = snapshot.table(named: name) else { return nil }
                let question = try Self.question(head, table.schema)
                return try quickPage(question, table).map {
                    Self.answer($0, question.columns, (snapshot, table))
                }
            default: return nil
            }
        } catch {
            // The worker comes to the same error, and answers it.
            return nil
        }
    }

    private func quickPage(
        _ question: Question, _ table: TableSnapshot
    ) throws(ProblemDetails) -> RowLookup.Page? {
        try look(table, question.column) { lookup throws(QueryError) in
            try lookup.quickRows(
                question.key, columns: question.columns, limit: question.limit,
                cursor: question.cursor)
        }
    }

    private func look<Result>(
        _ table: TableSnapshot, _ column: Int,
        _ body: (RowLookup) throws(QueryError) -> Result
    ) throws(ProblemDetails) -> Result {
        do throws(QueryError) {
            return try body(
                RowLookup(table, column: column, now: database.clock.wallMicroseconds()))
        } catch {
            throw ProblemDetails(error, sql: "")
        }
    }

    // MARK: Answers

    private static func answer(
        _ question: Question, _ page: RowLookup.Page, _ found: FoundTable
    ) -> HTTPResponse {
        guard page.rows.rowCount > 0 else {
            let name = found.table.schema.columns[question.column].name
            return ProblemDetails.notFound(
                "row_not_found", "no row has the \(name) '\(question.keyText)'"
            ).response()
        }
        return answer(page.rows, question.columns, found)
    }

    /// One row; with its tag, where it is one of a state table and whole.
    static func answer(
        _ rows: RowBatch, _ columns: [ColumnDefinition], _ found: FoundTable
    ) -> HTTPResponse {
        let schema = found.table.schema
        var encoder = RowEncoder(columns, reservedByteCount: answerByteCount)
        encoder.append(rows, row: 0)
        var response = HTTPResponse.json(encoder.json, version: found.snapshot.version)
        if schema.isStateTable, columns == Array(schema.visibleColumns) {
            response.headers.add("ETag", "\"\(RowTag.tag(of: rows, row: 0, schema))\"")
        }
        return response
    }

    /// Room for a row of usual size.
    private static let answerByteCount = 1 << 10

    private static func answer(
        _ page: RowLookup.Page, _ columns: [ColumnDefinition], _ found: FoundTable
    ) -> HTTPResponse {
        var rows = RowEncoder(
            columns, reservedByteCount: answerByteCount * min(64, page.rows.rowCount + 1))
        rows.json.beginObject()
        rows.json.key("rows")
        rows.json.beginArray()
        for row in 0..<page.rows.rowCount { rows.append(page.rows, row: row) }
        rows.json.endArray()
        rows.json.key("version")
        rows.json.value(Int64(found.snapshot.version))
        rows.json.key("next_cursor")
        if let next = page.next { rows.json.value(String(next)) } else { rows.json.null() }
        rows.json.endObject()
        return .json(rows.json, version: found.snapshot.version)
    }

    // MARK: Many keys

    /// `POST /v1/tables/{t}/rows:lookup` with `{"by": column, "values": [...], "columns": [...]}`.
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
        for member in members where !["by", "values", "columns"].contains(member.name) {
            throw .badRequest("unknown_field", "there is no member '\(member.name)'")
        }
        guard let name = document["by"]?.string, let values = document["values"]?.elements else {
            throw .badRequest("missing_field", "give 'by', a column, and 'values', an array")
        }
        let schema = found.table.schema
        let column = try Self.column(name, schema)
        var keys: [Value] = []
        keys.reserveCapacity(values.count)
        for value in values { keys.append(try Self.value(value, schema.columns[column])) }
        var columns = Array(schema.visibleColumns)
        if let names = document["columns"] { columns = try Self.columns(names, schema) }
        let page = try look(found.table, column) { lookup throws(QueryError) in
            try lookup.rows(keys, columns: columns)
        }
        guard page.next == nil else {
            throw ProblemDetails(
                status: 422, code: "result_limit", title: "Too many rows",
                detail: "the keys have more than \(RowLookup.maximumRowCount) rows; ask for fewer")
        }
        return Self.answer(keys, page, columns, found)
    }

    private static func answer(
        _ keys: [Value], _ page: RowLookup.Page, _ columns: [ColumnDefinition],
        _ found: FoundTable
    ) -> HTTPResponse {
        var rowsOfKey = [[Int]](repeating: [], count: keys.count)
        for (row, key) in page.keys.enumerated() { rowsOfKey[key].append(row) }
        var rows = RowEncoder(
            columns, reservedByteCount: answerByteCount * min(1_024, page.rows.rowCount + 1))
        rows.json.beginObject()
        rows.json.key("results")
        rows.json.beginArray()
        for (key, places) in zip(keys, rowsOfKey) {
            rows.json.beginObject()
            rows.json.key("value")
            switch key {
            case .bigint(let number): rows.json.value(number)
            case .varchar(let text): rows.json.value(utf8: text.bytes.span)
            default: rows.json.null()
            }
            rows.json.key("rows")
            rows.json.beginArray()
            for row in places { rows.append(page.rows, row: row) }
            rows.json.endArray()
            rows.json.endObject()
        }
        rows.json.endArray()
        rows.json.key("version")
        rows.json.value(Int64(found.snapshot.version))
        rows.json.endObject()
        return .json(rows.json, version: found.snapshot.version)
    }
}

// MARK: - Questions

extension APIHandler {
    private static func question(
        _ key: [String], _ head: HTTPRequestHead, _ schema: TableSchema
    ) throws(ProblemDetails) -> Question {
        guard let column = (schema.uniqueColumns + schema.primaryKey).first else {
            var problem = ProblemDetails.badRequest(
                "no_key", "the table '\(schema.name)' has no UNIQUE column and no PRIMARY KEY")
            problem.hint = hint(schema)
            throw problem
        }
        guard key.count == 1, schema.wholeKeyColumn == nil else {
            throw keyCount(key, max(1, schema.primaryKey.count))
        }
        return Question(
            column: column, key: try value(key[0], schema.columns[column]), keyText: key[0],
            columns: try columns(head, schema))
    }

    /// Too few or too many parts of a key in the path.
    static func keyCount(_ key: [String], _ count: Int) -> ProblemDetails {
        .badRequest(
            "invalid_key",
            "the key has \(count) \(count == 1 ? "part" : "parts"), the path has \(key.count)")
    }

    private static func question(
        _ head: HTTPRequestHead, _ schema: TableSchema
    ) throws(ProblemDetails) -> Question {
        guard let name = head.target.value("by"), let text = head.target.value("value") else {
            throw .badRequest("missing_parameter", "give ?by=<column>&value=<value>")
        }
        let column = try column(name, schema)
        let cursor = head.target.value("cursor").map { Int($0) } ?? 0
        guard let cursor, cursor >= 0 else {
            throw .badRequest("invalid_parameter", "cursor is what the last page gave")
        }
        return Question(
            column: column, key: try value(text, schema.columns[column]), keyText: text,
            columns: try columns(head, schema),
            limit: try limit(
                head, default: standardRowCount, maximum: RowLookup.maximumRowCount),
            cursor: cursor)
    }

    /// The columns that `?columns=a,b` names, in that order; all where it is not given.
    static func columns(
        _ head: HTTPRequestHead, _ schema: TableSchema
    ) throws(ProblemDetails) -> [ColumnDefinition] {
        guard let text = head.target.value("columns") else {
            return Array(schema.visibleColumns)
        }
        var columns: [ColumnDefinition] = []
        // By bytes: splitting by characters looks for where each of them ends.
        let names = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for name in names { columns.append(try definition(String(Substring(name)), schema)) }
        return columns
    }

    private static func columns(
        _ names: JSONValue, _ schema: TableSchema
    ) throws(ProblemDetails) -> [ColumnDefinition] {
        guard let elements = names.elements, !elements.isEmpty,
            elements.count <= TableSchema.maximumColumnCount
        else { throw .badRequest("invalid_parameter", "'columns' is an array of names") }
        var columns: [ColumnDefinition] = []
        for element in elements {
            guard let name = element.string else {
                throw .badRequest("invalid_parameter", "'columns' is an array of names")
            }
            columns.append(try definition(name, schema))
        }
        return columns
    }

    private static func definition(
        _ name: String, _ schema: TableSchema
    ) throws(ProblemDetails) -> ColumnDefinition {
        if let index = schema.columnIndex(named: name) { return schema.columns[index] }
        var problem = ProblemDetails.badRequest(
            "unknown_column", "the table '\(schema.name)' has no column '\(name)'")
        problem.hint = Spelling.nearest(to: name, among: schema.columns.map(\.name)).map {
            "did you mean '\($0)'?"
        }
        throw problem
    }

    private static func column(
        _ name: String, _ schema: TableSchema
    ) throws(ProblemDetails) -> Int {
        guard let column = schema.columnIndex(named: name) else {
            var problem = ProblemDetails.badRequest(
                "unknown_column", "the table '\(schema.name)' has no column '\(name)'")
            problem.hint = hint(schema)
            throw problem
        }
        guard schema.canBeLookedUp(column) else {
            var problem = ProblemDetails.badRequest(
                "no_key", "the column '\(name)' has no look-up")
            problem.hint = hint(schema)
            throw problem
        }
        return column
    }

    private static func hint(_ schema: TableSchema) -> String {
        let names = schema.columns.indices.filter(schema.canBeLookedUp)
            .map { schema.columns[$0].name }
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
        if column.type == .varchar, case .string(let text) = json { return .varchar(text) }
        if column.type == .bigint, let number = json.integer { return .bigint(number) }
        throw .badRequest(
            "type_mismatch", "'values' holds \(column.type) for \(column.name), nothing else")
    }
}

extension TableSchema {
    /// Whether rows can be looked up by a column: by any value of it, or by some.
    fileprivate func canBeLookedUp(_ column: Int) -> Bool {
        keyIndexColumns.contains(column) || sparseLookups.contains { $0.column == column }
    }
}
