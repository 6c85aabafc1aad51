/// Turns the UTF-8 bytes of a statement into tokens, without comments and white space.
///
/// The whole text is read at once: it is at most 64 KiB. Names are ASCII letters, digits, `_` and
/// `$`, and any character beyond ASCII that is not white space or a typographic quote.
///
/// - Complexity: O(bytes).
struct Lexer {
    /// The text; positions are offsets into it.
    let bytes: [UInt8]

    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The tokens of `bytes`; the last one is `.end`.
    ///
    /// - Throws: `query_limit` for a text beyond 64 KiB; `sql_syntax` for what can begin no token,
    ///   for an open quote or comment, and for a malformed number.
    static func tokens(of bytes: [UInt8]) throws(QueryError) -> [Token] {
        guard bytes.count <= SQLLimits.textBytes else {
            throw QueryError(
                .limit,
                "the statement has \(bytes.count) bytes, more than the \(SQLLimits.textBytes)"
                    + " a statement may have",
                hint: "send long lists of values as parameters or load them into a table")
        }
        var lexer = Lexer(bytes)
        var tokens: [Token] = []
        tokens.reserveCapacity(bytes.count / 4 + 1)
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private func byte(at offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private func token(_ kind: Token.Kind, from start: Int) -> Token {
        Token(kind: kind, keyword: nil, range: SourceRange(start, position))
    }

    private mutating func next() throws(QueryError) -> Token {
        try skipBlanks()
        let start = position
        guard start < bytes.count else { return token(.end, from: start) }
        let first = bytes[start]
        switch first {
        case UInt8(ascii: "'"):
            try skipQuoted(first, "string", hint: "close it with ' (a quote inside is written '')")
            return token(.string, from: start)
        case UInt8(ascii: "U"), UInt8(ascii: "u"):
            guard byte(at: start + 1) == UInt8(ascii: "&"),
                byte(at: start + 2) == UInt8(ascii: "'")
            else { return try word() }
            position += 2
            try skipQuoted(UInt8(ascii: "'"), "string", hint: "close it with '")
            return token(.string, from: start)
        case UInt8(ascii: "\""):
            try skipQuoted(
                first, "quoted name", hint: "close it with \"; strings take single quotes")
            guard position - start > 2 else {
                throw QueryError(
                    .syntax, "a quoted name is empty", at: SourceRange(start, position),
                    hint: "an empty string is written ''")
            }
            try checkNameLength(from: start)
            return token(.quotedIdentifier, from: start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: ".") where isDigit(byte(at: start + 1)):
            return try number()
        case UInt8(ascii: "?"):
            position += 1
            return token(.parameter, from: start)
        case UInt8(ascii: "$") where isDigit(byte(at: start + 1)),
            UInt8(ascii: ":") where isNameStart(byte(at: start + 1)):
            position += 1
            skipName()
            try checkNameLength(from: start)
            return token(.parameter, from: start)
        default:
            if isNameStart(first) { return try word() }
            return try symbol(first)
        }
    }

    private mutating func word() throws(QueryError) -> Token {
        let start = position
        skipName()
        guard position > start else { throw strayCharacter(at: start) }
        try checkNameLength(from: start)
        var token = token(.identifier, from: start)
        if position - start <= Keyword.maximumByteCount {
            let spelling = String(decoding: bytes[start..<position].map(upper), as: UTF8.self)
            token.keyword = Keyword(upperCased: spelling)
        }
        return token
    }

    /// Digits, at most one point, and an exponent; what follows must not be part of a name.
    private mutating func number() throws(QueryError) -> Token {
        let start = position
        var kind = Token.Kind.integer
        skipDigits()
        if byte(at: position) == UInt8(ascii: ".") {
            kind = .decimal
            position += 1
            skipDigits()
        }
        if byte(at: position) | 0x20 == UInt8(ascii: "e") {
            var digits = position + 1
            if [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte(at: digits)) { digits += 1 }
            if isDigit(byte(at: digits)) {
                kind = .double
                position = digits
                skipDigits()
            }
        }
        if isNameStart(byte(at: position)) || isDigit(byte(at: position)) {
            skipName()
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            throw QueryError(
                .syntax, "\(text) is neither a number nor a name", at: SourceRange(start, position),
                hint: "a name that begins with a digit takes double quotes: \"\(text)\"")
        }
        return token(kind, from: start)
    }

    private mutating func symbol(_ first: UInt8) throws(QueryError) -> Token {
        let start = position
        let pair = String(decoding: [first, byte(at: start + 1)], as: UTF8.self)
        if pair == "->", byte(at: start + 2) == UInt8(ascii: ">") {
            position += 3
            return token(.symbol(.textArrow), from: start)
        }
        if let symbol = pair == "!=" ? .notEqual : Token.Symbol(rawValue: pair) {
            position += 2
            return token(.symbol(symbol), from: start)
        }
        if pair == "==" || pair == "&&" {
            throw QueryError(
                .syntax, "there is no operator \(pair)", at: SourceRange(start, start + 2),
                hint: pair == "==" ? "write = to compare" : "write AND")
        }
        guard let symbol = Token.Symbol(rawValue: String(UnicodeScalar(first))) else {
            throw strayCharacter(at: start)
        }
        position += 1
        return token(.symbol(symbol), from: start)
    }

    private func strayCharacter(at start: Int) -> QueryError {
        let character = String(decoding: bytes[start...].prefix(8), as: UTF8.self).first ?? "?"
        let hint: String?
        switch character {
        case "`": hint = "names with special characters take double quotes: \"name\""
        case "\u{2018}", "\u{2019}": hint = "strings take the plain quote '"
        case "\u{201C}", "\u{201D}": hint = "quoted names take the plain quote \""
        case "!": hint = "write NOT, or <> for not equal"
        case "#": hint = "comments begin with --"
        case "|": hint = "strings are joined with ||; the logical operator is OR"
        case "^": hint = "powers are written POWER(x, y)"
        case ":": hint = "a named parameter is written :name"
        default: hint = nil
        }
        let end = min(bytes.count, start + max(1, character.utf8.count))
        return QueryError(
            .syntax, "the character \(character) has no meaning here", at: SourceRange(start, end),
            hint: hint)
    }
}

// MARK: - Skipping

extension Lexer {
    private mutating func skipBlanks() throws(QueryError) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20:
                position += 1
            case UInt8(ascii: "-") where byte(at: position + 1) == UInt8(ascii: "-"):
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            case UInt8(ascii: "/") where byte(at: position + 1) == UInt8(ascii: "*"):
                try skipBlockComment()
            case 0xC2 where byte(at: position + 1) == 0xA0:
                position += 2  // A no-break space, as pasted from documents.
            case 0xEF where byte(at: position + 1) == 0xBB && byte(at: position + 2) == 0xBF:
                position += 3  // A byte order mark.
            default:
                return
            }
        }
    }

    /// Comments nest, as in the standard.
    private mutating func skipBlockComment() throws(QueryError) {
        let start = position
        var depth = 0
        while position < bytes.count {
            switch (bytes[position], byte(at: position + 1)) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                position += 2
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                position += 2
                if depth == 0 { return }
            default:
                position += 1
            }
        }
        throw QueryError(
            .syntax, "a comment is not closed", at: SourceRange(start, start + 2),
            hint: "close it with */")
    }

    /// Moves behind the closing quote; a doubled quote is part of the text.
    private mutating func skipQuoted(
        _ quote: UInt8, _ what: String, hint: String
    ) throws(QueryError) {
        let start = position
        position += 1
        while position < bytes.count {
            if bytes[position] == quote {
                position += 1
                if byte(at: position) != quote { return }
            }
            position += 1
        }
        position = bytes.count
        throw QueryError(
            .syntax, "a \(what) is not closed", at: SourceRange(start, start + 1), hint: hint)
    }

    private mutating func skipDigits() {
        while isDigit(byte(at: position)) { position += 1 }
    }

    private mutating func skipName() {
        while isNamePart(byte(at: position)) {
            // Spaces and quotes of typography are three bytes from U+2000: they end a name.
            if byte(at: position) == 0xE2, byte(at: position + 1) == 0x80 { return }
            if byte(at: position) == 0xC2, byte(at: position + 1) == 0xA0 { return }
            position += 1
        }
    }

    private func checkNameLength(from start: Int) throws(QueryError) {
        guard position - start <= SQLLimits.identifierBytes else {
            throw QueryError(
                .limit, "a name is longer than \(SQLLimits.identifierBytes) bytes",
                at: SourceRange(start, position))
        }
    }
}

// MARK: - Classes of bytes

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

private func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
}

private func isNamePart(_ byte: UInt8) -> Bool {
    isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
}

private func upper(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "a") < 26 ? byte & 0xDF : byte
}
