/// Sorts the bytes of a Swift file into code, comments and the insides of string literals.
struct SwiftLexer {
    /// What the next byte belongs to.
    private enum Mode {
        /// Code; inside an interpolation, `parentheses` counts those open since it began.
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    /// The file with everything but code blanked; line breaks stay.
    private(set) var code: [UInt8] = []
    /// The file with everything but comments blanked; line breaks stay.
    private(set) var comments: [UInt8] = []
    /// Lines, from 1, that a multi-line string literal touches.
    private(set) var literalLines: Set<Int> = []

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var modes: [Mode] = [.code(parentheses: 0)]

    init(bytes: [UInt8]) {
        self.bytes = bytes
        code.reserveCapacity(bytes.count)
        comments.reserveCapacity(bytes.count)
    }

    /// Reads the whole file; call once.
    mutating func run() {
        while position < bytes.count {
            switch modes[modes.count - 1] {
            case .code(let parentheses): readCode(parentheses: parentheses)
            case .string(let hashes, let isMultiline):
                readString(hashes: hashes, isMultiline: isMultiline)
            }
        }
    }

    private mutating func readCode(parentheses: Int) {
        if starts(with: "//") {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
                take(asComment: true)
            }
        } else if starts(with: "/*") {
            readBlockComment()
        } else if let (hashes, isMultiline) = openingQuote() {
            let length = hashes + (isMultiline ? 3 : 1)
            for _ in 0..<length { take(asCode: true) }
            modes.append(.string(hashes: hashes, isMultiline: isMultiline))
            if isMultiline { literalLines.insert(line) }
        } else if starts(with: ")"), parentheses == 0, modes.count > 1 {
            take()
            modes.removeLast()
        } else {
            let change = starts(with: "(") ? 1 : starts(with: ")") ? -1 : 0
            modes[modes.count - 1] = .code(parentheses: max(0, parentheses + change))
            take(asCode: true)
        }
    }

    private mutating func readString(hashes: Int, isMultiline: Bool) {
        let hash = String(repeating: "#", count: hashes)
        if isMultiline { literalLines.insert(line) }
        if starts(with: "\\" + hash + "(") {
            for _ in 0..<(2 + hashes) { take() }
            modes.append(.code(parentheses: 0))
        } else if starts(with: "\\" + hash), position + 1 + hashes < bytes.count {
            for _ in 0..<(2 + hashes) { take() }
        } else if starts(with: (isMultiline ? "\"\"\"" : "\"") + hash) {
            for _ in 0..<((isMultiline ? 3 : 1) + hashes) { take(asCode: true) }
            modes.removeLast()
        } else {
            // A one-line literal that does not end is no Swift; do not let it eat the file.
            if starts(with: "\n"), !isMultiline { modes.removeLast() }
            take()
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        while position < bytes.count {
            if starts(with: "/*") {
                depth += 1
                take(asComment: true)
            } else if starts(with: "*/") {
                depth -= 1
                take(asComment: true)
            }
            take(asComment: true)
            if depth == 0 { return }
        }
    }

    /// Hashes and kind of a literal whose opening quote starts here.
    private func openingQuote() -> (hashes: Int, isMultiline: Bool)? {
        var quote = position
        while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
        guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return nil }
        let isMultiline = bytes[quote...].starts(with: "\"\"\"".utf8)
        return (quote - position, isMultiline)
    }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    /// Moves one byte on, writing it to the outputs it belongs to.
    private mutating func take(asCode isCode: Bool = false, asComment isComment: Bool = false) {
        guard position < bytes.count else { return }
        let byte = bytes[position]
        let isLineBreak = byte == UInt8(ascii: "\n")
        code.append(isCode || isLineBreak ? byte : UInt8(ascii: " "))
        comments.append(isComment || isLineBreak ? byte : UInt8(ascii: " "))
        line += isLineBreak ? 1 : 0
        position += 1
    }
}
