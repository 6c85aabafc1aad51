/// A naive reader of generated lines, for tests only: it knows JSON, the columns of a table and
/// the codes of rejections, and shares nothing with the generator.
struct GeneratorReader {
    /// A member of a line: its name, and its value as written.
    enum Value: Equatable {
        case text(String)
        case number(String)
        case other(String)
    }

    struct Invalid: Error {}

    let columns: [String]
    let measure: String

    /// The members of a sound line, or the code of its rejection.
    func read(_ line: [UInt8]) -> (members: [String: Value], code: String?) {
        guard let text = String(validating: line, as: UTF8.self) else {
            return ([:], "invalid_utf8")
        }
        var scanner = Scanner(text: Array(text.unicodeScalars))
        guard let pairs = try? scanner.document() else { return ([:], "invalid_json") }
        let members = Dictionary(pairs) { first, _ in first }
        return (members, code(of: members))
    }

    private func code(of members: [String: Value]) -> String? {
        if members.keys.contains(where: { !columns.contains($0) }) { return "unknown_field" }
        guard case .text(let id)? = members["event_id"], id.utf8.count == 26,
            let time = members["event_time"]
        else { return "missing_field" }
        guard case .number(let digits) = time, let time = Int64(digits),
            time < 4_102_444_800_000
        else { return "invalid_timestamp" }
        guard case .number(let amount)? = members[measure] else { return "type_mismatch" }
        return Int64(amount) == nil ? "number_out_of_range" : nil
    }
}

extension GeneratorReader {
    /// Recursive descent over Unicode scalars, as plain as can be.
    private struct Scanner {
        let text: [Unicode.Scalar]
        var index = 0

        mutating func document() throws -> [(String, Value)] {
            let pairs = try object()
            guard index == text.count else { throw Invalid() }
            return pairs
        }

        private mutating func take(_ scalar: Unicode.Scalar) throws {
            guard index < text.count, text[index] == scalar else { throw Invalid() }
            index += 1
        }

        private func sees(_ scalar: Unicode.Scalar) -> Bool {
            index < text.count && text[index] == scalar
        }

        private mutating func object() throws -> [(String, Value)] {
            var pairs: [(String, Value)] = []
            try take("{")
            while true {
                let name = try string()
                try take(":")
                pairs.append((name, try value()))
                guard sees(",") else { break }
                index += 1
            }
            try take("}")
            return pairs
        }

        private mutating func string() throws -> String {
            try take("\"")
            let start = index
            while index < text.count, text[index] != "\"" {
                guard text[index] != "\\", text[index].value >= 32 else { throw Invalid() }
                index += 1
            }
            try take("\"")
            return written(from: start, to: index - 1)
        }

        private mutating func value() throws -> Value {
            let start = index
            guard index < text.count else { throw Invalid() }
            switch text[index] {
            case "\"": return .text(try string())
            case "{":
                _ = try object()
            case "[":
                index += 1
                while !sees("]") {
                    _ = try value()
                    if sees(",") { index += 1 } else { break }
                }
                try take("]")
            case "t", "f", "n":
                while index < text.count, text[index].properties.isAlphabetic { index += 1 }
                guard ["true", "false", "null"].contains(written(from: start, to: index)) else {
                    throw Invalid()
                }
            default:
                while index < text.count, "-+.eE0123456789".unicodeScalars.contains(text[index]) {
                    index += 1
                }
                guard Double(written(from: start, to: index)) != nil else { throw Invalid() }
                return .number(written(from: start, to: index))
            }
            return .other(written(from: start, to: index))
        }

        private func written(from start: Int, to end: Int) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text[start..<end])
            return String(view)
        }
    }
}
