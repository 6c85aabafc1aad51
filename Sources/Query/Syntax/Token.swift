/// One lexical unit of a statement: what it is and which bytes it takes.
struct Token: Equatable, Sendable {
    /// The classes of tokens; punctuation is one class per symbol.
    enum Kind: Equatable, Sendable {
        case identifier
        case quotedIdentifier
        case string
        case integer
        case decimal
        case double
        /// `?`, `:name` or `$1`; the text tells which.
        case parameter
        case symbol(Symbol)
        case end
    }

    /// Operators and punctuation; the raw value is the spelling used in messages.
    enum Symbol: String, Sendable {
        case leftParenthesis = "("
        case rightParenthesis = ")"
        case leftBracket = "["
        case rightBracket = "]"
        case comma = ","
        case period = "."
        case semicolon = ";"
        case plus = "+"
        case minus = "-"
        case star = "*"
        case slash = "/"
        case percent = "%"
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case concat = "||"
        case doubleColon = "::"
        case arrow = "->"
        case textArrow = "->>"
    }

    /// The class.
    var kind: Kind
    /// The keyword an unquoted identifier spells, reserved or not.
    var keyword: Keyword?
    /// The bytes, with quotes.
    var range: SourceRange
}
