import Testing

@testable import Server

/// `docs/operations.md` and `docs/http-api.md` say what the code does, nothing less, nothing more.
@Suite("The pages for operators and clients")
struct OperationsPageTests {
    /// The texts in backticks of a cell.
    private func codes(in cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    private func set(_ key: String, _ text: String) throws(ServerError) -> Configuration {
        try Configuration(file: nil, environment: [:], flags: [(key: key, value: text)])
    }

    @Test("Every setting has its row, with its help and its default")
    func settings() throws {
        let rows = try DocumentPage("docs/operations.md").rows(under: "Settings")
        #expect(rows.map { $0[0] } == Setting.all.map(\.key))
        for (row, setting) in zip(rows, Setting.all) {
            #expect(row[3] == setting.help)
            // A certificate alone is refused; nothing is what its default is.
            let text = codes(in: row[1]).first ?? ""
            #expect(try set(setting.key, text) == Configuration(), "\(setting.key)")
        }
    }

    @Test("Both ends of every range are accepted, and what lies beyond them is refused")
    func ranges() throws {
        for row in try DocumentPage("docs/operations.md").rows(under: "Settings") {
            let ends = codes(in: row[2])
            guard row[2].contains("` to `"), ends.count == 2 else { continue }
            _ = try set(row[0], ends[0])
            _ = try set(row[0], ends[1])
            for (end, step) in [(ends[0], -1), (ends[1], 1)] {
                let digits = end.prefix { $0.isNumber }
                let beyond = (try #require(Int(digits))) + step
                guard beyond >= 0 else { continue }
                #expect(throws: ServerError.self, "\(row[0])") {
                    try set(row[0], "\(beyond)\(end.dropFirst(digits.count))")
                }
            }
        }
    }

    @Test("Every metric has its row")
    func metrics() throws {
        var inCode: Set<String> = []
        for path in ["Observability/Metrics.swift", "Database/Database+Metrics.swift"] {
            let file = try DocumentPage("Sources/Server/" + path)
            inCode.formUnion(file.words(after: "\"daybook_").map { "daybook_" + $0 })
        }
        let rows = try DocumentPage("docs/operations.md").rows(under: "Metrics")
        #expect(Set(rows.map { $0[0] }) == inCode)
    }

    @Test("Every word of the log has its row")
    func logWords() throws {
        let files = try DocumentPage.sources(below: "Sources/Server")
        let inCode = Set(files.flatMap { $0.quotes(after: "log.write(") })
        let rows = try DocumentPage("docs/operations.md").rows(under: "Log lines")
        #expect(Set(rows.map { $0[0] }) == inCode)
    }

    @Test("Every path of the page leads to a route, and every route is on the page")
    func routes() throws {
        let page = try DocumentPage("docs/http-api.md")
        let table = page.text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        var found: Set<String> = []
        for line in table {
            let cell = line.split(separator: "|")[0].trimmingBlanks()
            for text in codes(in: String(cell)) {
                let words = text.split(separator: " ")
                guard words.count == 2, let method = HTTPMethod(rawValue: String(words[0])) else {
                    continue
                }
                let path = words[1].prefix { $0 != "?" }.split(separator: "/").map(String.init)
                let route = try Route(method, path)
                found.insert(String("\(route)".prefix { $0 != "(" }))
            }
        }
        let source = try DocumentPage("Sources/Server/API/Route.swift").text
        let cases = source.split(separator: "\n").prefix { !$0.contains("enum Miss") }
            .filter { $0.hasPrefix("    case ") }
            .flatMap { line in
                // Without what the cases carry, a comma parts cases only.
                let carried = line.drop { $0 != "(" }
                return line.dropLast(carried.count).dropFirst(9).split(separator: ",")
            }
        #expect(found == Set(cases.map { String($0.trimmingBlanks()) }))
    }
}
