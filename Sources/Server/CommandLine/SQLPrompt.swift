/// The prompt of `daybook sql`: statements over several lines until `;`, and a few commands that
/// start with `\`.
struct SQLPrompt {
    private var session: SQLSession
    private var reader = StatementReader()
    private var unread: [UInt8] = []
    private var isAtEnd = false

    /// A line longer than this is no line of a person.
    private static let lineByteLimit = 1 << 20

    static let help = """
        SQL up to ';' is run. Besides:
          \\dt           the tables
          \\d NAME       a table's columns
          \\format NAME  \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", "))
          \\timing       the line below each result, on or off
          \\r            forget what has been typed of a statement
          \\?            this list
          \\q            end; so does the end of the input

        """

    init(session: SQLSession) { self.session = session }

    /// Asks until the person leaves. A failed statement is told and the prompt goes on.
    mutating func run() throws(CommandError) {
        Terminal.write("Daybook \(Program.version) at \(session.connection.url); \\? for help\n")
        while true {
            Terminal.write(reader.isInside ? "      -> " : "daybook> ")
            guard let line = try readLine() else {
                Terminal.write("\n")
                return
            }
            do throws(CommandError) {
                let word = line.trimmingBlanks()
                if word.hasPrefix("\\") {
                    let goesOn = try obey(String(word))
                    if !goesOn { return }
                } else {
                    for statement in reader.append(line + "\n") { try session.run(statement) }
                }
            } catch {
                Terminal.report(error.message)
            }
        }
    }

    /// Runs a command; false ends the prompt.
    private mutating func obey(_ line: String) throws(CommandError) -> Bool {
        let words = line.split(separator: " ")
        let operand = words.count > 1 ? String(words[1]) : nil
        switch words.first {
        case "\\q": return false
        case "\\?", "\\h": Terminal.write(Self.help)
        case "\\r": reader = StatementReader()
        case "\\timing":
            session.showsFooter.toggle()
            Terminal.write("timing is \(session.showsFooter ? "on" : "off")\n")
        case "\\format": session.format = try OutputFormat(named: operand ?? "")
        case "\\dt": try session.run(Self.tables)
        case "\\d": try session.run(operand.map { Self.columns(of: $0) } ?? Self.tables)
        default: throw .usage("there is no command '\(line)'; \\? lists them")
        }
        return true
    }

    private static let tables =
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES"
        + " ORDER BY TABLE_SCHEMA, TABLE_NAME"

    private static func columns(of table: String) -> String {
        "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS"
            + " WHERE TABLE_NAME = '\(table.replacing("'", with: "''"))'"
            + " ORDER BY ORDINAL_POSITION"
    }

    /// The next line without its end; `nil` when there is no more.
    private mutating func readLine() throws(CommandError) -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard !isAtEnd else {
                defer { unread = [] }
                return unread.isEmpty ? nil : String(decoding: unread, as: UTF8.self)
            }
            guard unread.count <= Self.lineByteLimit else {
                throw CommandError("a line has more than \(Self.lineByteLimit) bytes")
            }
            let piece = try Terminal.read(from: 0, count: 64 << 10)
            isAtEnd = piece.isEmpty
            unread += piece
        }
    }
}
