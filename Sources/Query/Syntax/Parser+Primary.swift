extension Parser {
    /// An expression without operators around it.
    mutating func primary() throws(QueryError) -> Syntax.Expression {
        let token = current
        let start = token.range.lowerBound
        switch token.kind {
        case .integer, .decimal, .double:
            advance()
            return try node(.literal(try number(token)), from: start)
        case .string:
            advance()
            return try node(.literal(.string(unquoted(token))), from: start)
        case .parameter:
            advance()
            return try node(.parameter(try parameter(token)), from: start)
        case .symbol(.leftParenthesis): return try parenthesised()
        case .quotedIdentifier: return try columnOrCall()
        case .identifier: return try word()
        case .symbol(.star):
            throw unexpected("an expression", hint: "* stands alone: SELECT *, or COUNT(*)")
        case .symbol(.rightParenthesis) where previousEnd > 0:
            throw unexpected(
                "an expression",
                hint: bytes[previousEnd - 1] == UInt8(ascii: ",")
                    ? "remove the comma before \")\"" : nil)
        default: throw unexpected("an expression")
        }
    }

    /// `(expression)`; its range takes the parentheses in.
    private mutating func parenthesised() throws(QueryError) -> Syntax.Expression {
        let start = advance().range.lowerBound
        if isAtQuery {
            let query = try subquery()
            return try node(.subquery(query), from: start)
        }
        var value = try nested { (parser) throws(QueryError) in try parser.expression() }
        if accept(.comma) {
            let others = try nested { (parser) throws(QueryError) in
                try parser.list("values in a row") { (parser) throws(QueryError) in
                    try parser.expression()
                }
            }
            try expect(.rightParenthesis, " after the values")
            return try node(.row([value] + others), from: start, over: [value] + others)
        }
        try expect(.rightParenthesis, " after the expression")
        value.range = range(from: start)
        return value
    }

    /// Whether a query begins at the current token.
    var isAtQuery: Bool { isAt(.select) || isAt(.values) || isAt(.with) }

    /// A query and the parenthesis behind it, one level deeper.
    mutating func subquery() throws(QueryError) -> Syntax.QueryExpression {
        let query = try nested { (parser) throws(QueryError) in try parser.queryExpression() }
        try expect(.rightParenthesis, " after the query")
        return query
    }

    /// What begins with a word: a constant, a special form, a call or a column.
    private mutating func word() throws(QueryError) -> Syntax.Expression {
        let start = current.range.lowerBound
        switch current.keyword {
        case .null: return try constant(.null)
        case .true: return try constant(.boolean(true))
        case .false: return try constant(.boolean(false))
        case .case: return try caseWhen()
        case .cast,
            .tryCast where following.kind == .symbol(.leftParenthesis):
            return try cast()
        case .exists where following.kind == .symbol(.leftParenthesis):
            advance()
            advance()
            guard isAtQuery else {
                throw unexpected("a query after EXISTS (", near: [.select, .with, .values])
            }
            return try node(.exists(try subquery()), from: start)
        case .timestamp where following.kind == .string:
            advance()
            return try constant(.timestamp(unquoted(current)), from: start)
        case .date where following.kind == .string:
            advance()
            return try constant(.date(unquoted(current)), from: start)
        case .interval where following.kind == .string || following.kind == .integer:
            return try interval()
        case .array where following.kind == .symbol(.leftBracket): return try array()
        case .currentTimestamp, .currentDate, .localTimestamp:
            let name = name(of: advance())
            if accept(.leftParenthesis) { try expect(.rightParenthesis) }
            return try node(.call(Syntax.Call(name: name, arguments: [])), from: start)
        case .left, .right:
            // Reserved for joins, but functions all the same.
            if following.kind == .symbol(.leftParenthesis) { return try columnOrCall() }
            throw unexpectedForName("an expression")
        default:
            if let form = try specialForm() { return form }
            guard isAtName else { throw unexpectedForName("an expression") }
            return try columnOrCall()
        }
    }

    /// A constant of one token, or of a type and a string.
    private mutating func constant(
        _ literal: Syntax.Literal, from start: Int? = nil
    ) throws(QueryError) -> Syntax.Expression {
        let token = advance()
        return try node(.literal(literal), from: start ?? token.range.lowerBound)
    }

    /// `INTERVAL '1' DAY`, also `INTERVAL 1 DAY` and `INTERVAL '1 day'`.
    private mutating func interval() throws(QueryError) -> Syntax.Expression {
        let start = advance().range.lowerBound
        let token = advance()
        let written = token.kind == .string ? unquoted(token) : text(of: token)
        var words = written.split(separator: " ").map(String.init)
        if current.kind == .identifier, following.keyword == .to {
            return try interval(written, at: token, from: start)
        }
        var unit: Syntax.TimeUnit?
        if words.count == 2 { unit = Parser.timeUnit(named: words.removeLast()) }
        guard words.count == 1, let count = Int64(words[0]) else {
            throw QueryError(
                .syntax, "an interval is a whole number and a unit", at: token.range,
                hint: "for example: INTERVAL '1' DAY")
        }
        let intervalUnit: Syntax.TimeUnit
        if let unit { intervalUnit = unit } else { intervalUnit = try timeUnit() }
        return try node(.literal(.interval(count: count, unit: intervalUnit)), from: start)
    }

    /// `'1-2' YEAR TO MONTH` or `'1 02:03' DAY TO MINUTE`, counted in the smaller unit.
    private mutating func interval(
        _ text: String, at token: Token, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let first = try timeUnit()
        try expect(.to)
        let last = try timeUnit()
        guard let count = Self.count(of: text, from: first, to: last) else {
            throw QueryError(
                .syntax, "this is no interval of \(first.rawValue) to \(last.rawValue)",
                at: token.range,
                hint: "for example '1-2' YEAR TO MONTH, '1 02:03' DAY TO MINUTE")
        }
        return try node(.literal(.interval(count: count, unit: last)), from: start)
    }

    private static func count(
        of text: String, from first: Syntax.TimeUnit, to last: Syntax.TimeUnit
    ) -> Int64? {
        let isCalendar = first == .year
        let units: [Syntax.TimeUnit] =
            isCalendar ? [.year, .month] : [.day, .hour, .minute, .second]
        let sizes: [Int64] = isCalendar ? [12] : [24, 60, 60]
        guard let start = units.firstIndex(of: first), let end = units.firstIndex(of: last),
            start < end
        else { return nil }
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split { "-: ".contains($0) }
        guard parts.count == end - start + 1 else { return nil }
        var total: Int64 = 0
        for (index, part) in parts.enumerated() {
            guard let number = Int64(part), (0..<1_000_000_000).contains(number) else { return nil }
            if index > 0 {
                let size = sizes[start + index - 1]
                guard number < size else { return nil }
                total *= size
            }
            total += number
        }
        return isNegative ? -total : total
    }

    /// `ARRAY[a, b]`.
    private mutating func array() throws(QueryError) -> Syntax.Expression {
        let start = advance().range.lowerBound
        advance()
        var elements: [Syntax.Expression] = []
        if !isAt(.rightBracket) {
            elements = try nested { (parser) throws(QueryError) in
                try parser.list("elements in ARRAY[...]") { (parser) throws(QueryError) in
                    try parser.expression()
                }
            }
        }
        try expect(.rightBracket, " after the elements")
        return try node(.array(elements), from: start, over: elements)
    }

    /// `column`, `table.column`, `schema.table.column`, members of its JSON behind it, or
    /// `function(...)`.
    private mutating func columnOrCall() throws(QueryError) -> Syntax.Expression {
        let start = current.range.lowerBound
        let first = name(of: advance())
        if isAt(.leftParenthesis) { return try call(first, from: start) }
        var parts = [first]
        while isAt(.period), following.kind != .symbol(.star) {
            advance()
            guard parts.count < SQLLimits.pathLength else {
                throw QueryError(
                    .limit, "a path has more than \(SQLLimits.pathLength) names",
                    at: range(from: start))
            }
            parts.append(try identifier("a name after \".\""))
        }
        return try node(.column(parts), from: start)
    }
}

