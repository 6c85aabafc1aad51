/// Reads CSV (RFC 4180) record by record, front to back, without copying.
///
///     id,note                a record: fields between separators, ended by LF or CRLF
///     1,"a ""b"", and c"     a quoted field may hold separators, line ends, and quotes doubled
///
/// Taken besides: a byte order mark in front, a last record without its line end. Blank lines are
/// no records.
public struct CSVScanner {
    /// One field of a record.
    public struct Field: Hashable, Sendable {
        /// Its bytes; those between the quotes of a quoted one, doubled quotes still doubled.
        public let range: Range<Int>
        /// Whether it stands in quotes: `""` is an empty text, nothing at all is no value.
        public let isQuoted: Bool
        /// Whether there are doubled quotes in it.
        public let hasDoubledQuotes: Bool
    }

    /// What is wrong with a record.
    public enum Fault: Error, Hashable, Sendable {
        /// The quote at this offset is never closed: nothing behind it can be told apart.
        case openQuote(byteOffset: Int)
        /// Something stands between a closing quote and the next separator.
        case textBehindQuote(byteOffset: Int)
    }

    /// The whole text.
    public let bytes: [UInt8]
    private let separator: UInt8
    /// The next byte to read.
    public private(set) var position: Int
    /// The line that it is on, from 1.
    public private(set) var line = 1
    /// The line on which the last record began.
    public private(set) var recordLine = 1
    /// The last record's fields.
    public private(set) var fields: [Field] = []

    /// A scanner before the first record.
    public init(_ bytes: [UInt8], separator: UInt8 = UInt8(ascii: ",")) {
        self.bytes = bytes
        self.separator = separator
        position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    }

    /// Reads the next record into `fields`.
    ///
    /// - Returns: Where it lies, without its line end; `nil` at the end.
    /// - Throws: behind the record's line, from where reading goes on; `openQuote` at the end.
    public mutating func next() throws(Fault) -> Range<Int>? {
        skipBlankLines()
        guard position < bytes.count else { return nil }
        recordLine = line
        fields.removeAll(keepingCapacity: true)
        let start = position
        while true {
            try readField()
            if position < bytes.count, bytes[position] == separator {
                position += 1
                continue
            }
            let end = position
            passLineEnd()
            return start..<end
        }
    }

    /// The text of a field, doubled quotes undone.
    public func text(of field: Field) -> [UInt8] {
        guard field.hasDoubledQuotes else { return Array(bytes[field.range]) }
        var text: [UInt8] = []
        text.reserveCapacity(field.range.count)
        var at = field.range.lowerBound
        while at < field.range.upperBound {
            text.append(bytes[at])
            at += bytes[at] == UInt8(ascii: "\"") ? 2 : 1
        }
        return text
    }

    private mutating func readField() throws(Fault) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            passPlain()
            fields.append(
                Field(range: start..<position, isQuoted: false, hasDoubledQuotes: false))
            return
        }
        let start = position + 1
        var hasDoubledQuotes = false
        position += 1
        while true {
            guard position < bytes.count else { throw .openQuote(byteOffset: start - 1) }
            let byte = bytes[position]
            position += 1
            if byte == 0x0a { line += 1 }
            guard byte == UInt8(ascii: "\"") else { continue }
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { break }
            hasDoubledQuotes = true
            position += 1
        }
        let end = position - 1
        if position < bytes.count, bytes[position] != separator, !isAtLineEnd {
            let fault = Fault.textBehindQuote(byteOffset: position)
            while position < bytes.count, bytes[position] != 0x0a { position += 1 }
            passLineEnd()
            throw fault
        }
        fields.append(
            Field(range: start..<end, isQuoted: true, hasDoubledQuotes: hasDoubledQuotes))
    }

    private mutating func passPlain() {
        while position < bytes.count, bytes[position] != separator, !isAtLineEnd { position += 1 }
    }

    private var isAtLineEnd: Bool {
        let byte = bytes[position]
        guard byte == 0x0d else { return byte == 0x0a }
        return position + 1 == bytes.count || bytes[position + 1] == 0x0a
    }

    private mutating func passLineEnd() {
        guard position < bytes.count else { return }
        if bytes[position] == 0x0d { position += 1 }
        if position < bytes.count, bytes[position] == 0x0a {
            position += 1
            line += 1
        }
    }

    private mutating func skipBlankLines() {
        while position < bytes.count, isAtLineEnd { passLineEnd() }
    }
}
