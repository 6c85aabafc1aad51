import Segments

extension Parser {
    /// `name(...)`, behind the name.
    mutating func call(
        _ name: Syntax.Identifier, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        try expect(.leftParenthesis)
        var call = Syntax.Call(name: name, arguments: [])
        if accept(.star) {
            call.isStar = true
        } else if isAtQuery {
            // A query that is the only argument needs no parentheses of its own.
            let start = current.range.lowerBound
            let query = try nested { (parser) throws(QueryError) in try parser.queryExpression() }
            call.arguments = [try node(.subquery(query), from: start)]
        } else if !isAt(.rightParenthesis) {
            call.isDistinct = accept(.distinct)
            if !call.isDistinct { _ = accept(.all) }
            call.arguments =
                isAt(.key) && name.name.uppercased() == "JSON_OBJECT"
                ? try members() : try arguments()
        }
        if name.name.uppercased() == "JSON_VALUE", isAt(word: "RETURNING") {
            return try returning(call, from: start)
        }
        if accept(.order) { call.orderBy = try orderItems() }
        try expect(.rightParenthesis, " after the arguments of \(name.name)")
        try withinGroup(&call)
        return try withSuffixes(call, from: start)
    }

    /// `WITHIN GROUP (ORDER BY x)` behind a call: what is ordered becomes its first argument, so
    /// that `PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY x)` is PERCENTILE_DISC(x, 0.5); behind a
    /// list it is the list's order.
    private mutating func withinGroup(_ call: inout Syntax.Call) throws(QueryError) {
        guard isAt(.within), following.keyword == .group else { return }
        advance()
        advance()
        try expect(.leftParenthesis)
        try expect(.order, " after WITHIN GROUP (")
        if ["LISTAGG", "STRING_AGG", "ARRAY_AGG"].contains(call.name.name.uppercased()) {
            call.orderBy = try orderItems()
            return try expect(.rightParenthesis, " after ORDER BY")
        }
        try expect(.by, " after ORDER")
        call.arguments.insert(try argument(), at: 0)
        if isAt(.desc) {
            throw unsupported(
                "WITHIN GROUP orders ascending only", hint: "take 1 less the fraction")
        }
        _ = accept(.asc)
        try expect(.rightParenthesis, " after ORDER BY")
    }

    private func isAt(word: String) -> Bool {
        current.kind == .identifier && text(of: current).uppercased() == word
    }

    /// `KEY a VALUE b, ...` as arguments a, b, ...
    private mutating func members() throws(QueryError) -> [Syntax.Expression] {
        let pairs = try nested { (parser) throws(QueryError) in
            try parser.list("members") { (parser) throws(QueryError) in
                try parser.expect(.key, " before a member's name")
                let key = try parser.operand()
                guard parser.isAt(word: "VALUE") else {
                    throw parser.unexpected("VALUE after the member's name")
                }
                parser.advance()
                return [key, try parser.expression()]
            }
        }
        return pairs.flatMap { $0 }
    }

    /// `JSON_VALUE(json, path RETURNING type)`: the scalar in that type, NULL where it is none.
    private mutating func returning(
        _ call: Syntax.Call, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        advance()
        let type = try typeName()
        try expect(.rightParenthesis, " after the type")
        let value = try node(.call(call), from: start, over: call.arguments)
        return try node(.cast(value, type, isTry: true), from: start, over: [value])
    }

    /// One or more arguments, one level deeper.
    private mutating func arguments() throws(QueryError) -> [Syntax.Expression] {
        try nested { (parser) throws(QueryError) in
            try parser.list("arguments") { (parser) throws(QueryError) in
                try parser.expression()
            }
        }
    }

    /// FILTER, IGNORE NULLS and OVER behind a call.
    private mutating func withSuffixes(
        _ call: Syntax.Call, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        var call = call
        if isAt(.filter), following.kind == .symbol(.leftParenthesis) {
            advance()
            advance()
            try expect(.where, " after FILTER (")
            call.filter = try nested { (parser) throws(QueryError) in try parser.expression() }
            try expect(.rightParenthesis, " after the condition of FILTER")
        }
        if isAt(.ignore) || isAt(.respect), following.keyword == .nulls {
            call.ignoresNulls = advance().keyword == .ignore
            advance()
        }
        call.over = try over()
        let unchecked = Syntax.Expression(kind: .call(call), range: range(from: start), height: 1)
        return try node(.call(call), from: start, over: unchecked.children)
    }

