/// `daybook sql`: statements from the command line, a file, or a person.
enum SQLCommand {
    static let command = Command(
        name: "sql", summary: "Run SQL on a server", usage: "[options]",
        options: [
            CommandOption("c", "SQL", "run these statements, separated by ';', and end"),
            OutputFormat.option,
            CommandOption("footer", nil, "rows, time and segments after each result in a pipe too"),
            ServerURL.option,
        ],
        examples: [
            "daybook sql -c \"SELECT COUNT(*) FROM ledger\"",
            "daybook sql --format csv -c 'SELECT * FROM ledger LIMIT 10' > ledger.csv",
            "daybook sql < report.sql",
            "daybook sql                    # a prompt; \\? lists what it knows",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    /// The longest text read from standard input.
    private static let inputByteLimit = 16 << 20

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard arguments.operands.isEmpty else {
            throw .usage("'\(arguments.operands[0])' is no option; statements follow -c")
        }
        let format = try OutputFormat(arguments)
        let session = SQLSession(
            connection: ServerConnection(try ServerURL(arguments)), format: format,
            showsFooter: arguments.has("footer") || (format.isForPeople && Terminal.isInteractive))
        let texts = arguments.all("c")
        if texts.isEmpty, Terminal.isInteractive {
            try SQLPrompt(session: session).run()
            return .success
        }
        var input = texts.joined(separator: ";")
        if texts.isEmpty {
            let bytes = try InputFile.contents(of: "-", limit: inputByteLimit)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandError("standard input is not UTF-8")
            }
            input = text
        }
        var reader = StatementReader()
        for statement in reader.append(input) { try session.run(statement) }
        if let last = reader.finish() { try session.run(last) }
        return .success
    }
}
