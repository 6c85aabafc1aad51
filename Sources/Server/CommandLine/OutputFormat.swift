import Ingest
import Segments

/// How rows are printed.
enum OutputFormat: String, CaseIterable {
    /// A box with a header.
    case table
    /// One line per column, for wide rows.
    case vertical
    /// RFC 4180, with a header; NULL is empty.
    case csv
    /// Tab-separated, with a header; tabs and line ends in texts are escaped with `\`.
    case tsv
    /// One array of objects.
    case json
    /// One object a line.
    case ndjson
    /// A table for documents.
    case markdown

    /// The option of every command that prints rows.
    static let option = CommandOption(
        "format", "NAME", allCases.map(\.rawValue).joined(separator: ", ") + " (default: table)")

    /// The format that `--format` names.
    init(_ arguments: Arguments, standard: OutputFormat = .table) throws(CommandError) {
        guard let name = arguments.value("format") else {
            self = standard
            return
        }
        self = try OutputFormat(named: name)
    }

    /// The format of that name.
    init(named name: String) throws(CommandError) {
        guard let format = OutputFormat(rawValue: name) else {
            let nearest = Spelling.nearest(to: name, among: Self.allCases.map(\.rawValue))
            throw .usage(
                "there is no format '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
        self = format
    }

    /// Whether a person reads it: then a footer follows.
    var isForPeople: Bool { self == .table || self == .vertical }
}

extension JSONValue {
    /// As a cell: `nil` for NULL, texts without quotes, arrays and objects as JSON.
    var cell: String? {
        switch self {
        case .null: nil
        case .boolean(let value): value ? "true" : "false"
        case .number(let text), .string(let text): text.string
        case .array, .object:
            {
                var json = JSONWriter()
                json.append(self)
                return String(decoding: json.bytes, as: UTF8.self)
            }()
        }
    }
}
