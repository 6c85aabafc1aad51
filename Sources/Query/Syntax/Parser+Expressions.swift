/// How tightly operators bind, loosest first. `::` and prefix signs bind tighter than all of these
/// and are read with the operand.
private enum Precedence: Int, Comparable {
    case or, and, not, `is`, comparison, predicate, concat, additive, multiplicative, sign

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    /// The next tighter level: what the right operand of a left-associative operator may contain.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .sign }
}

extension Parser {
    /// An expression of any precedence.
    mutating func expression() throws(QueryError) -> Syntax.Expression {
        try expression(.or)
    }

    /// An operand of an operator without comparisons: what stands between BETWEEN and AND.
    mutating func operand() throws(QueryError) -> Syntax.Expression {
        try expression(.concat)
    }

    private mutating func expression(
        _ minimum: Precedence
    ) throws(QueryError) -> Syntax.Expression {
        let start = current.range.lowerBound
        var left = try prefixed()
        while let precedence = infixPrecedence(), precedence >= minimum {
            switch precedence {
            case .or:
                let operands = try chain(of: .or, after: left, .and)
                left = try node(.disjunction(operands), from: start, over: operands)
            case .and:
                let operands = try chain(of: .and, after: left, .not)
                left = try node(.conjunction(operands), from: start, over: operands)
            case .is: left = try isTest(left, from: start)
            case .comparison:
                left = try comparison(left, from: start)
            case .predicate: left = try predicate(left, from: start)
            default:
                guard let symbol = binaryOperator else { return left }
                advance()
                let right = try expression(precedence.tighter)
                left = try node(.binary(symbol, left, right), from: start, over: [left, right])
            }
        }
        return left
    }

    /// The precedence of the operator at the current token, nil if it is none.
    private func infixPrecedence() -> Precedence? {
        switch current.kind {
        case .symbol(let symbol):
            switch symbol {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
            case .concat: .concat
            case .plus, .minus: .additive
            case .star, .slash, .percent: .multiplicative
            default: nil
            }
        case .identifier:
            switch current.keyword {
            case .or: .or
            case .and: .and
            case .is: .is
            case .in, .between, .like, .ilike: .predicate
            case .not:
                switch following.keyword {
                case .in, .between, .like, .ilike: .predicate
                default: nil
                }
            default: nil
            }
        default: nil
        }
    }

    private var binaryOperator: Syntax.BinaryOperator? {
        guard case .symbol(let symbol) = current.kind else { return nil }
        return Syntax.BinaryOperator(rawValue: symbol.rawValue)
    }

    /// All operands of an AND or OR chain: one node, however long.
    private mutating func chain(
        of keyword: Keyword, after first: Syntax.Expression, _ operand: Precedence
    ) throws(QueryError) -> [Syntax.Expression] {
        var operands = [first]
        while accept(keyword) { operands.append(try expression(operand)) }
        return operands
    }

    /// Comparisons do not associate: `a < b < c` is refused.
    private mutating func comparison(
        _ left: Syntax.Expression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        guard let symbol = binaryOperator else { return left }
        advance()
        if isCall, isAt(.all) || isAnyOrSome { return try quantified(left, symbol, from: start) }
        let right = try expression(.predicate)
        if infixPrecedence() == .comparison {
            throw unexpected(
                "AND, OR or the end of the condition",
                hint: "comparisons do not chain: write a < b AND b < c")
        }
        return try node(.binary(symbol, left, right), from: start, over: [left, right])
    }

    private mutating func isTest(
        _ left: Syntax.Expression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        advance()
        let isNegated = accept(.not)
        if accept(.distinct) {
            try expect(.from, " after IS DISTINCT")
            let right = try expression(.predicate)
            return try node(
                .distinctFrom(left, right, isNegated: isNegated), from: start, over: [left, right])
        }
        let test: Syntax.TruthTest
        switch current.keyword {
        case .null: test = .null
        case .true: test = .true
        case .false: test = .false
        case .unknown: test = .unknown
        default:
            throw unexpected(
                "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS",
                near: [.null, .true, .false, .unknown, .distinct, .not],
                hint: "values are compared with =")
        }
        advance()
        return try node(.truth(left, test, isNegated: isNegated), from: start, over: [left])
    }

    /// [NOT] IN, BETWEEN, LIKE and ILIKE.
    private mutating func predicate(
        _ left: Syntax.Expression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let isNegated = accept(.not)
        let keyword = advance().keyword
        switch keyword {
        case .in: return try inList(left, isNegated: isNegated, from: start)
        case .between:
            let low = try operand()
            try expect(.and, " between the bounds of BETWEEN")
            let high = try operand()
            return try node(
                .between(left, low: low, high: high, isNegated: isNegated), from: start,
                over: [left, low, high])
        default:
            let pattern = try operand()
            let escape = accept(.escape) ? try operand() : nil
            let like = Syntax.Like(
                value: left, pattern: pattern, escape: escape, ignoresCase: keyword == .ilike,
                isNegated: isNegated)
            return try node(
                .like(like), from: start, over: [left, pattern] + (escape.map { [$0] } ?? []))
        }
    }

