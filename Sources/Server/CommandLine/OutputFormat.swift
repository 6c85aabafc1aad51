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
                write(into: &json)
                return String(decoding: json.bytes, as: UTF8.self)
            }()
        }
    }

    /// Writes the value as it was read; numbers keep their digits.
    func write(into json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .boolean(let value): json.value(value)
        case .number(let text): json.number(digits: text.bytes.span)
        case .string(let text): json.value(utf8: text.bytes.span)
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(into: &json) }
            json.endArray()
        case .object(let members):
            json.beginObject()
            for member in members {
                json.key(member.name)
                member.value.write(into: &json)
            }
            json.endObject()
        }
    }
}
