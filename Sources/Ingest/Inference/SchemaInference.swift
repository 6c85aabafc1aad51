import Segments

/// Finds the table that the rows of a file fit into: a column for each field, in the order in which
/// the fields first occur, of the narrowest type that takes all of its values.
///
/// ```
/// var inference = SchemaInference()
/// try inference.read(bytes, as: .csv)
/// let schema = try inference.schema(named: "payments")
/// ```
public struct SchemaInference {
    private var names: [String] = []
    private var indices: [String: Int] = [:]
    private var fields: [FieldSummary] = []
    private var rowCount = 0
    private var isCSV = false

    /// The most fields of a file.
    static let maximumFieldCount = 2_000

    /// Why a file is no table.
    public struct Failure: Error, Hashable, Sendable {
        /// The line, from 1; `nil` where it is not about one.
        public let line: Int?
        /// What is wrong.
        public let reason: String
    }

    /// Nothing read yet.
    public init() {}

    /// Reads rows.
    ///
    /// - Throws: for the first line that is no row.
    /// - Complexity: O(bytes).
    public mutating func read(_ bytes: [UInt8], as format: EventFormat) throws(Failure) {
        switch format {
        case .csv: try readCSV(bytes, separator: UInt8(ascii: ","))
        case .tsv: try readCSV(bytes, separator: UInt8(ascii: "\t"))
        case .jsonArray: try readArray(bytes)
        case .ndjson: try readLines(bytes)
        case .detect:
            let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
            if first == UInt8(ascii: "[") { try readArray(bytes) } else { try readLines(bytes) }
        }
    }

    // MARK: JSON

    private mutating func readLines(_ bytes: [UInt8]) throws(Failure) {
        var line = 0
        var start = 0
        while start < bytes.count {
            line += 1
            let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
            let text = bytes[start..<end]
            start = end + 1
            guard text.contains(where: { $0 > 0x20 }) else { continue }
            let row: JSONValue
            do throws(JSONValue.SyntaxError) { row = try JSONValue(parsing: Array(text)) } catch {
                throw Failure(line: line, reason: "no JSON: \(error.reason)")
            }
            try note(row, line: line)
        }
    }

    private mutating func readArray(_ bytes: [UInt8]) throws(Failure) {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) { document = try JSONValue(parsing: bytes) } catch {
            throw Failure(line: nil, reason: "no JSON: \(error.reason) at byte \(error.byteOffset)")
        }
        for (index, element) in (document.elements ?? []).enumerated() {
            try note(element, line: index + 1)
        }
    }

    private mutating func note(_ row: JSONValue, line: Int) throws(Failure) {
        guard case .object(let members) = row else {
            throw Failure(line: line, reason: "a row is a JSON object")
        }
        rowCount += 1
        for member in members {
            fields[try index(of: member.name, line: line)].note(member.value)
        }
    }

    // MARK: CSV

    private mutating func readCSV(_ bytes: [UInt8], separator: UInt8) throws(Failure) {
        isCSV = true
        var scanner = CSVScanner(bytes, separator: separator)
        guard try next(&scanner) else {
            throw Failure(line: nil, reason: "CSV begins with a line of column names")
        }
        var columns: [Int] = []
        for field in scanner.fields {
            guard let name = String(validating: scanner.text(of: field), as: UTF8.self) else {
                throw Failure(line: 1, reason: "a column's name is not UTF-8")
            }
            let index = try index(of: name, line: 1)
            guard !columns.contains(index) else {
                throw Failure(line: 1, reason: "the header names column '\(name)' twice")
            }
            columns.append(index)
        }
        while try next(&scanner) {
            guard scanner.fields.count == columns.count else {
                throw Failure(
                    line: scanner.recordLine,
                    reason: "the record has \(scanner.fields.count) fields, "
                        + "the header \(columns.count)")
            }
            rowCount += 1
            for (index, field) in zip(columns, scanner.fields)
            where field.isQuoted || !field.range.isEmpty {
                fields[index].note(csv: scanner.text(of: field))
            }
        }
    }

    private func next(_ scanner: inout CSVScanner) throws(Failure) -> Bool {
        do throws(CSVScanner.Fault) { return try scanner.next() != nil } catch {
            switch error {
            case .openQuote:
                throw Failure(line: scanner.recordLine, reason: "a quote is not closed")
            case .textBehindQuote:
                throw Failure(line: scanner.recordLine, reason: "text follows a closing quote")
            }
        }
    }

    private mutating func index(of name: String, line: Int) throws(Failure) -> Int {
        if let index = indices[name] { return index }
        guard fields.count < Self.maximumFieldCount else {
            throw Failure(
                line: line, reason: "there are more than \(Self.maximumFieldCount) fields")
        }
        indices[name] = fields.count
        names.append(name)
        fields.append(FieldSummary())
        return fields.count - 1
    }

    // MARK: The table

    /// The table that all rows fit into.
    ///
    /// The field `__time` is the timestamp column, as `time`, since the name stands for it anyway;
    /// without it the first column of times that every row has.
    ///
    /// - Throws: where there are no fields, or names that differ in case only.
    public func schema(named name: String) throws(Failure) -> TableSchema {
        guard !fields.isEmpty else { throw Failure(line: nil, reason: "there are no rows") }
        var schema = TableSchema(id: TableID(1), name: name, columns: [])
        for (index, field) in fields.enumerated() {
            let isTime = names[index] == TableSchema.timestampAlias
            var type = field.type(isCSV: isCSV)
            if isTime, type == .bigint || type == .date { type = .timestamp }
            schema.columns.append(
                ColumnDefinition(
                    id: UInt32(index + 1), name: isTime ? "time" : names[index], type: type))
            guard type == .timestamp, field.valueCount == rowCount,
                isTime || schema.timestampColumn == nil
            else { continue }
            schema.timestampColumn = index
        }
        if let index = schema.timestampColumn {
            schema.columns[index].isNullable = false
            schema.granularity = .day
        }
        do throws(SchemaError) { try schema.validate() } catch {
            throw Failure(line: nil, reason: error.message)
        }
        return schema
    }
}
