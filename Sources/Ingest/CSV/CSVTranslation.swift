import Segments

/// The rows of a CSV body as NDJSON, and where each of them came from.
///
/// The header's names say which columns the fields are of. A field becomes what its column takes:
/// a number or a word as it stands, anything else a string, so that there is one reader of values
/// with one set of rules. A field that is empty and not quoted is no value, like a missing one.
struct CSVTranslation {
    /// One JSON object a line.
    private(set) var ndjson: [UInt8] = []
    /// For each line of `ndjson`, where its record lies in the body.
    private(set) var places: [Place] = []
    /// Records that are no rows of the header's width.
    private(set) var rejections: [Rejection] = []

    /// Where a record lies.
    struct Place {
        let line: Int
        let range: Range<Int>
    }

    private let fields: FieldIndex
    private let separator: UInt8
    /// By position in a record; `nil` for a field that is passed over.
    private var columns: [Int?] = []
    private var names: [[UInt8]] = []

    /// Reads a body whole.
    ///
    /// - Throws: `malformedBody` for a header that fits no row, `limitExceeded` for too many rows.
    init(
        _ body: [UInt8], separator: UInt8, fields: FieldIndex, rowLimit: Int
    ) throws(IngestError) {
        self.fields = fields
        self.separator = separator
        var scanner = CSVScanner(body, separator: separator)
        try readHeader(&scanner)
        ndjson.reserveCapacity(body.count * 2)
        while true {
            guard places.count + rejections.count <= rowLimit else {
                throw .limitExceeded(limit: "rows of a request", value: rowLimit)
            }
            let start = scanner.position
            do throws(CSVScanner.Fault) {
                guard let range = try scanner.next() else { return }
                guard scanner.fields.count == columns.count else {
                    reject(
                        scanner, range, range.lowerBound,
                        "the record has \(scanner.fields.count) fields, the header \(columns.count)"
                    )
                    continue
                }
                appendRow(scanner)
                places.append(Place(line: scanner.recordLine, range: range))
            } catch {
                let range = start..<scanner.position
                switch error {
                case .openQuote(let offset): reject(scanner, range, offset, "a quote is not closed")
                case .textBehindQuote(let offset):
                    reject(scanner, range, offset, "text follows a closing quote")
                }
            }
        }
    }

    // MARK: Header

    private mutating func readHeader(_ scanner: inout CSVScanner) throws(IngestError) {
        let hasHeader: Bool
        do throws(CSVScanner.Fault) { hasHeader = try scanner.next() != nil } catch {
            throw malformed(.invalidCSV, nil, "the header's quotes do not match", scanner)
        }
        guard hasHeader else {
            throw malformed(.invalidCSV, nil, "CSV begins with a line of column names", scanner)
        }
        for field in scanner.fields {
            let name = scanner.text(of: field)
            let text = String(decoding: name, as: UTF8.self)
            let column = fields.column(named: name)
            if let column, columns.contains(column) {
                throw malformed(
                    .duplicateField, text, "the header names column '\(text)' twice", scanner)
            }
            if column == nil, fields.schema.unknownFields == .reject {
                let close = fields.suggestion(for: text).map { "; did you mean '\($0)'?" } ?? ""
                throw malformed(
                    .unknownField, text, "the header names '\(text)', which is no column\(close)",
                    scanner)
            }
            columns.append(column)
            names.append(name)
        }
    }

    private func malformed(
        _ code: Rejection.Code, _ field: String?, _ message: String, _ scanner: CSVScanner
    ) -> IngestError {
        let raw = scanner.bytes[..<scanner.position].prefix(ParseLimit.keptRawByteCount)
        return .malformedBody(
            Rejection(
                code: code, line: scanner.recordLine, byteOffset: 0, column: 1, field: field,
                message: message, raw: Array(raw)))
    }

    // MARK: Rows

    private mutating func reject(
        _ scanner: CSVScanner, _ range: Range<Int>, _ offset: Int, _ message: String
    ) {
        let raw = scanner.bytes[range].prefix(ParseLimit.keptRawByteCount)
        rejections.append(
            Rejection(
                code: .invalidCSV, line: scanner.recordLine, byteOffset: offset,
                column: offset - range.lowerBound + 1, message: "invalid CSV: " + message,
                raw: Array(raw)))
    }

