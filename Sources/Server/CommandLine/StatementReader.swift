/// Cuts a text into SQL statements at the semicolons outside of quotes and comments.
///
/// Text may come in pieces, as a person types it. It does not parse: what stands between two
/// semicolons is the server's to judge.
struct StatementReader {
    private enum Place {
        case code, single, double, lineComment, blockComment
    }

    private var statement = ""
    private var place = Place.code
    private var previous: Character = " "

    /// Whether a statement has been begun and not ended.
    var isInside: Bool { place != .code || statement.contains { !$0.isWhitespace } }

    /// Takes more text.
    ///
    /// - Returns: The statements that it ends, without their semicolons, blank ones left out.
    mutating func append(_ text: String) -> [String] {
        var statements: [String] = []
        for character in text {
            var hidden = false
            switch (place, character) {
            case (.code, ";"):
                if let whole = take() { statements.append(whole) }
                continue
            case (.code, "'"): place = .single
            case (.code, "\""): place = .double
            case (.code, "-") where previous == "-": place = .lineComment
            case (.code, "*") where previous == "/":
                place = .blockComment
                hidden = true
            case (.single, "'"), (.double, "\""): place = .code
            case (.lineComment, _) where character.isNewline: place = .code
            case (.blockComment, "/") where previous == "*":
                place = .code
                hidden = true
            default: break
            }
            statement.append(character)
            // What opened or closed a comment is not half of the next mark.
            previous = hidden ? " " : character
        }
        return statements
    }

    /// The last statement, which need not have a semicolon; `nil` if nothing is left.
    mutating func finish() -> String? { take() }

    private mutating func take() -> String? {
        let blanks: (Character) -> Bool = { $0.isWhitespace }
        let whole = String(statement.drop(while: blanks))
        self = StatementReader()
        return whole.isEmpty ? nil : whole
    }
}
