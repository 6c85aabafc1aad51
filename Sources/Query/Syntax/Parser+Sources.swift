import Segments

extension Syntax {
    /// `CREATE SOURCE name INTO table FROM kind (option = literal, ...)`.
    struct CreateSource: Equatable, Sendable {
        var name: Identifier
        var ifNotExists: Bool
        var table: ObjectName
        var kind: SourceDefinition.Kind
        var options: [SourceOption]
    }

    /// `name = literal`; the name may have points in it.
    struct SourceOption: Equatable, Sendable {
        var name: String
        var value: Literal
        var range: SourceRange
    }
}

/// What a statement does to a source that is there.
public enum SourceChange: Hashable, Sendable {
    /// It rests until it is resumed.
    case pause
    /// It goes on; behind a gap, where there is one and that is accepted.
    case resume(acceptsGap: Bool)
    /// It goes on at `earliest`, `latest` or a time.
    case reset(to: String)
}

extension Parser {
    /// What follows CREATE.
    mutating func createSource() throws(QueryError) -> Syntax.CreateSource {
        try expect(.source)
        let ifNotExists = try acceptIfNotExists()
        let name = try identifier("the name of the source")
        try expect(.into, " after the name of the source")
        let table = try objectName("the table of the source")
        try expect(.from, " after the table of the source")
        let word = text(of: current).uppercased()
        guard let kind = SourceDefinition.Kind.allCases.first(where: { $0.keyword == word }) else {
            throw unexpected("KAFKA or FILES after FROM")
        }
        advance()
        try expect(.leftParenthesis, " before the options of the source")
        let options = try list("options of a source") { (parser) throws(QueryError) in
            try parser.sourceOption()
        }
        try expect(.rightParenthesis, " after the options of the source")
        return Syntax.CreateSource(
            name: name, ifNotExists: ifNotExists, table: table, kind: kind, options: options)
    }

    private mutating func sourceOption() throws(QueryError) -> Syntax.SourceOption {
        let start = current.range.lowerBound
        var words: [String] = []
        // Words that are reserved elsewhere, such as `group`, are plain names here.
        repeat {
            switch current.kind {
            case .identifier: words.append(text(of: advance()).lowercased())
            case .quotedIdentifier: words.append(name(of: advance()).name)
            default: throw unexpected("the name of an option")
            }
        } while accept(.period)
        try expect(.equal)
        let value = try expression()
        guard case .literal(let literal) = value.kind else {
            throw QueryError(
                .syntax, "the value of an option must be a literal", at: value.range,
                hint: "strings take single quotes")
        }
        return Syntax.SourceOption(
            name: words.joined(separator: "."), value: literal, range: range(from: start))
    }

    /// PAUSE, RESUME [ACCEPT GAP] or RESET ... TO, each with SOURCE and a name.
    mutating func changeSource() throws(QueryError) -> Syntax.Statement {
        let verb = advance().keyword
        try expect(.source, " after \(verb?.rawValue ?? "")")
        let name = try identifier("the name of the source")
        switch verb {
        case .pause: return .changeSource(name, .pause)
        case .resume:
            guard text(of: current).uppercased() == "ACCEPT" else {
                return .changeSource(name, .resume(acceptsGap: false))
            }
            advance()
            guard text(of: current).uppercased() == "GAP" else {
                throw unexpected("GAP after ACCEPT")
            }
            advance()
            return .changeSource(name, .resume(acceptsGap: true))
        default:
            try expect(.to, " after the name of the source")
            let target = try expression()
            switch target.kind {
            case .literal(.string(let text)), .literal(.timestamp(let text)):
                return .changeSource(name, .reset(to: text))
            default:
                throw QueryError(
                    .syntax, "a source is reset to 'earliest', 'latest' or a time",
                    at: target.range, hint: "times are written TIMESTAMP '2026-01-31T00:00:00Z'")
            }
        }
    }
}

extension SyntaxPrinter {
    static func text(of source: Syntax.CreateSource) -> String {
        let options = source.options.map { "\(quotedOption($0.name)) = \(literal($0.value))" }
        return "CREATE SOURCE \(source.ifNotExists ? "IF NOT EXISTS " : "")\(name(source.name)) "
            + "INTO \(objectName(source.table)) FROM \(source.kind.keyword) "
            + "(\(options.joined(separator: ", ")))"
    }

    private static func quotedOption(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    static func text(of change: SourceChange, _ source: Syntax.Identifier) -> String {
        switch change {
        case .pause: "PAUSE SOURCE \(name(source))"
        case .resume(let acceptsGap):
            "RESUME SOURCE \(name(source))" + (acceptsGap ? " ACCEPT GAP" : "")
        case .reset(let target):
            "RESET SOURCE \(name(source)) TO \(literal(.string(target)))"
        }
    }
}
