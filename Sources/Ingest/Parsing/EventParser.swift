import Segments

/// Turns the bytes of a request into columns of a table.
///
/// Strict in what it takes (see `JSONScanner`), exact in what it makes: integers and decimals come
/// from their text and are never rounded. A row that cannot be taken whole is not taken at all; it
/// is reported, and the rows around it are unharmed.
public struct EventParser: Sendable {
    private let fields: FieldIndex
    /// Bytes that a row gets from defaults alone, at most.
    private let defaultByteCount: Int

    /// A parser of rows of `schema`, to be kept while the schema stands.
    public init(schema: TableSchema) {
        fields = FieldIndex(schema)
        defaultByteCount = schema.columns.reduce(0) { total, column in
            var writer = ByteWriter()
            column.defaultValue.encode(into: &writer)
            return total + writer.byteCount
        }
    }

    /// The schema that rows are read for.
    public var schema: TableSchema { fields.schema }

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
        let isArray =
            switch format {
            case .jsonArray: true
            case .ndjson: false
            case .detect: Self.beginsWithBracket(body.span)
            }
        let latest = now.addingReportingOverflow(ParseLimit.futureMicroseconds)
        var reading = BodyReading(
            body, isArray: isArray, fields: fields,
            latestTime: latest.overflow ? .max : latest.partialValue, rowLimit: rowLimit)
        if isArray { try reading.readArray() } else { try reading.readLines() }
        return reading.finish(body)
    }

    /// Rows that fit every limit.
    private var rowLimit: Int {
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
