import Segments

/// The options of a source's definition, as connectors read them.
public struct SourceOptions: Sendable {
    /// Names and values, by ascending name.
    let pairs: [(name: String, value: String)]

    /// Those of a definition.
    public init(_ definition: SourceDefinition) {
        pairs = definition.options.map { ($0.name, $0.value) }
    }

    /// The value of an option, if it is given and not empty.
    subscript(_ name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// The value of an option that must be given.
    func required(_ name: String) throws(SourceError) -> String {
        guard let value = self[name] else { throw .option(name, reason: "it must be given") }
        return value
    }

    /// Refuses options that are not among `known`.
    func check(known: Set<String>) throws(SourceError) {
        for (name, _) in pairs where !known.contains(name) {
            let nearest = Spelling.nearest(to: name, among: known.sorted())
            throw .option(
                name,
                reason: "there is no such option"
                    + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
    }
}

/// Where a source begins that was never read.
enum StreamStart: Hashable, Sendable {
    /// At the first position that is kept.
    case earliest
    /// Behind the last.
    case latest
    /// At the first message of that time or later, in milliseconds since 1970.
    case time(milliseconds: Int64)

    /// `earliest`, `latest`, or a time.
    init(_ text: String, option: String) throws(SourceError) {
        switch text.lowercased() {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            let bytes = Array(text.utf8)
            guard let time = CivilTime.parseTimestamp(bytes.span) else {
                throw .option(option, reason: "it is 'earliest', 'latest' or a time in RFC 3339")
            }
            self = .time(milliseconds: time / 1_000)
        }
    }
}

extension MessageLayout {
    /// The layout that a Kafka source's options describe, for rows of a table.
    init(_ options: SourceOptions, _ schema: TableSchema) throws(SourceError) {
        let formats = Format.allCases.map(\.rawValue).joined(separator: ", ")
        guard let format = Format(rawValue: options["format"] ?? Format.json.rawValue) else {
            throw .option("format", reason: "it is one of \(formats)")
        }
        self.init(format)
        ownsPayload = schema.columnIndex(named: "payload") != nil
        key = try options["key"].map { name throws(SourceError) in
            Field(try schema.column(named: name, option: "key"))
        }
        for pair in options["headers"]?.split(separator: ",") ?? [] {
            let words = pair.split(separator: ":", maxSplits: 1).map {
                String($0.trimmingSpaces)
            }
            guard let header = words.first, let column = words.last, !header.isEmpty else {
                throw .option(
                    "headers", reason: "it is a list such as 'trace:trace_id, tenant'")
            }
            headers.append(
                Header(
                    name: Array(header.utf8),
                    field: Field(try schema.column(named: column, option: "headers"))))
        }
    }
}

extension TableSchema {
    fileprivate func column(
        named name: String, option: String
    ) throws(SourceError) -> ColumnDefinition {
        guard let index = columnIndex(named: name) else {
            throw .option(option, reason: "the table '\(self.name)' has no column '\(name)'")
        }
        return columns[index]
    }
}

extension Substring {
    /// Without spaces at either end.
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
