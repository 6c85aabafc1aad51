/// Writes a syntax tree back as SQL: one line, keywords in capitals, every operator of two operands
/// in parentheses, so that precedence can be read.
///
/// ∀ statement: parsing what is printed gives the same tree, but for places.
struct SyntaxPrinter {
    /// The text of an expression.
    static func text(of expression: Syntax.Expression) -> String {
        let text: (Syntax.Expression) -> String = SyntaxPrinter.text
        switch expression.kind {
        case .literal(let literal): return SyntaxPrinter.literal(literal)
        case .column(let parts): return parts.map(name).joined(separator: ".")
        case .parameter(let parameter): return SyntaxPrinter.parameter(parameter)
        case .unit(let unit): return unit.rawValue
        case .unary(let symbol, let operand): return "(\(symbol.rawValue) \(text(operand)))"
        case .binary(let symbol, let left, let right):
            return "(\(text(left)) \(symbol.rawValue) \(text(right)))"
        case .conjunction(let operands):
            return "(" + operands.map(text).joined(separator: " AND ") + ")"
        case .disjunction(let operands):
            return "(" + operands.map(text).joined(separator: " OR ") + ")"
        case .truth(let operand, let test, let isNegated):
            return "(\(text(operand)) IS \(not(isNegated))\(test.rawValue))"
        case .distinctFrom(let left, let right, let isNegated):
            return "(\(text(left)) IS \(not(isNegated))DISTINCT FROM \(text(right)))"
        case .inList(let value, let elements, let isNegated):
            return "(\(text(value)) \(not(isNegated))IN (\(list(elements))))"
        case .between(let value, let low, let high, let isNegated):
            return "(\(text(value)) \(not(isNegated))BETWEEN \(text(low)) AND \(text(high)))"
        case .like(let like): return SyntaxPrinter.like(like)
        case .caseWhen(let form): return caseWhen(form)
        case .cast(let value, let type, let isTry):
            return "\(isTry ? "TRY_CAST" : "CAST")(\(text(value)) AS \(self.type(type)))"
        case .call(let call): return SyntaxPrinter.call(call)
        case .array(let elements): return "ARRAY[\(list(elements))]"
        case .row(let values): return "(\(list(values)))"
        case .member(let json, let name, let isText):
            return "(\(text(json)) \(isText ? "->>" : "->") \(text(name)))"
        case .subquery(let query): return "(\(SyntaxPrinter.text(of: query)))"
        case .exists(let query): return "EXISTS (\(SyntaxPrinter.text(of: query)))"
        case .inSubquery(let value, let query, let isNegated):
            return "(\(text(value)) \(not(isNegated))IN (\(SyntaxPrinter.text(of: query))))"
        }
    }

    /// A name, quoted if it must be or was.
    static func name(_ identifier: Syntax.Identifier) -> String {
        identifier.isQuoted ? quoted(identifier.name, "\"") : identifier.name
    }

    /// A text between quotes, quotes inside doubled.
    static func quoted(_ text: String, _ quote: Character) -> String {
        var result = String(quote)
        for character in text.unicodeScalars {
            result.unicodeScalars.append(character)
            if Character(character) == quote { result.append(quote) }
        }
        return result + String(quote)
    }

    /// A type with its sizes.
    static func type(_ type: Syntax.TypeName) -> String {
        let base =
            switch type.base {
            case .boolean: "BOOLEAN"
            case .bigint: "BIGINT"
            case .double: "DOUBLE"
            case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
            case .varchar: "VARCHAR"
            case .timestamp: "TIMESTAMP"
            case .date: "DATE"
            case .json: "JSON"
            }
        return type.isArray ? base + " ARRAY" : base
    }

    /// A constant as the lexer reads it.
    static func literal(_ literal: Syntax.Literal) -> String {
        switch literal {
        case .null: return "NULL"
        case .boolean(let value): return value ? "TRUE" : "FALSE"
        case .integer(let value): return String(value)
        case .decimal(let unscaled, let scale): return decimal(unscaled, scale)
        case .double(let value):
            let text = "\(value)"
            return text.utf8.contains(UInt8(ascii: "e")) ? text : text + "e0"
        case .string(let text): return quoted(text, "'")
        case .timestamp(let text): return "TIMESTAMP " + quoted(text, "'")
        case .date(let text): return "DATE " + quoted(text, "'")
        case .interval(let count, let unit): return "INTERVAL '\(count)' \(unit.rawValue)"
        }
    }

    private static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        let digits = String(unscaled.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -scale)
        return (unscaled < 0 ? "-" : "") + padded[..<point] + "." + padded[point...]
    }

    static func list(_ expressions: [Syntax.Expression]) -> String {
        expressions.map(text).joined(separator: ", ")
    }

    private static func not(_ isNegated: Bool) -> String { isNegated ? "NOT " : "" }

    private static func parameter(_ parameter: Syntax.Parameter) -> String {
        switch parameter.key {
        case .index(let index): "$\(index + 1)"
        case .name(let name): ":" + name
        }
    }

    private static func like(_ like: Syntax.Like) -> String {
        let keyword = like.ignoresCase ? "ILIKE" : "LIKE"
        let escape = like.escape.map { " ESCAPE " + text(of: $0) } ?? ""
        return "(\(text(of: like.value)) \(not(like.isNegated))\(keyword) "
            + "\(text(of: like.pattern))\(escape))"
    }

    private static func caseWhen(_ form: Syntax.Case) -> String {
        var result = "CASE"
        if let operand = form.operand { result += " " + text(of: operand) }
        for branch in form.branches {
            result += " WHEN \(text(of: branch.condition)) THEN \(text(of: branch.result))"
        }
        if let otherwise = form.otherwise { result += " ELSE " + text(of: otherwise) }
        return result + " END"
    }

    private static func call(_ call: Syntax.Call) -> String {
        let name = name(call.name)
        let arguments: String
        switch (call.arguments.first?.kind, call.arguments.last?.kind, name.uppercased()) {
        case (.unit(let unit)?, _, "EXTRACT"):
            arguments = "\(unit.rawValue) FROM \(list(Array(call.arguments.dropFirst())))"
        case (_, .unit(let unit)?, "FLOOR"), (_, .unit(let unit)?, "CEIL"),
            (_, .unit(let unit)?, "CEILING"):
            arguments = "\(list(call.arguments.dropLast())) TO \(unit.rawValue)"
        case (_, _, "POSITION") where call.arguments.count == 2:
            arguments = call.arguments.map(text).joined(separator: " IN ")
        case (_, _, "CURRENT_TIMESTAMP"), (_, _, "CURRENT_DATE"): return name
        default:
            arguments =
                call.isStar ? "*" : (call.isDistinct ? "DISTINCT " : "") + list(call.arguments)
        }
        let order = call.orderBy.isEmpty ? "" : " " + orderBy(call.orderBy)
        var result = "\(name)(\(arguments)\(order))"
        if let filter = call.filter { result += " FILTER (WHERE \(text(of: filter)))" }
        if call.ignoresNulls { result += " IGNORE NULLS" }
        guard let over = call.over else { return result }
        return result + " OVER " + (over.isName ? over.base.map(self.name) ?? "" : window(over))
    }
}
