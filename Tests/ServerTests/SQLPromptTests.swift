import Ingest
import Testing

@testable import Server

@Suite("The prompt of daybook sql")
struct SQLPromptTests {
    private static let columns = [
        ("druid", "ledger", "amount"), ("druid", "ledger", "amount_paid"),
        ("druid", "ledger", "order"), ("druid", "payouts", "payee"),
        ("sys", "segments", "num_rows"),
    ].map { SQLCompletion.Column(schema: $0.0, table: $0.1, name: $0.2) }

    @Test(
        "A word that was begun becomes what can stand there",
        arguments: [
            ("SELECT * FROM le", "le", ["ledger"]),
            ("SELECT * FROM ", "", ["ledger", "payouts", "sys.", "druid.", "sys.segments"]),
            ("SELECT * FROM LE", "LE", ["ledger"]),
            ("SELECT am", "am", ["amount", "amount_paid"]),
            ("SELECT pa FROM payouts WHERE pay", "pay", ["payee", "payouts"]),
            ("SELECT l.am", "l.am", []),
            ("SELECT ledger.amount_", "ledger.amount_", ["ledger.amount_paid"]),
            ("SELECT * FROM ledger l WHERE l.amount_", "l.amount_", ["l.amount_paid"]),
            ("SELECT * FROM ledger AS x\n WHERE x.ord", "x.ord", ["x.\"order\""]),
            ("SELECT * FROM sys.seg", "sys.seg", ["sys.segments"]),
            ("SELECT COUN", "COUN", ["COUNT(", "COUNTIF(", "COUNT_IF("]),
            ("SELECT amount FROM ledger gro", "gro", ["group", "grouping", "groups"]),
            ("SELECT 1 ", "", []), ("\\ti", "\\ti", ["\\timing"]),
            ("\\d pay", "pay", ["payouts"]), ("\\format v", "v", ["vertical"]),
            ("\\timing x", "x", []),
        ])
    func completes(text: String, typed: String, words: [String]) {
        let found = SQLCompletion(columns: Self.columns).completion(of: text)
        #expect(found == Completion(typed: typed, words: words.sorted()))
    }

    @Test("One word is put in whole, several as far as they agree, and listed then")
    func replacements() {
        func replacement(_ typed: String, _ words: [String]) -> String? {
            Completion(typed: typed, words: words).replacement
        }
        #expect(replacement("le", ["ledger"]) == "ledger ")
        #expect(replacement("cou", ["count("]) == "count(")
        #expect(replacement("a", ["amount", "amount_paid"]) == "amount")
        #expect(replacement("amount", ["amount", "amount_paid"]) == "amount")
        #expect(replacement("x", []) == nil)
        #expect(Completion.table(["a", "bcd", "e"], width: 11) == "a    bcd\ne\n")
    }

    @Test("Every command is in the help, and what asks the catalogue is SQL that is understood")
    func commands() throws {
        let database = try TestDatabase()
        defer { database.stop() }
        _ = try database.sql(DatabaseEndToEndTests.createTable)
        for command in PromptCommand.allCases {
            #expect(PromptCommand.page.contains(command.rawValue + " "))
            for operand in [nil, "payments"] {
                guard let statement = command.statement(operand) else { continue }
                let answer = try database.sql(statement)
                #expect(command == .segments || answer.contains("\""), "\(command): \(answer)")
            }
        }
    }

    /// The program that was built beside the tests.
    static func program() throws -> String {
        let words = try InputFile.contents(of: "/proc/self/cmdline", limit: 1 << 20)
        let bundle = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            .first { $0.contains(".xctest") }
        let directory = try #require(
            bundle?.split(separator: "/").dropLast().joined(separator: "/"))
        return "/\(directory)/daybook"
    }

    /// Whether something is so within a minute.
    private static func comes(_ isSo: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try isSo() { return true }
            Socket.pause(seconds: 0.01)
        }
        return false
    }

    @Test("A person edits, completes, recalls and interrupts statements on a terminal")
    func terminal() throws {
        let database = try TestDatabase()
        defer { database.stop() }
        _ = try database.sql(DatabaseEndToEndTests.createTable)
        let port = try #require(database.server.port)
        let directory = try WorkDirectory(kept: nil, name: "prompt-test")
        defer { directory.remove() }
        try directory.write(
            "#!/bin/sh\necho 'SELECT 40 + 3 AS edited;' > \"$1\"\n", to: "editor.sh")
        func start() throws -> PseudoTerminal {
            try PseudoTerminal(
                program: try Self.program(),
                arguments: ["sql", "--url", "http://127.0.0.1:\(port)"],
                environment: [
                    "TERM=xterm", "HOME=\(directory.path)", "PATH=/usr/bin:/bin", "LC_ALL=C",
                    "EDITOR=sh \(directory.path)/editor.sh",
                ])
        }
        let first = try start()
        #expect(first.wait(for: "daybook> ") != nil)
        // A slip is taken back, a table completed, the statement goes over two lines.
        first.type("SELECT COUNT(*) + 41x\u{7f} AS n\n")
        #expect(first.wait(for: "-> ") != nil)
        first.type("FROM pay\t;\n")
        #expect(first.wait(for: "41") != nil)
        #expect(first.wait(for: "daybook> ") != nil)
        // What was begun is forgotten with Ctrl-C, and a text in another script is one.
        first.type("SELECT nonsense\n")
        #expect(first.wait(for: "-> ") != nil)
        first.type("\u{3}")
        #expect(first.wait(for: "daybook> ") != nil)
        first.type("SELECT '서울' AS city, 6 * 7 AS n;\n")
        #expect(first.wait(for: "42")?.contains("서울") == true)
        // A query that would take for ever is ended on the server; the prompt goes on.
        let numbers = (0..<40).map { "(\($0))" }.joined(separator: ",")
        let joined = "abcdefg".map { "v \($0)" }.joined(separator: " CROSS JOIN ")
        first.type("\\x\n")
        #expect(first.wait(for: "format is vertical") != nil)
        first.type("WITH v AS (SELECT * FROM (VALUES \(numbers)) t (x))\n")
        #expect(first.wait(for: "-> ") != nil)
        first.type("SELECT SUM(a.x * b.x + c.x - d.x) FROM \(joined);\n")
        let running = "SELECT COUNT(*) FROM sys.queries WHERE query_id LIKE 'sql-%'"
        #expect(try Self.comes { try database.sql(running) == "[1]\n\n" })
        first.interrupt()
        #expect(first.wait(for: "cancel") != nil)
        #expect(first.wait(for: "daybook> ") != nil)
        first.type("\\e\n")
        #expect(first.wait(for: "edited: 43") != nil)
        #expect(first.wait(for: "daybook> ") != nil)
        first.type("\\q\n")
        // The next prompt knows what was typed.
        let history = directory.path + "/.daybook_history"
        #expect(try Self.comes { (try? InputFile.contents(of: history, limit: 1 << 20)) != nil })
        let second = try start()
        #expect(second.wait(for: "daybook> ") != nil)
        second.type("\u{12}city\n")
        #expect(second.wait(for: "42") != nil)
    }
}
