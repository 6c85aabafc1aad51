/// The place of an error in a statement, drawn for people:
///
/// ```
/// line 2, column 8
///   FROM payments WHRE amount > 10
///                 ^^^^
/// ```
public struct SQLExcerpt: Equatable, Sendable {
    /// The line of the first character, from 1.
    public let line: Int
    /// Its place in that line in characters, from 1.
    public let column: Int
    /// The line of the last character, from 1.
    public let endLine: Int
    /// The place of the last character in its line, from 1.
    public let endColumn: Int
    /// The line, or the part of a long one around the place.
    public let excerpt: String
    /// Spaces and carets; put below `excerpt` it marks the place, if the font is a fixed one.
    public let caret: String

    /// Columns of `excerpt` at most.
    static let excerptWidth = 100

    /// The place of `range` in `sql`.
    ///
    /// Offsets beyond the text stand for its end, so a range of another text cannot trap.
    ///
    /// - Complexity: O(bytes).
    public init(of range: SourceRange, in sql: String) {
        let bytes = Array(sql.utf8)
        let start = min(max(0, range.lowerBound), bytes.count)
        let last = min(max(start, range.upperBound - 1), bytes.count)
        let lineStart = SQLExcerpt.lineStart(before: start, in: bytes)
        let endLineStart = SQLExcerpt.lineStart(before: last, in: bytes)
        line = SQLExcerpt.count(of: 0x0A, in: bytes[..<lineStart]) + 1
        endLine = SQLExcerpt.count(of: 0x0A, in: bytes[..<endLineStart]) + 1

        var lineEnd = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        if lineEnd > start, bytes[lineEnd - 1] == 0x0D { lineEnd -= 1 }
        let before = Array(String(decoding: bytes[lineStart..<start], as: UTF8.self))
        let marked = String(
            decoding: bytes[start..<max(start, min(lineEnd, range.upperBound))], as: UTF8.self)
        let after = Array(
            String(decoding: bytes[(start + marked.utf8.count)..<lineEnd], as: UTF8.self))
        column = before.count + 1
        let lastLine = bytes[endLineStart..<min(bytes.count, last + 1)]
        endColumn = max(1, String(decoding: lastLine, as: UTF8.self).count)

        (excerpt, caret) = SQLExcerpt.window(before: before, marked: Array(marked), after: after)
    }

    /// Line and column, excerpt and caret, on three lines.
    public var description: String {
        "line \(line), column \(column)\n  \(excerpt)\n  \(caret)"
    }

    private static func lineStart(before offset: Int, in bytes: [UInt8]) -> Int {
        var start = offset
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        return start
    }

    private static func count(of byte: UInt8, in bytes: ArraySlice<UInt8>) -> Int {
        var count = 0
        for other in bytes where other == byte { count += 1 }
        return count
    }

    /// Cuts a long line to the neighbourhood of the mark, and draws the carets.
    private static func window(
        before: [Character], marked: [Character], after: [Character]
    ) -> (excerpt: String, caret: String) {
        var head = before[...]
        var body = marked[...]
        var tail = after[...]
        var (isCutLeft, isCutRight) = (false, false)
        if head.count + body.count + tail.count > excerptWidth {
            let third = excerptWidth / 3
            isCutLeft = head.count > third
            head = head.suffix(third)
            isCutRight = body.count > third
            body = body.prefix(third)
            if isCutRight { tail = [] }
            let room = excerptWidth - head.count - body.count
            isCutRight = isCutRight || tail.count > room
            tail = tail.prefix(room)
        }
        let left = isCutLeft ? "\u{2026}" : ""
        let excerpt =
            left + String(head) + String(body) + String(tail) + (isCutRight ? "\u{2026}" : "")
        var caret = isCutLeft ? " " : ""
        for character in head { caret += character == "\t" ? "\t" : spaces(width(of: character)) }
        var carets = 0
        for character in body { carets += character == "\t" ? 1 : width(of: character) }
        caret += String(repeating: "^", count: max(1, carets))
        return (excerpt, caret)
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Columns a character takes in a terminal: two for the wide scripts of East Asia and emoji.
    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first?.value else { return 0 }
        switch scalar {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
