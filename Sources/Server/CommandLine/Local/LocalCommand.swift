/// `daybook local`: SQL over files, without a server.
enum LocalCommand {
    static let command = Command(
        name: "local", summary: "Run SQL over files, without a server",
        usage: "[options] FILE... -c SQL",
        options: [
            CommandOption("c", "SQL", "run these queries, separated by ';'"),
            OutputFormat.option,
            CommandOption("footer", nil, "rows and time after each result in a pipe too"),
        ],
        examples: [
            "daybook local ledger.ndjson.zst -c \"SELECT COUNT(*) FROM ledger\"",
            "daybook local payments.csv refunds.csv --format csv -c \"SELECT p.id FROM payments p "
                + "LEFT JOIN refunds r ON r.id = p.id WHERE r.id IS NULL\"",
            "daybook local ledger.ndjson < report.sql",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    /// The longest text read from standard input.
    private static let inputByteLimit = 16 << 20

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard !arguments.operands.isEmpty else {
            throw .usage("local takes files: NDJSON, a JSON array, CSV or TSV")
        }
        let format = try OutputFormat(arguments)
        let showsFooter =
            arguments.has("footer") || (format.isForPeople && Terminal.isInteractive)
        var input = arguments.all("c").joined(separator: ";")
        if arguments.all("c").isEmpty {
            guard !Terminal.isInteractive else { throw .usage("queries follow -c") }
            let bytes = try InputFile.contents(of: "-", limit: inputByteLimit)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandError("standard input is not UTF-8")
            }
            input = text
        }
        var reader = StatementReader()
        var statements = reader.append(input)
        if let last = reader.finish() { statements.append(last) }
        let database = try LocalDatabase(arguments.operands, coreCount: ServeCommand.coreCount)
        for statement in statements {
            try database.run(statement, as: format, showsFooter: showsFooter)
        }
        return .success
    }
}