    /// The calls whose arguments are joined by words instead of commas; nil if this is none.
    ///
    /// They become ordinary calls, a unit given as a word being an argument of its own kind:
    /// `EXTRACT(DAY FROM t)` is EXTRACT(unit, t), `FLOOR(t TO DAY)` is FLOOR(t, unit),
    /// `TRIM(LEADING x FROM y)` is LTRIM(y, x).
    mutating func specialForm() throws(QueryError) -> Syntax.Expression? {
        guard following.kind == .symbol(.leftParenthesis) else { return nil }
        switch current.keyword {
        case .extract: return try extract()
        case .floor, .ceil, .ceiling: return try rounding()
        case .trim: return try trim()
        case .substring: return try substring()
        case .position: return try position()
        case .timestampAdd, .timestampDiff: return try timestampArithmetic()
        default: return nil
        }
    }

    private mutating func open() throws(QueryError) -> Syntax.Identifier {
        let name = name(of: advance())
        try expect(.leftParenthesis)
        return name
    }

    private mutating func close(
        _ name: Syntax.Identifier, _ arguments: [Syntax.Expression]
    ) throws(QueryError) -> Syntax.Expression {
        try expect(.rightParenthesis, " after the arguments of \(name.name)")
        return try node(
            .call(Syntax.Call(name: name, arguments: arguments)), from: name.range.lowerBound,
            over: arguments)
    }

    private mutating func argument() throws(QueryError) -> Syntax.Expression {
        try nested { (parser) throws(QueryError) in try parser.expression() }
    }

    private mutating func extract() throws(QueryError) -> Syntax.Expression {
        let name = try open()
        let unit = try unitArgument()
        try expect(.from, " after the unit of EXTRACT")
        return try close(name, [unit, try argument()])
    }

    private mutating func rounding() throws(QueryError) -> Syntax.Expression {
        let name = try open()
        guard !isAt(.rightParenthesis) else { return try close(name, []) }
        var values = [try argument()]
        if accept(.to) {
            values.append(try unitArgument())
        } else {
            while accept(.comma) { values.append(try argument()) }
        }
        return try close(name, values)
    }

    private mutating func trim() throws(QueryError) -> Syntax.Expression {
        var name = try open()
        let side = current.keyword
        if side == .both || side == .leading || side == .trailing {
            advance()
            name.name = side == .leading ? "LTRIM" : side == .trailing ? "RTRIM" : "BTRIM"
        }
        if accept(.from) { return try close(name, [try argument()]) }
        let first = try argument()
        if accept(.from) {
            if name.name.uppercased() == "TRIM" { name.name = "BTRIM" }
            return try close(name, [try argument(), first])
        }
        var values = [first]
        while accept(.comma) { values.append(try argument()) }
        return try close(name, values)
    }

    private mutating func substring() throws(QueryError) -> Syntax.Expression {
        let name = try open()
        guard !isAt(.rightParenthesis) else { return try close(name, []) }
        var values = [try argument()]
        if accept(.from) {
            values.append(try argument())
            if accept(.for) { values.append(try argument()) }
        } else {
            while accept(.comma) { values.append(try argument()) }
        }
        return try close(name, values)
    }

    /// `POSITION(a IN b)`: IN would be read as a predicate, so the first argument is an operand.
    private mutating func position() throws(QueryError) -> Syntax.Expression {
        let name = try open()
        let needle = try nested { (parser) throws(QueryError) in try parser.operand() }
        if !accept(.in) {
            guard accept(.comma) else { throw unexpected("IN after the text to find", near: [.in]) }
        }
        return try close(name, [needle, try argument()])
    }

    private mutating func timestampArithmetic() throws(QueryError) -> Syntax.Expression {
        let name = try open()
        var values = [try unitArgument()]
        while accept(.comma) { values.append(try argument()) }
        return try close(name, values)
    }
}

// MARK: - Units and types

extension Parser {
    /// The unit a word names: singular or plural, or one of the short names of EXTRACT.
    static func timeUnit(named word: String) -> Syntax.TimeUnit? {
        let upper = word.uppercased()
        if let unit = Syntax.TimeUnit(rawValue: upper) { return unit }
        if upper.hasPrefix("SQL_TSI_") { return timeUnit(named: String(upper.dropFirst(8))) }
        if upper.hasSuffix("S") { return Syntax.TimeUnit(rawValue: String(upper.dropLast())) }
        return ["DAYOFWEEK": .dayOfWeek, "DAYOFYEAR": .dayOfYear][upper]
    }

