/// A Swift source file split into what the compiler reads and what only people read.
///
/// A small lexer, not a parser: it knows comments (nested ones too), string literals (raw,
/// multi-line, with interpolations) and nothing else. Code and comments keep their line numbers.
struct SwiftText {
    /// One word, number or punctuation character of the code.
    struct Token: Equatable {
        var text: String
        /// Counted from 1.
        var line: Int
    }

    /// Path from the root of the project.
    let path: String
    /// The lines as written; line `n` is `lines[n - 1]`, as in the two lists below.
    let lines: [String]
    /// The lines with comments and the insides of string literals blanked.
    let code: [String]
    /// The lines with everything but comments blanked.
    let comments: [String]
    /// Lines that a multi-line string literal touches.
    let literalLines: Set<Int>
    /// The words and punctuation of `code`, in order.
    let tokens: [Token]

    init(path: String, text: String) {
        var lexer = SwiftLexer(bytes: Array(text.utf8))
        lexer.run()
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = Self.lines(of: lexer.code)
        comments = Self.lines(of: lexer.comments)
        literalLines = lexer.literalLines
        tokens = Self.tokens(of: lexer.code)
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func tokens(of code: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var line = 1
        var word: [UInt8] = []
        func isPartOfWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
                true
            default: false
            }
        }
        for byte in code + [UInt8(ascii: "\n")] {
            if isPartOfWord(byte) {
                word.append(byte)
                continue
            }
            if !word.isEmpty {
                tokens.append(Token(text: String(decoding: word, as: UTF8.self), line: line))
                word.removeAll()
            }
            if byte == UInt8(ascii: "\n") {
                line += 1
            } else if byte > UInt8(ascii: " ") {
                tokens.append(Token(text: String(decoding: [byte], as: UTF8.self), line: line))
            }
        }
        return tokens
    }
}
