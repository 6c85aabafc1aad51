import Segments

/// Reads a statement into its syntax tree: recursive descent for clauses, precedence climbing for
/// expressions.
///
/// It looks one token ahead and never goes back. Nesting is counted, so the stack it needs is
/// bounded by `SQLLimits.nestingDepth` whatever the text says.
struct Parser {
    /// The text; ranges of the tree are offsets into it.
    let bytes: [UInt8]
    private let tokens: [Token]
    private var index = 0
    private var depth = 0
    private var nodeCount = 0
    private(set) var tableCount = 0
    private var positionalParameterCount = 0
    /// Every parameter seen so far.
    var parameters: [Syntax.Parameter] = []

    private init(_ bytes: [UInt8]) throws(QueryError) {
        self.bytes = bytes
        tokens = try Lexer.tokens(of: bytes)
    }

    /// The tree of one statement and the settings before it.
    ///
    /// - Throws: `sql_syntax` with the place and, where a guess is good, a hint;
    ///   `unsupported_sql` at the first word of what Daybook does not do;
    ///   `query_limit` for a text beyond `SQLLimits`.
    /// - Complexity: O(bytes).
    static func parse(_ sql: String) throws(QueryError) -> Syntax.Script {
        var parser = try Parser(Array(sql.utf8))
        return try parser.script()
    }
}

// MARK: - Tokens

extension Parser {
    /// The token not yet consumed.
    var current: Token { tokens[index] }

    /// The token after `current`, or the end.
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    /// The byte after the last consumed token.
    var previousEnd: Int { index == 0 ? 0 : tokens[index - 1].range.upperBound }

    /// The range from `start` to the last consumed token.
    func range(from start: Int) -> SourceRange { SourceRange(start, max(start, previousEnd)) }

    /// The text of a token.
    func text(of token: Token) -> String {
        String(decoding: bytes[token.range.lowerBound..<token.range.upperBound], as: UTF8.self)
    }

    /// Consumes and returns the current token; the end stays.
    @discardableResult
    mutating func advance() -> Token {
        let token = current
        if token.kind != .end { index += 1 }
        return token
    }

    func isAt(_ keyword: Keyword) -> Bool { current.keyword == keyword }

