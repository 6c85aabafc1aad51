import Ingest

/// Prints rows one after another in a format; only the box keeps them until the end, because its
/// columns are as wide as their widest cell.
struct RowPrinter {
    private let format: OutputFormat
    private let write: (String) -> Void
    private var names: [String] = []
    private var types: [String] = []
    private let showsTypes: Bool
    private var boxed: [[String?]] = []
    private var pending = ""
    /// Rows so far.
    private(set) var rowCount = 0

    /// Text kept before it is written.
    private static let pendingByteCount = 64 << 10

    /// - Parameters:
    ///   - showsTypes: Whether a box has a line of types.
    ///   - write: Takes the text, some at a time.
    init(
        _ format: OutputFormat, showsTypes: Bool = true,
        write: @escaping (String) -> Void = { Terminal.write($0) }
    ) {
        self.format = format
        self.showsTypes = showsTypes
        self.write = write
    }

    /// Prints what comes before the rows.
    ///
    /// - Parameter types: The columns' types, one per name.
    mutating func begin(names: [String], types: [String]) {
        self.names = names
        self.types = types
        switch format {
        case .csv: put(names.map { Self.quoted($0) }.joined(separator: ",") + "\r\n")
        case .tsv: put(names.map { Self.escaped($0) }.joined(separator: "\t") + "\n")
        case .json: put("[")
        case .markdown:
            put("| " + names.map { Self.cellText($0) }.joined(separator: " | ") + " |\n")
            let rules = types.map { ResultTable.isNumeric($0) ? "---:" : "---" }
            put("| " + rules.joined(separator: " | ") + " |\n")
        case .table, .vertical, .ndjson: break
        }
    }

    /// Prints one row.
    ///
    /// - Parameter row: One value per name.
    mutating func append(_ row: [JSONValue]) {
        rowCount += 1
        switch format {
        case .table: boxed.append(row.map(\.cell))
        case .vertical: put(vertical(row))
        case .csv: put(row.map { Self.quoted($0.cell) }.joined(separator: ",") + "\r\n")
        case .tsv:
            put(row.map { Self.escaped($0.cell ?? "\\N") }.joined(separator: "\t") + "\n")
        case .json: put((rowCount > 1 ? ",\n " : "\n ") + object(row))
        case .ndjson: put(object(row) + "\n")
        case .markdown:
            put("| " + row.map { Self.cellText($0.cell ?? "") }.joined(separator: " | ") + " |\n")
        }
    }

    /// Prints what comes after the last row.
    mutating func end() {
        switch format {
        case .table:
            if !names.isEmpty {
                put(
                    ResultTable(names: names, types: types, showsTypes: showsTypes, rows: boxed)
                        .text())
            }
        case .json: put(rowCount > 0 ? "\n]\n" : "]\n")
        case .vertical, .csv, .tsv, .ndjson, .markdown: break
        }
        write(pending)
        pending = ""
    }

    private mutating func put(_ text: String) {
        pending += text
        if pending.utf8.count >= Self.pendingByteCount {
            write(pending)
            pending = ""
        }
    }

    private func vertical(_ row: [JSONValue]) -> String {
        let width = names.map { ResultTable.width($0) }.max() ?? 0
        var text = "-- row \(rowCount) --\n"
        for (name, value) in zip(names, row) {
            let padding = String(repeating: " ", count: width - ResultTable.width(name))
            text += "\(padding)\(name): \(value.cell ?? "NULL")\n"
        }
        return text
    }

    private func object(_ row: [JSONValue]) -> String {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in zip(names, row) {
            json.key(name)
            json.append(value)
        }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// A field of CSV; an empty text is quoted, so that it differs from NULL.
    private static func quoted(_ text: String?) -> String {
        guard let text else { return "" }
        let isPlain = text.utf8.allSatisfy {
            $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") && $0 != 0x0a && $0 != 0x0d
        }
        if isPlain, !text.isEmpty { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return text.replacing("\t", with: "\\t").replacing("\r", with: "\\r")
            .replacing("\n", with: "\\n")
    }

    private static func cellText(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}

extension RowPrinter {
    /// Prints objects as rows: columns in the order of their first appearance, types unknown.
    static func print(_ objects: [JSONValue], as format: OutputFormat) {
        var names: [String] = []
        for case .object(let members) in objects {
            for member in members where !names.contains(member.name) { names.append(member.name) }
        }
        let types = names.map { name in
            objects.contains { if case .number? = $0[name] { true } else { false } } ? "BIGINT" : ""
        }
        var printer = RowPrinter(format, showsTypes: false)
        printer.begin(names: names, types: types)
        for object in objects { printer.append(names.map { object[$0] ?? .null }) }
        printer.end()
    }
}
