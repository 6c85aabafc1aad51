import Ingest

/// `daybook segments`: what a table consists of, and what a segment of it does.
enum SegmentsCommand {
    static let command = Command(
        name: "segments", summary: "Show a table's segments, or one column by column",
        usage: "[options] TABLE | show TABLE ID",
        options: [OutputFormat.option, ServerURL.option],
        examples: [
            "daybook segments ledger", "daybook segments ledger --format csv",
            "daybook segments show ledger 17",
        ]
    ) { arguments throws(CommandError) in
        let words = arguments.operands
        let format = try OutputFormat(arguments)
        let connection = ServerConnection(try ServerURL(arguments))
        if words.count == 3, words[0] == "show" {
            try SegmentSheet(table: words[1], id: words[2], connection).print(format)
            return .success
        }
        guard words.count == 1 else { throw .usage("segments takes TABLE, or show TABLE ID") }
        let table = HTTPClient.percentEncode(words[0])
        let answer = try connection.json(.get, "/v1/tables/\(table)/segments")
        let segments = answer["segments"]?.elements ?? []
        if format.isForPeople {
            RowPrinter.print(segments.map { $0.selecting(shownMembers) }, as: format)
            let rows = segments.reduce(0) { $0 + ($1["rows"]?.integer ?? 0) }
            let bytes = segments.reduce(0) { $0 + ($1["bytes"]?.integer ?? 0) }
            Terminal.write(
                "\(segments.count) segments · \(ResultFooter.grouped(Int(rows))) rows · "
                    + "\(ResultFooter.grouped(Int(bytes))) bytes · "
                    + "\(answer["live_rows"]?.integer ?? 0) live rows\n")
        } else {
            RowPrinter.print(segments, as: format)
        }
        return .success
    }

    /// What fits a terminal's width; the other formats have all.
    private static let shownMembers = [
        "id", "chunk_start", "rows", "bytes", "level", "minimum_time", "maximum_time",
    ]
}

/// `daybook compact`: merges a table's fragments now instead of at the next look.
enum CompactCommand {
    static let command = Command(
        name: "compact", summary: "Merge a table's fragments now", usage: "[options] TABLE",
        options: [OutputFormat.option, ServerURL.option],
        examples: ["daybook compact ledger"]
    ) { arguments throws(CommandError) in
        guard arguments.operands.count == 1 else { throw .usage("compact takes one table") }
        let table = HTTPClient.percentEncode(arguments.operands[0])
        let format = try OutputFormat(arguments)
        let connection = ServerConnection(try ServerURL(arguments))
        let answer = try connection.json(.post, "/v1/tables/\(table):compact")
        let merges = answer["merges"]?.elements ?? []
        if merges.isEmpty, format.isForPeople {
            Terminal.write("nothing to merge\n")
        } else {
            RowPrinter.print(merges, as: format)
        }
        let failures = answer["failures"]?.elements ?? []
        for failure in failures { Terminal.report("failed: \(failure.cell ?? "")") }
        return failures.isEmpty ? .success : .failure
    }
}

extension JSONValue {
    /// The object with these members only, in this order.
    func selecting(_ names: [String]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(names.compactMap { name in members.first { $0.name == name } })
    }
}
