import Ingest
import Segments

/// `daybook source`: the sources of a server.
enum SourceCommand {
    static let command = Command(
        name: "source", summary: "List, show, pause, resume and reset sources",
        usage: "list | show SOURCE | pause SOURCE | resume SOURCE | reset SOURCE --to WHERE",
        options: [
            CommandOption(
                "accept-gap", nil, "resume behind messages that are gone, and record them"),
            CommandOption("to", "WHERE", "earliest, latest or a time in RFC 3339"),
            OutputFormat.option, ServerURL.option,
        ],
        examples: [
            "daybook source list", "daybook source show payments", "daybook source pause payments",
            "daybook source resume payments --accept-gap",
            "daybook source reset payments --to 2026-01-31T00:00:00Z",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    private static let verbs = ["list", "show", "pause", "resume", "reset"]

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let words = arguments.operands
        let format = try OutputFormat(arguments)
        let connection = ServerConnection(try ServerURL(arguments))
        let name = words.count == 2 ? HTTPClient.percentEncode(words[1]) : ""
        switch (words.first, words.count) {
        case ("list", 1):
            let answer = try connection.json(.get, "/v1/sources")
            let sources = answer["sources"]?.elements ?? []
            RowPrinter.print(format == .table ? sources.map(summary) : sources, as: format)
        case ("show", 2):
            RowPrinter.print([try connection.json(.get, "/v1/sources/\(name)")], as: format)
        case ("pause", 2):
            try change(connection, "/v1/sources/\(name):pause", format)
        case ("resume", 2):
            let query = arguments.has("accept-gap") ? "?accept_gap=true" : ""
            try change(connection, "/v1/sources/\(name):resume\(query)", format)
        case ("reset", 2):
            guard let target = arguments.value("to") else {
                throw .usage("reset needs --to earliest, latest or a time")
            }
            try change(
                connection, "/v1/sources/\(name):reset?to=\(HTTPClient.percentEncode(target))",
                format)
        default:
            let nearest = words.first.flatMap { Spelling.nearest(to: $0, among: verbs) }
            throw .usage(
                "source takes one of: \(verbs.joined(separator: ", "))"
                    + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
        return .success
    }

    private static func change(
        _ connection: ServerConnection, _ path: String, _ format: OutputFormat
    ) throws(CommandError) {
        let answer = try connection.json(.post, path)
        RowPrinter.print([format == .table ? summary(answer) : answer], as: format)
    }

    /// What fits a line.
    private static func summary(_ source: JSONValue) -> JSONValue {
        let shown = [
            "name", "table", "kind", "state", "lag_rows", "lag_seconds", "rows_per_second",
            "accepted", "rejected",
        ]
        var members = shown.compactMap { name in
            source[name].map { JSONValue.Member(name: name, value: $0) }
        }
        members.append(
            JSONValue.Member(name: "error", value: source["error"]?["code"] ?? .null))
        return .object(members)
    }
}
