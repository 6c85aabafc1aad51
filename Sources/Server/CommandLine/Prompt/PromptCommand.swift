/// The prompt's own commands, in the order of their list.
enum PromptCommand: String, CaseIterable {
    case tables = "\\dt"
    case describe = "\\d"
    case segments = "\\ds"
    case vertical = "\\x"
    case format = "\\format"
    case timing = "\\timing"
    case edit = "\\e"
    case forget = "\\r"
    case help = "\\?"
    case quit = "\\q"

    /// What it takes and does.
    var text: (operand: String, summary: String) {
        switch self {
        case .tables: ("", "the tables, their rows and segments")
        case .describe: ("NAME", "a table's columns")
        case .segments: ("[NAME]", "segments, of one table or of all")
        case .vertical: ("", "one line a column, on or off")
        case .format: ("NAME", OutputFormat.allCases.map(\.rawValue).joined(separator: ", "))
        case .timing: ("", "the line below each result, on or off")
        case .edit: ("", "the statement, or the last one, in $VISUAL, $EDITOR or vi")
        case .forget: ("", "forget what has been typed of a statement")
        case .help: ("", "this list")
        case .quit: ("", "end; so does Ctrl-D")
        }
    }

    /// The list that `\?` shows.
    static var page: String {
        let lines = allCases.map { command in
            let head = "\(command.rawValue) \(command.text.operand)"
            let gap = String(repeating: " ", count: max(1, 16 - head.count))
            return "  \(head)\(gap)\(command.text.summary)\n"
        }
        return """
            SQL up to ';' is run; Tab completes, arrows and Ctrl-R find earlier statements, Ctrl-C ends
            a query on the server or forgets what has been typed. Besides:

            """ + lines.joined()
    }

    /// The statement that a command of the catalogue stands for; `nil` for the others.
    func statement(_ operand: String?) -> String? {
        let table = operand.map { "'" + $0.replacing("'", with: "''") + "'" }
        switch self {
        case .describe where table == nil, .tables:
            return """
                SELECT t.TABLE_SCHEMA AS "schema", t.TABLE_NAME AS "table", SUM(s.num_rows) AS "rows",
                  COUNT(s.segment_id) AS segments, SUM(s.size) AS bytes
                FROM INFORMATION_SCHEMA.TABLES t LEFT JOIN sys.segments s
                  ON t.TABLE_NAME = s.datasource AND t.TABLE_SCHEMA = 'druid'
                GROUP BY 1, 2 ORDER BY 1, 2
                """
        case .describe:
            return """
                SELECT COLUMN_NAME AS "column", DATA_TYPE AS type, IS_NULLABLE AS nullable
                FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = \(table ?? "NULL")
                ORDER BY TABLE_SCHEMA, ORDINAL_POSITION
                """
        case .segments:
            return """
                SELECT * FROM sys.segments\(table.map { " WHERE datasource = \($0)" } ?? "")
                ORDER BY datasource, "start", segment_id
                """
        default: return nil
        }
    }
}
