import Segments

/// Turns the bytes of a request into columns of a table.
///
/// Strict in what it takes (see `JSONScanner`), exact in what it makes: integers and decimals come
/// from their text and are never rounded. A row that cannot be taken whole is not taken at all; it
/// is reported, and the rows around it are unharmed.
public struct EventParser: Sendable {
    /// The schema that rows are read for.
    public let schema: TableSchema
    private let fields: FieldIndex
    /// Bytes that a row gets from defaults alone, at most.
    private let defaultByteCount: Int

    /// A parser of rows of `schema`, to be kept while the schema stands.
    public init(schema: TableSchema) {
        self.schema = schema
        fields = FieldIndex(schema.eventSchema)
        defaultByteCount = schema.columns.reduce(0) { total, column in
            var writer = ByteWriter()
            column.defaultValue.encode(into: &writer)
            return total + writer.byteCount
        }
    }

    /// Reads all rows of `body`.
    ///
    /// An NDJSON row that is bad ends at its line feed. An array is one JSON text: where its
    /// grammar is broken, where rows end is unknown, and nothing of the body is taken.
    ///
    /// - Parameters:
    ///   - body: The bytes sent, already decompressed.
    ///   - now: Microseconds since 1970; event times more than a day later are refused.
    /// - Throws: `IngestError.malformedBody` for an array that is not JSON, and
    ///   `IngestError.limitExceeded` for too many rows or values.
    /// - Complexity: O(bytes); no allocation per good row.
    public func parse(
        _ body: [UInt8], format: EventFormat = .detect, now: Int64
    ) throws(IngestError) -> ParsedEvents {
        guard body.count <= Int32.max else {
            throw .limitExceeded(limit: "bytes of a body", value: Int(Int32.max))
        }
        let isArray: Bool
        switch format {
        case .jsonArray: isArray = true
        case .ndjson: isArray = false
        case .detect: isArray = Self.beginsWithBracket(body.span)
        case .csv, .tsv:
            let rows = try CSVTranslation(
                body, separator: UInt8(ascii: format == .csv ? "," : "\t"), fields: fields,
                rowLimit: rowLimit)
            let events = try parse(rows.ndjson, format: .ndjson, now: now)
            return rows.restored(events, body: body)
        }
        var reading = BodyReading(
            body, isArray: isArray, fields: fields, latestTime: Self.latestTime(now),
            rowLimit: rowLimit)
        if isArray { try reading.readArray() } else { try reading.readLines() }
        return reading.finish(body)
    }

    /// Reads the texts of messages, one row each.
    ///
    /// - Parameters:
    ///   - ends: Where each text ends, ascending; the byte there belongs to no JSON text, and the
    ///     next text begins behind it.
    /// - Throws: `IngestError.limitExceeded` for more than `rowLimit` texts.
    func parse(
        texts body: [UInt8], ends: [Int32], now: Int64
    ) throws(IngestError) -> ParsedEvents {
        var reading = BodyReading(
            body, isArray: true, fields: fields, latestTime: Self.latestTime(now),
            rowLimit: rowLimit)
        try reading.readTexts(ends: ends)
        return reading.finish(body)
    }

    private static func latestTime(_ now: Int64) -> Int64 {
        let latest = now.addingReportingOverflow(ParseLimit.futureMicroseconds)
        return latest.overflow ? .max : latest.partialValue
    }

    /// Rows that fit every limit.
    var rowLimit: Int {
        let forDefaults = ParseLimit.cellCount * 8 / max(1, defaultByteCount)
        return max(
            1, min(ParseLimit.rowCount, ParseLimit.cellCount / fields.count, forDefaults))
    }

    private static func beginsWithBracket(_ body: Span<UInt8>) -> Bool {
        var scanner = JSONScanner(body, crossesLines: true)
        scanner.skipBlanks()
        return scanner.peek == UInt8(ascii: "[")
    }
}
