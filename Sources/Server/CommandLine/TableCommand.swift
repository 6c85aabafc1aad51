import Ingest
import Query
import Segments

/// `daybook table`: the tables of a server.
enum TableCommand {
    static let command = Command(
        name: "table", summary: "List, show, create, infer and drop tables, and advise on rollups",
        usage: "list | show TABLE | create FILE.sql | infer FILE | drop TABLE | advise TABLE",
        options: [
            CommandOption("name", "NAME", "what the table of infer is called"),
            CommandOption("by", "COLUMNS", "the columns of the rollup to advise on"),
            CommandOption("step", "PERIOD", "its step of time, or none (default: PT1H)"),
            CommandOption("yes", nil, "drop without asking"), OutputFormat.option,
            ServerURL.option,
        ],
        examples: [
            "daybook table list", "daybook table show ledger",
            "daybook table create sample-data/tables/ledger.sql",
            "daybook table infer payments.csv > payments.sql", "daybook table drop ledger --yes",
            "daybook table advise ledger", "daybook table advise ledger --by method,status",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    /// The longest file of statements.
    private static let fileByteLimit = 1 << 20

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let words = arguments.operands
        let format = try OutputFormat(arguments)
        let connection = ServerConnection(try ServerURL(arguments))
        switch (words.first, words.count) {
        case ("list", 1):
            let answer = try connection.json(.get, "/v1/tables")
            RowPrinter.print(answer["tables"]?.elements ?? [], as: format)
        case ("show", 2): try show(words[1], connection, format)
        case ("create", 2): try create(words[1], connection)
        case ("infer", 2):
            let file = try LocalFile(words[1])
            let schema = try file.schema(named: arguments.value("name") ?? file.tableName)
            Terminal.write(SchemaPrinter.createTable(schema) + ";\n")
        case ("drop", 2):
            guard arguments.has("yes") || confirmed(words[1]) else {
                throw CommandError("nothing was dropped; --yes drops without asking")
            }
            let name = words[1].replacing("\"", with: "\"\"")
            let session = SQLSession(connection: connection, format: format, showsFooter: false)
            try session.run("DROP TABLE \"\(name)\"")
            Terminal.write("dropped \(words[1])\n")
        case ("advise", 2):
            let step = arguments.value("step") ?? "PT1H"
            let advice = TableAdvice(
                connection: connection, table: words[1], step: step == "none" ? nil : step)
            let columns = arguments.value("by")?.split(separator: ",").map(String.init)
            try advice.run(by: columns ?? [], as: format)
        default:
            let verbs = ["list", "show", "create", "infer", "drop", "advise"]
            let nearest = words.first.flatMap { Spelling.nearest(to: $0, among: verbs) }
            throw .usage(
                "table takes one of: list, show TABLE, create FILE.sql, infer FILE, drop TABLE, "
                    + "advise TABLE"
                    + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
        return .success
    }

    private static func show(
        _ table: String, _ connection: ServerConnection, _ format: OutputFormat
    ) throws(CommandError) {
        let answer = try connection.json(
            .get, "/v1/tables/\(HTTPClient.percentEncode(table))")
        guard format == .table else {
            RowPrinter.print([answer], as: format)
            return
        }
        if let statement = answer["create_table"]?.string {
            Terminal.write(statement.hasSuffix("\n") ? statement : statement + "\n")
        }
        let figures = ["rows", "live_rows", "segments", "bytes"].compactMap { name in
            answer[name]?.integer.map {
                "\(ResultFooter.grouped(Int($0))) \(name.replacing("_", with: " "))"
            }
        }
        Terminal.write(figures.joined(separator: " · ") + "\n")
    }

    private static func create(
        _ path: String, _ connection: ServerConnection
    ) throws(CommandError) {
        let bytes = try InputFile.contents(of: path, limit: fileByteLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("\(path) is not UTF-8")
        }
        let session = SQLSession(connection: connection, format: .table, showsFooter: false)
        var reader = StatementReader()
        var statements = reader.append(text)
        if let last = reader.finish() { statements.append(last) }
        for statement in statements { try session.run(statement) }
        let count = statements.count == 1 ? "1 statement" : "\(statements.count) statements"
        Terminal.write("ran \(count) of \(path)\n")
    }

    /// Asks on a terminal; elsewhere nobody agrees.
    private static func confirmed(_ table: String) -> Bool {
        guard Terminal.isInteractive else { return false }
        Terminal.write("Drop \(table) and all its rows? Type its name: ")
        return readLine() == table
    }
}
