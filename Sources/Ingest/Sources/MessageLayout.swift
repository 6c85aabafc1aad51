import Segments

/// How a message becomes the JSON texts of rows.
///
/// Texts are copied, never built from parts of their own: keys and headers are spliced in behind
/// the opening brace, an envelope's payload is cut out. What does not look as expected is passed on
/// as it is, so that the parser refuses it and it becomes a dead letter; nothing is dropped here
/// but messages without a value.
struct MessageLayout: Hashable, Sendable {
    /// What the value of a message is.
    enum Format: String, Hashable, Sendable, CaseIterable {
        /// One JSON object, over any number of lines.
        case json
        /// One JSON object a line.
        case ndjson
        /// What Debezium's outbox makes: the event in an envelope, as an object or as a text.
        case debeziumOutbox = "debezium_outbox"
    }

    /// A field that a row gets from beside the value.
    struct Field: Hashable, Sendable {
        /// `"column":`, as it is spliced in.
        var prefix: [UInt8]
        /// Whether numbers stay numbers: where the column is one of numbers.
        var keepsNumbers: Bool

        /// The field of a column.
        init(_ column: ColumnDefinition) {
            prefix = []
            JSONText.append(string: Array(column.name.utf8).span, to: &prefix)
            prefix.append(UInt8(ascii: ":"))
            keepsNumbers = column.type.isNumeric
        }
    }

    /// The column of a header.
    struct Header: Hashable, Sendable {
        /// The header's name.
        var name: [UInt8]
        /// Where its value goes.
        var field: Field
    }

    /// What values are.
    var format: Format
    /// The column of the key.
    var key: Field?
    /// The columns of headers.
    var headers: [Header] = []
    /// Whether the table has a column `payload`, so that events may have such a field.
    var ownsPayload = false

    /// Values alone.
    init(_ format: Format) { self.format = format }

    /// Whether a connector has to hand headers over.
    var wantsHeaders: Bool { !headers.isEmpty }

    /// Appends the texts of a message's rows, each with its separator.
    ///
    /// - Parameter lineLimit: The most rows of one message; one with more is passed on as one text,
    ///   which the parser refuses.
    func append(
        _ message: borrowing Message, lineLimit: Int, to body: inout [UInt8], ends: inout [Int32]
    ) {
        guard let value = message.value else { return }
        var fields: [UInt8] = []
        if key != nil || !headers.isEmpty { appendFields(of: message, to: &fields) }
        switch format {
        case .json: Self.append(row: value, fields, to: &body, &ends)
        case .ndjson: Self.append(lines: value, fields, lineLimit, to: &body, &ends)
        case .debeziumOutbox:
            switch OutboxEnvelope.event(in: value, ownsPayload: ownsPayload) {
            case .row(let range):
                Self.append(row: value.extracting(range), fields, to: &body, &ends)
            case .text(let text): Self.append(row: text.span, fields, to: &body, &ends)
            case .nothing: break
            }
        }
    }

    /// `"column":value,` of each field that the message has.
    private func appendFields(of message: borrowing Message, to fields: inout [UInt8]) {
        if let key, let text = message.key { Self.append(key, text, to: &fields) }
        for header in headers {
            // The last one of that name counts, as consumers of Kafka read them.
            guard let found = message.headers.last(where: { $0.name == header.name }),
                let value = found.value
            else { continue }
            Self.append(header.field, value.span, to: &fields)
        }
    }

    private static func append(_ field: Field, _ text: Span<UInt8>, to fields: inout [UInt8]) {
        fields.append(contentsOf: field.prefix)
        if field.keepsNumbers, JSONText.looksLikeNumber(text) {
            fields.append(copying: text)
        } else {
            JSONText.append(string: text, to: &fields)
        }
        fields.append(UInt8(ascii: ","))
    }

    /// Appends one text, with the fields behind its opening brace.
    private static func append(
        row: Span<UInt8>, _ fields: [UInt8], to body: inout [UInt8], _ ends: inout [Int32]
    ) {
        var at = JSONText.skipBlanks(row, from: 0)
        if !fields.isEmpty, at < row.count, row[at] == UInt8(ascii: "{") {
            body.append(UInt8(ascii: "{"))
            body.append(contentsOf: fields)
            at = JSONText.skipBlanks(row, from: at + 1)
            // Nothing follows the last field of `{}`.
            if at < row.count, row[at] == UInt8(ascii: "}") { body.removeLast() }
            body.append(copying: row.extracting(at..<row.count))
        } else {
            body.append(copying: row)
        }
        ends.append(Int32(truncatingIfNeeded: body.count))
        body.append(MessageBatch.separator)
    }

    private static func append(
        lines: Span<UInt8>, _ fields: [UInt8], _ lineLimit: Int, to body: inout [UInt8],
        _ ends: inout [Int32]
    ) {
        let (bodyCount, endCount) = (body.count, ends.count)
        var start = 0
        while start < lines.count {
            var end = start
            while end < lines.count, lines[end] != UInt8(ascii: "\n") { end &+= 1 }
            if JSONText.skipBlanks(lines, from: start) < end {
                guard ends.count - endCount < lineLimit else {
                    body.removeLast(body.count - bodyCount)
                    ends.removeLast(ends.count - endCount)
                    return append(row: lines, fields, to: &body, &ends)
                }
                append(row: lines.extracting(start..<end), fields, to: &body, &ends)
            }
            start = end + 1
        }
    }
}

/// Small things about JSON as text.
enum JSONText {
    /// The first position from `start` on that is no white space.
    static func skipBlanks(_ text: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < text.count, text[at] <= 0x20, [0x20, 0x09, 0x0a, 0x0d].contains(text[at]) {
            at &+= 1
        }
        return at
    }

    /// Whether only bytes of numbers are there, so that nothing but a number can come of it.
    static func looksLikeNumber(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, text.count <= 64 else { return false }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                continue
            default: return false
            }
        }
        return true
    }

    /// Appends bytes as a JSON string. Bytes that are not UTF-8 stay, for the parser to refuse.
    static func append(string: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for index in string.indices {
            let byte = string[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: Array("\\u00".utf8) + Hexadecimal.text(of: [byte]))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
