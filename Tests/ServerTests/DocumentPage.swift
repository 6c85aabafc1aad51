import Foundation

/// A page of `docs`, or a source file, as the tests of the pages read it.
struct DocumentPage {
    /// The whole text.
    let text: String
    /// The text with one space for white space, and none after an opening parenthesis.
    private let flat: String

    /// The file at a path from the root of the project.
    init(_ path: String) throws {
        let url = Self.root.appendingPathComponent(path)
        text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            .replacing("( ", with: "(")
    }

    /// `.../Tests/ServerTests/DocumentPage.swift` is three steps below the root.
    private static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// The Swift files below a folder.
    static func sources(below folder: String) throws -> [DocumentPage] {
        let names = FileManager.default.enumerator(
            atPath: root.appendingPathComponent(folder).path)?.compactMap { $0 as? String }
        return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted()
            .map { try DocumentPage(folder + "/" + $0) }
    }

    /// The cells of the table rows under a heading whose first cell is a code word, with the
    /// backticks around that word gone.
    func rows(under heading: String) -> [[String]] {
        var rows: [[String]] = []
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { isInside = line == "## " + heading }
            guard isInside, line.hasPrefix("| `") else { continue }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
            rows.append([String(cells[0].filter { $0 != "`" })] + cells.dropFirst())
        }
        return rows
    }

    /// The text up to the next quote after each occurrence of `mark`.
    func words(after mark: String) -> [String] {
        parts(after: mark).map { String($0.prefix { $0 != "\"" }) }
    }

    /// The first text in quotes after each occurrence of `mark`.
    func quotes(after mark: String) -> [String] {
        parts(after: mark).map { String($0.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" }) }
    }

    /// The codes that stand behind a status: `mark`, three digits, `separator`, the code in quotes.
    func codes(after mark: String, separator: String) -> [(code: String, status: Int)] {
        parts(after: mark).compactMap { part in
            let digits = part.prefix { $0.isNumber }
            let tail = part.dropFirst(digits.count)
            guard let status = Int(digits), tail.hasPrefix(separator + "\"") else { return nil }
            return (
                String(tail.dropFirst(separator.count + 1).prefix { $0 != "\"" }), status
            )
        }
    }

    /// What follows each occurrence of `mark`.
    private func parts(after mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = flat[...]
        while let range = rest.firstRange(of: mark) {
            rest = rest[range.upperBound...]
            parts.append(rest)
        }
        return parts
    }
}