    /// A unit as a word or, as some clients send it, as a string.
    mutating func timeUnit() throws(QueryError) -> Syntax.TimeUnit {
        let word: String
        switch current.kind {
        case .identifier: word = text(of: current)
        case .string: word = unquoted(current)
        default: throw unexpected("a unit of time", hint: "for example DAY")
        }
        guard let unit = Parser.timeUnit(named: word) else {
            let meant = Spelling.nearest(to: word, among: Syntax.TimeUnit.allCases.map(\.rawValue))
            throw QueryError(
                .syntax, "expected a unit of time but found \"\(word)\"", at: current.range,
                hint: meant.map { "did you mean \($0)?" } ?? "for example DAY")
        }
        advance()
        return unit
    }

    private mutating func unitArgument() throws(QueryError) -> Syntax.Expression {
        let start = current.range.lowerBound
        let unit = try timeUnit()
        return try node(.unit(unit), from: start)
    }

    /// A type, with its synonyms, precision and ARRAY.
    mutating func typeName() throws(QueryError) -> Syntax.TypeName {
        let start = current.range.lowerBound
        guard current.kind == .identifier else {
            throw unexpected("a type", hint: "for example VARCHAR, BIGINT or DECIMAL(18, 2)")
        }
        let word = advance()
        let spelling = text(of: word).uppercased()
        guard let base = try typeBase(spelling) else {
            let meant = Spelling.nearest(to: spelling, among: Parser.typeNames)
            throw QueryError(
                .syntax, "\"\(text(of: word))\" is not a type", at: word.range,
                hint: meant.map { "did you mean \($0)?" } ?? "types: \(Parser.typeList)")
        }
        var isArray = accept(.array)
        if !isArray, isAt(.leftBracket), following.kind == .symbol(.rightBracket) {
            advance()
            advance()
            isArray = true
        }
        return Syntax.TypeName(base: base, isArray: isArray, range: range(from: start))
    }

    private static let typeList =
        "BOOLEAN, BIGINT, DOUBLE, DECIMAL(p, s), VARCHAR, TIMESTAMP, DATE, JSON"

    private static let typeNames = [
        "BOOLEAN", "BIGINT", "INTEGER", "DOUBLE", "DECIMAL", "NUMERIC", "VARCHAR", "TEXT",
        "TIMESTAMP",
        "DATE", "JSON",
    ]

    private mutating func typeBase(_ spelling: String) throws(QueryError) -> Syntax.TypeName.Scalar?
    {
        switch spelling {
        case "BOOLEAN", "BOOL": return .boolean
        case "BIGINT", "INTEGER", "INT", "SMALLINT", "TINYINT", "LONG": return .bigint
        case "DOUBLE":
            if text(of: current).uppercased() == "PRECISION" { advance() }
            return .double
        case "FLOAT", "REAL": return .double
        case "DECIMAL", "NUMERIC":
            let sizes = try sizes(atMost: 2)
            let precision = sizes.first?.value ?? 38
            let scale = sizes.count > 1 ? sizes[1].value : 0
            for size in sizes.prefix(1) where !(1...38).contains(size.value) {
                throw QueryError(
                    .syntax, "the precision of a DECIMAL is 1 to 38", at: size.range,
                    hint: "for example DECIMAL(18, 2)")
            }
            for size in sizes.dropFirst() where size.value > precision {
                throw QueryError(
                    .syntax, "the scale of a DECIMAL is at most its precision", at: size.range,
                    hint: "for example DECIMAL(18, 2)")
            }
            return .decimal(precision: precision, scale: scale)
        case "VARCHAR", "CHAR", "TEXT", "STRING", "CHARACTER":
            _ = try sizes(atMost: 1)
            return .varchar
        case "TIMESTAMP":
            _ = try sizes(atMost: 1)
            return .timestamp
        case "DATE": return .date
        case "JSON": return .json
        default: return nil
        }
    }

    /// `(n)` or `(n, m)`, or nothing.
    private mutating func sizes(
        atMost count: Int
    ) throws(QueryError) -> [(value: Int, range: SourceRange)] {
        guard accept(.leftParenthesis) else { return [] }
        var sizes: [(value: Int, range: SourceRange)] = []
        repeat {
            guard sizes.count < count, current.kind == .integer, let size = Int(text(of: current))
            else { throw unexpected(sizes.count < count ? "a whole number" : "\")\"") }
            sizes.append((size, advance().range))
        } while accept(.comma)
        try expect(.rightParenthesis, " after the size")
        return sizes
    }
}
