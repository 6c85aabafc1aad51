import Foundation
import Segments
import Testing

@testable import Query

/// Expressions with their values, as lines of `Tests/SQL/functions`: `expression --> value`.
///
/// Each is computed three ways: folded while it is bound, in a row, and once for each of its
/// constants with a column in the constant's place (where the function takes one there).
@Suite("Functions")
struct FunctionScriptTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let pool = WorkerPool(helperCount: 0)
    private static let snapshot = Snapshot(version: 1, manifestVersion: 1, tables: [])

    private static func options(_ zone: String) throws -> BindOptions {
        let files = try PosixFileSystem(root: root.appending(path: "Golden").path)
        let zones = TimeZoneDatabase(files, directory: "zoneinfo")
        return BindOptions(
            now: 1_795_000_000_000_000, timeZone: try zones.zone(named: zone), timeZones: zones)
    }

    private static func rows(_ sql: String, _ options: BindOptions) throws -> [[Value]] {
        let bound = try ParsedStatement(parsing: sql).bound(
            to: CatalogView(tables: []), options: options)
        guard case .query(let query) = bound else { return [] }
        return try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
    }

    private static func text(_ value: Value) -> String { value.isNull ? "NULL" : "\(value)" }

    /// The places of constants in an expression, a TIMESTAMP or DATE before a string included.
    private static func constants(of expression: String) throws -> [Range<Int>] {
        let tokens = try Lexer.tokens(of: Array(expression.utf8))
        let bytes = Array(expression.utf8)
        var places: [Range<Int>] = []
        for (index, token) in tokens.enumerated() {
            switch token.kind {
            case .string, .integer, .decimal, .double: break
            default: continue
            }
            var start = token.range.lowerBound
            if index > 0 {
                let before = tokens[index - 1].range
                let word = String(
                    decoding: bytes[before.lowerBound..<before.upperBound], as: UTF8.self)
                if ["TIMESTAMP", "DATE"].contains(word.uppercased()) { start = before.lowerBound }
                if word.uppercased() == "INTERVAL" { continue }
                // A literal is the local time of a zone, a column an instant.
                if expression.contains("AT TIME ZONE"), start == 0 { continue }
            }
            places.append(start..<token.range.upperBound)
        }
        return places
    }

    @Test(
        "Every expression has the value behind it, of constants and of columns alike",
        arguments: ["time.txt", "numbers.txt", "strings.txt", "arrays.txt", "json.txt"])
    func script(_ name: String) throws {
        let path = Self.root.appending(path: "SQL/functions/\(name)")
        var options = try Self.options("UTC")
        var liftedCount = 0
        let lines = try String(contentsOf: path, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let place = "\(name):\(number + 1)"
            if line.hasPrefix("zone ") {
                options = try Self.options(String(line.dropFirst(5)))
                continue
            }
            let parts = line.components(separatedBy: " --> ")
            try #require(parts.count == 2, "\(place)")
            let (expression, expected) = (parts[0], parts[1])
            if expected.hasPrefix("ERROR ") {
                let error = #expect(throws: QueryError.self, "\(place)") {
                    try Self.rows("SELECT \(expression)", options)
                }
                let text = (error?.message ?? "") + "; " + (error?.hint ?? "")
                #expect(text.contains(expected.dropFirst(6)), "\(place): \(text)")
                continue
            }
            do {
                let alone = try Self.rows("SELECT \(expression)", options)
                #expect(alone.map { $0.map(Self.text) } == [[expected]], "\(place)")
            } catch {
                Issue.record("\(place): \(error)")
                continue
            }
            let bytes = Array(expression.utf8)
            for constant in try Self.constants(of: expression) {
                let literal = String(decoding: bytes[constant], as: UTF8.self)
                let lifted =
                    String(decoding: bytes[..<constant.lowerBound], as: UTF8.self) + "v.x"
                    + String(decoding: bytes[constant.upperBound...], as: UTF8.self)
                let values = "(VALUES (\(literal)), (NULL), (\(literal)))"
                guard
                    let rows = try? Self.rows("SELECT \(lifted) FROM \(values) AS v (x)", options)
                else { continue }
                liftedCount += 1
                #expect(
                    [rows[0], rows[2]].map { $0.map(Self.text) } == [[expected], [expected]],
                    "\(place): \(lifted)")
            }
        }
        #expect(liftedCount > 10)
    }
}