    private mutating func inList(
        _ left: Syntax.Expression, isNegated: Bool, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        guard accept(.leftParenthesis) else {
            throw unexpected("\"(\" after IN", hint: "write the values in parentheses: IN (1, 2)")
        }
        if isAtQuery {
            let query = try subquery()
            return try node(
                .inSubquery(left, query, isNegated: isNegated), from: start, over: [left])
        }
        if isAt(.rightParenthesis) {
            throw unexpected("a value", hint: "an empty list matches nothing: write WHERE FALSE")
        }
        let elements = try nested { (parser) throws(QueryError) in
            try parser.list(limit: SQLLimits.inListCount, "elements in IN (...)") {
                (parser) throws(QueryError) in
                let element = try parser.expression()
                parser.uncount(element)
                return element
            }
        }
        try expect(.rightParenthesis, " after the list")
        return try node(
            .inList(left, elements, isNegated: isNegated), from: start, over: [left] + elements)
    }
}

// MARK: - Prefix operators

extension Parser {
    private var isAnyOrSome: Bool {
        let word = text(of: current).uppercased()
        return word == "ANY" || word == "SOME"
    }

    private var isCall: Bool { following.kind == .symbol(.leftParenthesis) }

    /// An operand with the operators before it and the casts after it.
    private mutating func prefixed() throws(QueryError) -> Syntax.Expression {
        let start = current.range.lowerBound
        if accept(.not) {
            let operand = try nested { (parser) throws(QueryError) in try parser.expression(.not) }
            return try node(.unary(.not, operand), from: start, over: [operand])
        }
        if isAt(.minus) || isAt(.plus) {
            let sign: Syntax.UnaryOperator = isAt(.minus) ? .minus : .plus
            advance()
            let operand = try nested { (parser) throws(QueryError) in try parser.prefixed() }
            if let folded = signed(operand, sign) {
                uncount(operand)
                return try node(folded, from: start)
            }
            return try node(.unary(sign, operand), from: start, over: [operand])
        }
        var value = try primary()
        while true {
            if accept(.doubleColon) {
                let type = try typeName()
                value = try node(.cast(value, type, isTry: false), from: start, over: [value])
            } else if isAt(.arrow) || isAt(.textArrow) {
                let isText = advance().kind == .symbol(.textArrow)
                let name = try primary()
                value = try node(
                    .member(value, name, isText: isText), from: start, over: [value, name])
            } else if isAt(.leftBracket) {
                throw unsupported("subscripts are not supported yet")
            } else if isAt(.at), following.kind == .identifier,
                text(of: following).uppercased() == "TIME"
            {
                value = try onClock(value, from: start)
            } else {
                return value
            }
        }
    }

    /// `AT TIME ZONE zone` behind a time: TIMEZONE(zone, time).
    private mutating func onClock(
        _ time: Syntax.Expression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        var name = name(of: advance())
        advance()
        guard current.kind == .identifier, text(of: current).uppercased() == "ZONE" else {
            throw unexpected("ZONE after AT TIME")
        }
        advance()
        name.name = "TIMEZONE"
        let zone = try primary()
        let call = Syntax.Call(name: name, arguments: [zone, time])
        return try node(.call(call), from: start, over: [zone, time])
    }

    /// A number with its sign: `-9223372036854775808` is a BIGINT, though its digits alone are not.
    private func signed(
        _ operand: Syntax.Expression, _ sign: Syntax.UnaryOperator
    ) -> Syntax.Expression.Kind? {
        // A literal in parentheses starts before its digits: leave it as written.
        guard case .literal(let literal) = operand.kind,
            bytes[operand.range.lowerBound] != UInt8(ascii: "("),
            bytes[operand.range.lowerBound] != UInt8(ascii: "-"),
            bytes[operand.range.lowerBound] != UInt8(ascii: "+")
        else { return nil }
        let isMinus = sign == .minus
        switch literal {
        case .integer(let value): return .literal(.integer(isMinus ? -value : value))
        case .decimal(let unscaled, let scale):
            let value = isMinus ? -unscaled : unscaled
            if scale == 0, let integer = Int64(exactly: value) {
                return .literal(.integer(integer))
            }
            return .literal(.decimal(unscaled: value, scale: scale))
        case .double(let value): return .literal(.double(isMinus ? -value : value))
        default: return nil
        }
    }
}
