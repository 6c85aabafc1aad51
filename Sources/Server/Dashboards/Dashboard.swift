import Ingest
import Query
import Segments

/// A page of figures: named queries over shared parameters, defined in one JSON file.
public struct Dashboard: Equatable, Sendable {
    /// What the page is called in its path.
    public var id: String
    /// For people.
    public var title: String
    /// For people; may be empty.
    public var description: String
    /// What a reader may set.
    public var parameters: [Parameter]
    /// What is shown, in order.
    public var panels: [Panel]

    /// Something that a reader may set.
    public struct Parameter: Equatable, Sendable {
        /// Used in the panels' statements as `:name`.
        public var name: String
        /// An SQL type by its name.
        public var type: String
        /// What it is where a reader sets nothing.
        public var standard: JSONValue
    }

    /// One query and how to draw it.
    public struct Panel: Equatable, Sendable {
        /// Unique within the page.
        public var id: String
        /// For people.
        public var title: String
        /// A SELECT.
        public var sql: String
        /// How to draw the rows, and which columns to draw; the console reads these.
        public var visual: Visual
        /// The column along the horizontal axis, if the drawing has one.
        public var x: String?
        /// The column that is drawn.
        public var y: String?
    }

    /// The drawings.
    public enum Visual: String, CaseIterable, Sendable {
        case line, bar, table, number
    }

    /// Why a file is no dashboard.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong, with the member's name.
        public let message: String
    }
}

extension Dashboard {
    /// Reads a definition; members that no dashboard has are refused, as slips.
    public init(json bytes: [UInt8]) throws(Malformed) {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw Malformed(message: "\(error.reason) at byte \(error.byteOffset)")
        }
        try Self.check(document, members: ["id", "title", "description", "parameters", "panels"])
        id = try Self.text(document, "id")
        guard !id.isEmpty,
            id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { throw Malformed(message: "'id' has letters, digits and '_'") }
        title = try Self.text(document, "title")
        description = document["description"]?.string ?? ""
        parameters = []
        for element in document["parameters"]?.elements ?? [] {
            try Self.check(element, members: ["name", "type", "default"])
            parameters.append(
                Parameter(
                    name: try Self.text(element, "name"), type: try Self.text(element, "type"),
                    standard: element["default"] ?? .null))
        }
        panels = []
        for element in document["panels"]?.elements ?? [] {
            panels.append(try Panel(element))
        }
        guard !panels.isEmpty else { throw Malformed(message: "'panels' is an array of panels") }
        guard Set(panels.map(\.id)).count == panels.count else {
            throw Malformed(message: "two panels have the same 'id'")
        }
    }

    fileprivate static func text(
        _ object: JSONValue, _ name: String
    ) throws(Malformed) -> String {
        guard let text = object[name]?.string else {
            throw Malformed(message: "'\(name)' must be a string")
        }
        return text
    }

    fileprivate static func check(
        _ object: JSONValue, members: [String]
    ) throws(Malformed) {
        guard case .object(let found) = object else {
            throw Malformed(message: "an object was expected")
        }
        for member in found where !members.contains(member.name) {
            let nearest = Spelling.nearest(to: member.name, among: members)
            throw Malformed(
                message: "there is no member '\(member.name)'"
                    + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
    }
}

extension Dashboard.Panel {
    fileprivate init(_ element: JSONValue) throws(Dashboard.Malformed) {
        try Dashboard.check(element, members: ["id", "title", "sql", "visual", "x", "y"])
        id = try Dashboard.text(element, "id")
        title = try Dashboard.text(element, "title")
        sql = try Dashboard.text(element, "sql")
        let name = try Dashboard.text(element, "visual")
        guard let visual = Dashboard.Visual(rawValue: name) else {
            let names = Dashboard.Visual.allCases.map(\.rawValue).joined(separator: ", ")
            throw Dashboard.Malformed(message: "'visual' is one of \(names), not '\(name)'")
        }
        self.visual = visual
        x = element["x"]?.string
        y = element["y"]?.string
    }
}