    func isAt(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

    mutating func accept(_ keyword: Keyword) -> Bool {
        guard isAt(keyword) else { return false }
        index += 1
        return true
    }

    mutating func accept(_ symbol: Token.Symbol) -> Bool {
        guard isAt(symbol) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ keyword: Keyword, _ place: String = "") throws(QueryError) {
        guard accept(keyword) else {
            throw unexpected(keyword.rawValue + place, near: [keyword])
        }
    }

    mutating func expect(_ symbol: Token.Symbol, _ place: String = "") throws(QueryError) {
        guard accept(symbol) else {
            throw unexpected(
                "\"\(symbol.rawValue)\"" + place,
                hint: symbol == .rightParenthesis ? hintOfOpenParenthesis : nil)
        }
    }

    /// Which parenthesis is not closed, where a clause or the end comes before it is.
    private var hintOfOpenParenthesis: String? {
        guard current.kind == .end || isAt(.semicolon) || current.keyword?.isReserved == true else {
            return nil
        }
        var closedCount = 0
        for token in tokens[..<index].reversed() {
            if token.kind == .symbol(.rightParenthesis) { closedCount += 1 }
            guard token.kind == .symbol(.leftParenthesis) else { continue }
            if closedCount == 0 {
                let sql = String(decoding: bytes, as: UTF8.self)
                let place = SQLExcerpt(of: token.range, in: sql)
                return "\"(\" of line \(place.line), column \(place.column) is not closed"
            }
            closedCount -= 1
        }
        return nil
    }
}

// MARK: - Limits

extension Parser {
    /// Runs `body` one level deeper; refuses level `SQLLimits.nestingDepth + 1`.
    mutating func nested<Result>(
        _ body: (inout Parser) throws(QueryError) -> Result
    ) throws(QueryError) -> Result {
        guard depth < SQLLimits.nestingDepth else {
            throw QueryError(
                .limit, "the statement nests deeper than \(SQLLimits.nestingDepth) levels",
                at: current.range, hint: "flatten it, or use IN (...) for long lists of values")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// An expression node; counts it and bounds the height of the tree.
    mutating func node(
        _ kind: Syntax.Expression.Kind, from start: Int, over children: [Syntax.Expression] = []
    ) throws(QueryError) -> Syntax.Expression {
        var height = 0
        for child in children { height = max(height, child.height) }
        let range = range(from: start)
        nodeCount += 1
        guard nodeCount <= SQLLimits.nodeCount else {
            throw QueryError(
                .limit, "the statement has more than \(SQLLimits.nodeCount) expressions", at: range,
                hint: "use IN (...) for long lists of values")
        }
        guard height < SQLLimits.treeHeight else {
            throw QueryError(
                .limit, "more than \(SQLLimits.treeHeight) operators follow one another", at: range)
        }
        return Syntax.Expression(kind: kind, range: range, height: height + 1)
    }

    /// Counts an item of FROM.
    mutating func countTable(at range: SourceRange) throws(QueryError) {
        tableCount += 1
        guard tableCount <= SQLLimits.tableCount else {
            throw QueryError(
                .limit, "the statement reads more than \(SQLLimits.tableCount) tables", at: range)
        }
    }

    /// Takes a literal of an IN list or a VALUES row out of the node count: the list has its own.
    mutating func uncount(_ element: Syntax.Expression) {
        if case .literal = element.kind { nodeCount -= 1 }
    }

    /// One or more elements with commas between; `what` names one in errors.
    mutating func list<Element>(
        limit: Int = SQLLimits.listCount, _ what: String,
        _ element: (inout Parser) throws(QueryError) -> Element
    ) throws(QueryError) -> [Element] {
        var elements: [Element] = []
        repeat {
            guard elements.count < limit else {
                throw QueryError(.limit, "more than \(limit) \(what)", at: current.range)
            }
            elements.append(try element(&self))
        } while accept(.comma)
        return elements
    }

    /// A `?` just consumed gets the next position; `$n` and `:name` their own.
    mutating func parameter(_ token: Token) throws(QueryError) -> Syntax.Parameter {
        let spelling = text(of: token)
        let key: Syntax.Parameter.Key
        if spelling == "?" {
            key = .index(positionalParameterCount)
            positionalParameterCount += 1
        } else if spelling.hasPrefix(":") {
            key = .name(String(spelling.dropFirst()))
        } else {
            guard let number = Int(spelling.dropFirst()), number >= 1, number <= 10_000 else {
                throw QueryError(
                    .syntax, "\(spelling) names no parameter", at: token.range,
                    hint: "parameters are ?, :name, or $1 for the first")
            }
            key = .index(number - 1)
        }
        let parameter = Syntax.Parameter(key: key, range: token.range)
        parameters.append(parameter)
        return parameter
    }
}

// MARK: - Errors

extension Parser {
    /// What a message calls the current token.
    var found: String {
        switch current.kind {
        case .end: "the end of the statement"
        case .string: "the string \(shortened(text(of: current)))"
        case .integer, .decimal, .double: "the number \(shortened(text(of: current)))"
        case .symbol(let symbol): "\"\(symbol.rawValue)\""
        case .quotedIdentifier: "the name \(shortened(text(of: current)))"
        case .identifier, .parameter: "\"\(shortened(text(of: current)))\""
        }
    }

    private func shortened(_ text: String) -> String {
        text.count <= 40 ? text : String(text.prefix(39)) + "\u{2026}"
    }

    /// "expected X but found Y" at the current token.
    ///
    /// If the token, or the name just before it (read as an alias), looks like one of `keywords`
    /// with a typing error, the error says so and points there.
    func unexpected(
        _ expected: String, near keywords: [Keyword] = [], hint: String? = nil
    ) -> QueryError {
        let spellings = keywords.map(\.rawValue)
        for candidate in [current, tokens[max(0, index - 1)]]
        where candidate.kind == .identifier && !(candidate.keyword?.isReserved ?? false) {
            let word = text(of: candidate)
            guard let meant = Spelling.nearest(to: word, among: spellings),
                meant != word.uppercased()
            else { continue }
            return QueryError(
                .syntax,
                "expected \(candidate == current ? expected : meant) but found \"\(word)\"",
                at: candidate.range, hint: "did you mean \(meant)?")
        }
        return QueryError(
            .syntax, "expected \(expected) but found \(found)", at: current.range, hint: hint)
    }

    /// As `unexpected`, where a name could stand: a reserved word may have been meant as one.
    func unexpectedForName(_ expected: String, near keywords: [Keyword] = []) -> QueryError {
        var hint: String?
        if let keyword = current.keyword, keyword.isReserved, index > 0 {
            let quoted = "\"\(text(of: current))\""
            if tokens[index - 1].kind == .symbol(.comma) {
                hint =
                    "remove the comma before \(keyword.rawValue),"
                    + " or quote the word if it is a name: \(quoted)"
            } else if !(following.kind == .identifier && following.keyword?.isReserved != true) {
                hint = "if \(text(of: current)) is a name, write it in double quotes: \(quoted)"
            }
        }
        return unexpected(expected, near: keywords, hint: hint)
    }

    /// Something Daybook does not do, at the current token.
    func unsupported(_ what: String, hint: String? = nil) -> QueryError {
        QueryError(.unsupported, what, at: current.range, hint: hint)
    }
}

// MARK: - Names

extension Parser {
    /// Whether the current token can be a name without AS before it.
    var isAtName: Bool {
        switch current.kind {
        case .quotedIdentifier: true
        case .identifier: !(current.keyword?.isReserved ?? false)
        default: false
        }
    }

    /// A name; `what` says of what, with its article.
    mutating func identifier(
        _ what: String, near keywords: [Keyword] = []
    ) throws(QueryError) -> Syntax.Identifier {
        guard isAtName else {
            if current.kind == .string {
                throw unexpected(what, hint: "names take double quotes, strings single ones")
            }
            throw unexpectedForName(what, near: keywords)
        }
        return name(of: advance())
    }

    /// The name an identifier token spells, `""` inside quotes undone.
    func name(of token: Token) -> Syntax.Identifier {
        guard token.kind == .quotedIdentifier else {
            return Syntax.Identifier(name: text(of: token), isQuoted: false, range: token.range)
        }
        return Syntax.Identifier(name: unquoted(token), isQuoted: true, range: token.range)
    }

    /// The text between the quotes of a string or quoted name, doubled quotes undone.
    func unquoted(_ token: Token) -> String {
        let quote = bytes[token.range.lowerBound]
        guard quote | 0x20 != UInt8(ascii: "u") else { return unescaped(token) }
        var content: [UInt8] = []
        var offset = token.range.lowerBound + 1
        while offset < token.range.upperBound - 1 {
            content.append(bytes[offset])
            offset += bytes[offset] == quote ? 2 : 1
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// The text of `U&'...'`: `\0041` and `\+01F600` name code points, two backslashes are one;
    /// what names no code point stays as it is written.
    private func unescaped(_ token: Token) -> String {
        var rest = bytes[(token.range.lowerBound + 3)..<(token.range.upperBound - 1)]
        var content: [UInt8] = []
        while let byte = rest.popFirst() {
            content.append(byte)
            if byte == UInt8(ascii: "'") { rest.removeFirst() }
            guard byte == UInt8(ascii: "\\"), let next = rest.first else { continue }
            let isLong = next == UInt8(ascii: "+")
            let digits = rest.dropFirst(isLong ? 1 : 0).prefix(isLong ? 6 : 4)
            if next == UInt8(ascii: "\\") {
                rest.removeFirst()
            } else if digits.count == (isLong ? 6 : 4),
                let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = UnicodeScalar(number)
            {
                content.removeLast()
                content.append(contentsOf: String(Character(scalar)).utf8)
                rest.removeFirst(digits.count + (isLong ? 1 : 0))
            }
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// `[schema.]name`.
    mutating func objectName(_ what: String) throws(QueryError) -> Syntax.ObjectName {
        let first = try identifier(what)
        guard accept(.period) else { return Syntax.ObjectName(schema: nil, name: first) }
        let second = try identifier(what + " after the schema")
        return Syntax.ObjectName(schema: first, name: second)
    }
}
