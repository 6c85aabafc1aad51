import Ingest

/// `daybook table advise`: what rollups of a table would save.
///
/// It asks the server, rollup by rollup, what each would make of the table's largest segment. Where
/// no columns are named it begins with the step of time alone and adds the columns with the fewest
/// different values one by one, as long as rows still become fewer.
struct TableAdvice {
    let connection: ServerConnection
    let table: String
    /// An ISO 8601 period; `nil` for a rollup without time.
    let step: String?

    /// Columns looked at for their number of values.
    private static let maximumColumnCount = 40
    /// Rollups with more columns than that are for their author to think of.
    private static let maximumDimensionCount = 8
    /// Below this ratio a further column is not tried.
    private static let leastRatio = 2.0

    private struct TableColumn {
        let name: String
        let type: String
        /// As SQL names it.
        var quoted: String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
    }

    /// Prints a row for each rollup looked at.
    func run(by names: [String], as format: OutputFormat) throws(CommandError) {
        let answer = try connection.json(
            .get, "/v1/tables/\(HTTPClient.percentEncode(table))")
        let columns = (answer["columns"]?.elements ?? []).compactMap { column in
            column["name"]?.string.flatMap { name in
                column["type"]?.string.map { TableColumn(name: name, type: $0) }
            }
        }
        let measures = columns.filter(Self.isSummed).map { "SUM(\($0.quoted))" }
        var rows: [JSONValue] = []
        if names.isEmpty {
            let candidates = try ascending(columns)
            for count in 0...min(candidates.count, Self.maximumDimensionCount) {
                let part = Array(candidates[..<count])
                if step == nil, part.isEmpty { continue }
                let row = try estimate(part, measures)
                rows.append(row)
                guard Self.ratio(of: row) >= Self.leastRatio else { break }
            }
        } else {
            var chosen: [TableColumn] = []
            for name in names {
                guard let column = columns.first(where: { $0.name == name }) else {
                    throw .usage("\(table) has no column '\(name)'")
                }
                chosen.append(column)
            }
            rows = [try estimate(chosen, measures)]
        }
        RowPrinter.print(rows, as: format)
    }

    /// Columns that a rollup may group by, those with the fewest values in the newest rows first.
    private func ascending(_ columns: [TableColumn]) throws(CommandError) -> [TableColumn] {
        let grouped = columns.filter { ["VARCHAR", "BOOLEAN", "DATE"].contains($0.type) }
            .prefix(Self.maximumColumnCount)
        guard !grouped.isEmpty else { return [] }
        let counts = grouped.enumerated().map { "COUNT(DISTINCT \($1.quoted)) AS c\($0)" }
        let condition = step == nil ? "" : " WHERE __time >= " + (try newestStart())
        let answer = try query(
            "SELECT COUNT(*) AS n, \(counts.joined(separator: ", ")) "
                + "FROM \(quotedTable)\(condition)"
        )
        let row = answer.elements?.first
        let rowCount = row?["n"]?.integer ?? 0
        let known = grouped.enumerated().compactMap { index, column in
            (row?["c\(index)"]?.integer).map { (column, count: $0) }
        }
        // What hardly repeats makes no group.
        return known.filter { $0.count * 10 <= rowCount }.sorted { $0.count < $1.count }.map(\.0)
    }

    /// Where the newest time chunk with segments begins, as SQL.
    private func newestStart() throws(CommandError) -> String {
        let answer = try connection.json(
            .get, "/v1/tables/\(HTTPClient.percentEncode(table))/segments")
        let starts = (answer["segments"]?.elements ?? []).compactMap { $0["chunk_start"]?.string }
        guard let newest = starts.max() else {
            throw CommandError("\(table) has no segments to look at yet")
        }
        return "TIMESTAMP '\(newest)'"
    }

    /// What the server says of one rollup.
    private func estimate(
        _ dimensions: [TableColumn], _ measures: [String]
    ) throws(CommandError) -> JSONValue {
        let time = step.map { "TIME_FLOOR(__time, '\($0.replacing("'", with: "''"))')" }
        let keys = [time].compactMap { $0 } + dimensions.map(\.quoted)
        let items = (keys + ["COUNT(*)"] + measures).joined(separator: ", ")
        let positions = (1...max(1, keys.count)).map(String.init).joined(separator: ", ")
        let answer = try query(
            "EXPLAIN CREATE ROLLUP advice ON \(quotedTable) AS "
                + "SELECT \(items) GROUP BY \(positions)"
        )
        guard let row = answer.elements?.first else {
            throw CommandError("the server gave no estimate")
        }
        return row
    }

    private func query(_ sql: String) throws(CommandError) -> JSONValue {
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.value(sql)
        json.endObject()
        return try connection.json(.post, "/v1/sql", body: json.bytes)
    }

    private var quotedTable: String { "\"" + table.replacing("\"", with: "\"\"") + "\"" }

    private static func isSummed(_ column: TableColumn) -> Bool {
        if column.type == "BIGINT" { return true }
        guard column.type.hasPrefix("DECIMAL("), let comma = column.type.firstIndex(of: ",") else {
            return false
        }
        let digits = Int(column.type.dropFirst("DECIMAL(".count).prefix(upTo: comma))
        return digits.map { $0 <= 28 } ?? false
    }

    private static func ratio(of row: JSONValue) -> Double {
        row["ratio"]?.cell.flatMap { Double($0) } ?? 0
    }
}