    private mutating func appendRow(_ scanner: CSVScanner) {
        ndjson.append(UInt8(ascii: "{"))
        var isFirst = true
        for (position, field) in scanner.fields.enumerated() {
            guard let column = columns[position], field.isQuoted || !field.range.isEmpty else {
                continue
            }
            if !isFirst { ndjson.append(UInt8(ascii: ",")) }
            isFirst = false
            appendString(names[position])
            ndjson.append(UInt8(ascii: ":"))
            append(scanner.text(of: field), as: fields.kinds[column])
        }
        ndjson.append(UInt8(ascii: "}"))
        ndjson.append(0x0a)
    }

    private mutating func append(_ text: [UInt8], as kind: FieldIndex.Kind) {
        let isBare: Bool =
            switch kind {
            case .varchar, .date: false
            case .boolean:
                text == Array("true".utf8) || text == Array("false".utf8)
            case .timestamp, .bigint, .double, .narrowDecimal, .wideDecimal: Self.isNumber(text)
            case .json, .varcharArray, .bigintArray: Self.isJSON(text)
            }
        guard isBare else { return appendString(text) }
        // A line feed between the parts of a JSON text would end the row.
        for byte in text { ndjson.append(byte == 0x0a ? 0x20 : byte) }
    }

    /// Whether a text is one JSON number and nothing else.
    static func isNumber(_ text: [UInt8]) -> Bool {
        var scanner = JSONScanner(text.span, crossesLines: false)
        let first = scanner.peek
        guard first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 else { return false }
        do throws(JSONFault) { _ = try scanner.scanNumber() } catch { return false }
        return scanner.isAtEnd
    }

    /// Whether a text is one JSON text and nothing else, so that nothing in it can reach beyond
    /// its field.
    static func isJSON(_ text: [UInt8]) -> Bool {
        var scanner = JSONScanner(text.span, crossesLines: true)
        do throws(JSONFault) {
            scanner.skipBlanks()
            try scanner.skipValue(depth: 1)
            scanner.skipBlanks()
        } catch {
            return false
        }
        return scanner.isAtEnd
    }

    private mutating func appendString(_ text: [UInt8]) {
        ndjson.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                ndjson.append(UInt8(ascii: "\\"))
                ndjson.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                ndjson.append(contentsOf: Array("\\u00".utf8))
                ndjson.append(digits[Int(byte >> 4)])
                ndjson.append(digits[Int(byte & 15)])
            default: ndjson.append(byte)
            }
        }
        ndjson.append(UInt8(ascii: "\""))
    }
}

// MARK: - Back to the body

extension CSVTranslation {
    /// What was read of the NDJSON, as of the body.
    func restored(_ events: ParsedEvents, body: [UInt8]) -> ParsedEvents {
        let rejected = events.rejections.map { restored($0, body) } + rejections
        return ParsedEvents(
            batch: events.batch,
            lines: events.lines.map { Int32(truncatingIfNeeded: places[Int($0) - 1].line) },
            ranges: events.lines.map { line in
                let range = places[Int(line) - 1].range
                return Int32(
                    truncatingIfNeeded: range.lowerBound)..<Int32(
                        truncatingIfNeeded: range.upperBound)
            },
            rejections: rejected.sorted { $0.line < $1.line }, body: body)
    }

    private func restored(_ rejection: Rejection, _ body: [UInt8]) -> Rejection {
        let place = places[rejection.line - 1]
        var restored = rejection
        restored.line = place.line
        restored.byteOffset = place.range.lowerBound + offset(of: rejection.field, place, body)
        restored.column = restored.byteOffset - place.range.lowerBound + 1
        restored.raw = Array(body[place.range].prefix(ParseLimit.keptRawByteCount))
        return restored
    }

    /// Where in its record the field of a column begins.
    private func offset(of field: String?, _ place: Place, _ body: [UInt8]) -> Int {
        guard let field, let column = fields.column(named: Array(field.utf8)),
            let position = columns.firstIndex(of: column)
        else { return 0 }
        var scanner = CSVScanner(Array(body[place.range]), separator: separator)
        guard (try? scanner.next()) != nil, position < scanner.fields.count else { return 0 }
        return scanner.fields[position].range.lowerBound
    }
}
