import Ingest
import Segments

/// One statement of Apache Druid's tests, with the rows that Druid answers.
struct ConformanceCase {
    let id: String
    let sql: String
    let context: JSONValue
    let parameters: JSONValue
    let expected: [JSONValue]
    let isOrdered: Bool

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let sql = json["sql"]?.string else { return nil }
        self.id = id
        self.sql = sql
        context = json["context"] ?? .null
        parameters = json["parameters"] ?? .null
        expected = json["expected"]?.elements ?? []
        // Druid's order of NULLs depends on its plan there.
        let tags = json["tags"]?.elements?.compactMap(\.string) ?? []
        isOrdered = json["ordered"]?.boolean == true && !tags.contains("topn_null_order")
    }

    /// Whether these rows are the expected ones: in order where the statement says one.
    ///
    /// - Parameter hasTies: Whether rows are equal in that order.
    func isAnswered(by rows: [JSONValue], hasTies: Bool) -> Bool {
        guard rows.count == expected.count else { return false }
        if isOrdered, !hasTies { return zip(rows, expected).allSatisfy(Self.areEqual) }
        var rest = rows
        for row in expected {
            guard let index = rest.firstIndex(where: { Self.areEqual($0, row) }) else {
                return false
            }
            rest.remove(at: index)
        }
        return true
    }

    /// Numbers are equal to one part in a million: some of Druid's are sums of 32-bit floats.
    private static func areEqual(_ one: JSONValue, _ other: JSONValue) -> Bool {
        switch (one, other) {
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy(areEqual)
        case (.number(let one), .number(let other)):
            guard let one = Double(one.string), let other = Double(other.string) else {
                return false
            }
            return abs(one - other) <= 1e-6 * max(1, one.magnitude, other.magnitude)
        default: return one == other
        }
    }
}

/// A table of Apache Druid's tests, as Daybook has it.
struct ConformanceTable {
    let name: String
    private let columns: [(name: String, type: String)]
    private let rows: [JSONValue]

    init(name: String, _ json: JSONValue) {
        self.name = name
        columns = (json["columns"]?.elements ?? []).compactMap { column in
            guard let parts = column.elements?.compactMap(\.string), parts.count == 2 else {
                return nil
            }
            return (parts[0], Self.type(parts[1]))
        }
        rows = json["rows"]?.elements ?? []
    }

    private static func type(_ name: String) -> String {
        if name.contains("multi-value") { return "VARCHAR ARRAY" }
        switch name.prefix(while: { $0 != "(" && $0 != "<" }) {
        case "FLOAT", "DOUBLE": return "DOUBLE"
        case "COMPLEX": return "JSON"
        case let type: return String(type)
        }
    }

    /// The statement that makes it. Daybook's `__time` stands for whichever column has the time.
    var statement: String {
        let list = columns.map { column in
            column.name == "__time"
                ? "t TIMESTAMP NOT NULL" : "\"\(column.name)\" \(column.type)"
        }
        return "CREATE TABLE \(name) (\(list.joined(separator: ", "))) TIMESTAMP (t) "
            + "PARTITION BY YEAR"
    }

    /// Its rows, one JSON object a line.
    var events: String { rows.map { event($0) + "\n" }.joined() }

    private func event(_ row: JSONValue) -> String {
        var members: [String] = []
        for column in columns {
            let name = column.name == "__time" ? "t" : column.name
            guard let value = self.value(row[name], column) else { continue }
            members.append("\"\(name)\":\(value)")
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func value(_ value: JSONValue?, _ column: (name: String, type: String)) -> String? {
        // A count of the rows that were rolled up into one.
        if column.name == "cnt" { return "1" }
        switch value ?? .null {
        case .string(let text): return "\"\(text.string)\""
        case .number(let digits):
            return column.type == "BIGINT" ? String(Int(Double(digits.string) ?? 0)) : digits.string
        case .array(let elements) where column.type == "VARCHAR ARRAY":
            let texts = elements.compactMap(\.string).map { "\"\($0)\"" }
            return texts.isEmpty ? nil : "[" + texts.joined(separator: ",") + "]"
        case .array(let elements): return elements.first?.string.map { "\"\($0)\"" }
        default: return nil
        }
    }
}
