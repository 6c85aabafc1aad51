import Foundation
import Segments
import Testing

@testable import Query

/// `docs/sql.md` says what the code does: its examples bind, its lists are the catalogue's.
@Suite struct SQLPageTests {
    private static let page: String? = {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try? String(contentsOf: root.appending(path: "docs/sql.md"), encoding: .utf8)
    }()

    private static let timeZones: TimeZoneDatabase? = {
        let golden = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
        return (try? PosixFileSystem(root: golden.path))
            .map { TimeZoneDatabase($0, directory: "zoneinfo") }
    }()

    /// The table at the top of the page, and everything after `text`-fences aside.
    private func sections() throws -> (table: TableSchema, blocks: [String], cells: [String]) {
        let lines = try #require(Self.page).split(separator: "\n", omittingEmptySubsequences: false)
        var blocks: [String] = []
        var cells: [String] = []
        var block: String?
        for line in lines {
            if line == "```sql" {
                block = ""
            } else if line == "```" {
                if let block { blocks.append(block) }
                block = nil
            } else if block != nil {
                block? += line + "\n"
            } else if line.hasPrefix("| "), let example = Self.lastCode(of: String(line)) {
                cells.append(example)
            }
        }
        let statement = try ParsedStatement(parsing: try #require(blocks.first))
        let none = CatalogView(tables: [])
        guard
            case .createTable(let table, _) = try statement.bound(
                to: none, options: BindOptions(now: 0))
        else { throw QueryError(.syntax, "the page does not begin with its table") }
        return (table, Array(blocks.dropFirst()), cells)
    }

    /// The code in the last cell of a table's row, if the cell is nothing else.
    private static func lastCode(of row: String) -> String? {
        let plain = row.replacing("\\|", with: "\u{1}")
        guard
            let cell = plain.split(separator: "|").last(where: { $0 != " " })?
                .trimmingCharacters(in: .whitespaces),
            cell.hasPrefix("`"), cell.hasSuffix("`"), cell.count > 2
        else { return nil }
        return String(cell.dropFirst().dropLast()).replacing("\u{1}", with: "|")
    }

    private func bind(_ sql: String, _ table: TableSchema) throws(QueryError) {
        let statement = try ParsedStatement(parsing: sql)
        let values = [ParameterValue(.bigint(1)), ParameterValue(.varchar("DONE"))]
        let options = BindOptions(
            now: 0, parameters: Array(values.prefix(statement.positionalParameterCount)),
            timeZones: Self.timeZones)
        _ = try statement.bound(to: CatalogView(tables: [table]), options: options)
    }

    @Test("Every example of the page binds")
    func examples() throws {
        let (table, blocks, cells) = try sections()
        for block in blocks {
            #expect(throws: Never.self, "\(block)") { try bind(block, table) }
        }
        var statementCount = 0
        var expressionCount = 0
        let words = [
            "SELECT", "WITH", "VALUES", "EXPLAIN", "INSERT", "CREATE", "ALTER", "DROP", "SHOW",
            "PAUSE", "RESUME", "RESET",
        ]
        for cell in cells {
            let isStatement = words.contains { cell.hasPrefix($0 + " ") }
            if isStatement { statementCount += 1 } else { expressionCount += 1 }
            let sql = isStatement ? cell : "SELECT \(cell) FROM payments"
            #expect(throws: Never.self, "\(sql)") { try bind(sql, table) }
        }
        #expect(statementCount >= 25)
        #expect(expressionCount >= 60)
    }

    @Test("The page lists every function and aggregate with its signature and sentence")
    func functions() throws {
        let page = try #require(Self.page)
        for entry in FunctionCatalogue.chapters.flatMap(\.entries) {
            #expect(page.contains("| `\(entry.names[0])\(entry.signature)`"), "\(entry.names[0])")
            #expect(page.contains("| \(entry.summary) |"), "\(entry.names[0])")
            for name in entry.names.dropFirst() { #expect(page.contains("`\(name)`"), "\(name)") }
        }
        for entry in WindowCatalogue.entries {
            #expect(page.contains("| `\(entry.names[0])\(entry.signature)` | \(entry.summary) |"))
        }
        for entry in AggregateCatalogue.entries {
            let signature = entry.signature.replacing("|", with: "\\|")
            #expect(page.contains("| `\(entry.names[0])\(signature)` | \(entry.summary) |"))
        }
    }
}