// MARK: - Numbers

extension Parser {
    /// The exact value of a number: BIGINT if it fits, else DECIMAL; with an exponent DOUBLE.
    private func number(_ token: Token) throws(QueryError) -> Syntax.Literal {
        let digits = text(of: token)
        if token.kind == .double {
            guard let value = Double(digits), value.isFinite else {
                throw QueryError(
                    .syntax, "\(digits) is beyond the range of DOUBLE", at: token.range)
            }
            return .double(value)
        }
        if token.kind == .integer, let value = Int64(digits) { return .integer(value) }
        var unscaled: Int128 = 0
        var scale = 0
        var significant = 0
        var isFraction = false
        for byte in digits.utf8 {
            if byte == UInt8(ascii: ".") {
                isFraction = true
                continue
            }
            if significant > 0 || byte != UInt8(ascii: "0") { significant += 1 }
            if isFraction { scale += 1 }
            guard significant <= 38, scale <= 38 else {
                throw QueryError(
                    .syntax, "a number has at most 38 digits", at: token.range,
                    hint: "write it with an exponent to make it a DOUBLE: 1e40")
            }
            unscaled = unscaled * 10 + Int128(byte &- UInt8(ascii: "0"))
        }
        return .decimal(unscaled: unscaled, scale: scale)
    }
}

// MARK: - CASE and CAST

extension Parser {
    private mutating func caseWhen() throws(QueryError) -> Syntax.Expression {
        let start = advance().range.lowerBound
        return try nested { (parser) throws(QueryError) in
            let operand = parser.isAt(.when) ? nil : try parser.expression()
            var branches: [Syntax.Case.Branch] = []
            while parser.accept(.when) {
                let condition = try parser.expression()
                try parser.expect(.then, " after the condition of WHEN")
                branches.append(.init(condition: condition, result: try parser.expression()))
            }
            guard !branches.isEmpty else { throw parser.unexpected("WHEN", near: [.when]) }
            let otherwise = parser.accept(.else) ? try parser.expression() : nil
            guard parser.accept(.end) else {
                throw parser.unexpected(
                    otherwise == nil ? "WHEN, ELSE or END" : "END", near: [.when, .else, .end],
                    hint: "CASE is closed with END")
            }
            var children = branches.flatMap { [$0.condition, $0.result] }
            if let operand { children.append(operand) }
            if let otherwise { children.append(otherwise) }
            let form = Syntax.Case(operand: operand, branches: branches, otherwise: otherwise)
            return try parser.node(.caseWhen(form), from: start, over: children)
        }
    }

    private mutating func cast() throws(QueryError) -> Syntax.Expression {
        let word = advance()
        try expect(.leftParenthesis, " after \(word.keyword?.rawValue ?? "CAST")")
        let value = try nested { (parser) throws(QueryError) in try parser.expression() }
        try expect(.as, " and a type")
        let type = try typeName()
        try expect(.rightParenthesis, " after the type")
        return try node(
            .cast(value, type, isTry: word.keyword == .tryCast), from: word.range.lowerBound,
            over: [value])
    }
}
