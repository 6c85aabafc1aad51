import Ingest

/// The prompt of `daybook sql`: statements over several lines until `;`, with editing, history and
/// completion, and a few commands that start with `\`.
final class SQLPrompt {
    private var session: SQLSession
    private let environment: Environment
    private let interrupt: QueryInterrupt
    private var reader = StatementReader()
    /// What has been typed of a statement, as the reader got it.
    private var typed = ""
    /// The statement that was run last.
    private var last = ""
    /// Read from the catalogue at the first Tab, and again after a statement that may change it.
    private var completion: SQLCompletion?

    init(session: SQLSession) throws(CommandError) {
        self.session = session
        environment = try Environment.current()
        interrupt = QueryInterrupt(session.connection.url)
    }

    /// Where earlier statements are kept; `nil` where the person wants none kept.
    private var historyPath: String? {
        if let path = environment["DAYBOOK_HISTORY"] { return path.isEmpty ? nil : path }
        return environment["HOME"].map { $0 + "/.daybook_history" }
    }

    /// Asks until the person leaves. A failed statement is told and the prompt goes on.
    func run() throws(CommandError) {
        let editor = try LineEditor { [unowned self] before in complete(before) }
        if let historyPath { editor.load(historyPath) }
        Terminal.write("Daybook \(Program.version) at \(session.connection.url); \\? for help\n")
        while true {
            let line = editor.readLine(prompt: reader.isInside ? "      -> " : "daybook> ")
            switch line {
            case .end:
                Terminal.write("\n")
                return save(editor)
            case .interrupted:
                Terminal.write("^C\n")
                forget()
            case .text(let text):
                do throws(CommandError) {
                    guard try take(text, editor) else { return save(editor) }
                } catch {
                    Terminal.report(error.message)
                }
            }
        }
    }

    private func save(_ editor: LineEditor) {
        guard let historyPath, !editor.save(historyPath) else { return }
        Terminal.report("the history could not be written to \(historyPath)")
    }

    private func forget() {
        reader = StatementReader()
        typed = ""
    }

    /// Runs what a line ends.
    ///
    /// - Returns: Whether the prompt goes on.
    private func take(_ line: String, _ editor: LineEditor) throws(CommandError) -> Bool {
        let words = line.trimmingBlanks()
        if words.hasPrefix("\\") {
            editor.remember(String(words))
            return try obey(String(words), editor)
        }
        try takeStatements(line + "\n", editor)
        return true
    }

    private func takeStatements(_ text: String, _ editor: LineEditor) throws(CommandError) {
        typed += text
        let statements = reader.append(text)
        if !reader.isInside {
            editor.remember(typed)
            typed = ""
        }
        for statement in statements {
            last = statement
            if ["CREATE", "DROP", "ALTER"].contains(Self.firstWord(statement)) { completion = nil }
            try run(statement)
        }
    }

    private static func firstWord(_ statement: String) -> String {
        String(statement.prefix { $0.isLetter }).uppercased()
    }

    private func run(_ statement: String) throws(CommandError) {
        try interrupt.run { id throws(CommandError) in
            try session.run(statement, queryID: id)
        }
    }

    /// Obeys a command; false ends the prompt.
    private func obey(_ line: String, _ editor: LineEditor) throws(CommandError) -> Bool {
        let words = line.split(separator: " ").map(String.init)
        let operand = words.count > 1 ? words[1] : nil
        guard let command = words.first.flatMap(PromptCommand.init) else {
            throw .usage("there is no command '\(line)'; \\? lists them")
        }
        switch command {
        case .quit: return false
        case .help: Terminal.write(PromptCommand.page)
        case .forget: forget()
        case .timing:
            session.showsFooter.toggle()
            Terminal.write("timing is \(session.showsFooter ? "on" : "off")\n")
        case .vertical:
            session.format = session.format == .vertical ? .table : .vertical
            Terminal.write("format is \(session.format.rawValue)\n")
        case .format: session.format = try OutputFormat(named: operand ?? "")
        case .edit:
            let text = try StatementFile.edit(reader.isInside ? typed : last, with: textEditor)
            forget()
            Terminal.write(text)
            try takeStatements(text, editor)
        case .tables, .describe, .segments:
            if let statement = command.statement(operand) { try run(statement) }
        }
        return true
    }

    private var textEditor: String {
        for name in ["VISUAL", "EDITOR"] {
            if let command = environment[name], !command.isEmpty { return command }
        }
        return "vi"
    }

    private func complete(_ before: String) -> Completion {
        let known = completion ?? SQLCompletion(columns: catalogue())
        completion = known
        return known.completion(of: typed + before)
    }

    /// Without an answer keywords and functions are completed all the same: whoever types learns
    /// from the next statement that no server is there.
    private func catalogue() -> [SQLCompletion.Column] {
        let rows = try? session.rows(
            """
            SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS
            ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
            """)
        return (rows ?? []).compactMap { row in
            let names = (row.elements ?? []).compactMap(\.string)
            guard names.count == 3 else { return nil }
            return SQLCompletion.Column(schema: names[0], table: names[1], name: names[2])
        }
    }
}
