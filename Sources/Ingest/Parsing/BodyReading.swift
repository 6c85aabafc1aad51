import Segments

/// One body while it is read: rows on their way into columns, refusals on their way to the sender.
struct BodyReading: ~Escapable {
    private var rows: RowScanner
    private let fields: FieldIndex
    private let rowLimit: Int
    private var columns: [ColumnAppender]
    private var lines: [Int32] = []
    private var ranges: [Range<Int32>] = []
    private var rejections: [Rejection] = []
    private var suggestionCount = 0
    private var isFirstRun = true
    private var presence: FieldPresence?

    @_lifetime(borrow body)
    init(
        _ body: borrowing [UInt8], isArray: Bool, fields: FieldIndex, latestTime: Int64,
        rowLimit: Int
    ) {
        rows = RowScanner(
            body.span, crossesLines: isArray, fields: fields, latestTime: latestTime)
        self.fields = fields
        self.rowLimit = rowLimit
        let ids = fields.schema.uniqueColumns + fields.schema.primaryKey.prefix(1)
        presence = fields.schema.isMerge ? FieldPresence(columnCount: fields.count) : nil
        columns = fields.schema.columns.enumerated().map { index, column in
            ColumnAppender(column, isID: ids.contains(index))
        }
    }

    /// Reads NDJSON: one row a line.
    mutating func readLines() throws(IngestError) {
        var line = 0
        while !rows.json.isAtEnd {
            line += 1
            let start = rows.json.position
            rows.json.skipBlanks()
            if !rows.json.isAtEnd, rows.json.peek != UInt8(ascii: "\n") {
                try countRow()
                readLine(line, from: start)
            }
            // On the line feed, or at the end.
            rows.json.position &+= 1
        }
    }

    private mutating func readLine(_ line: Int, from start: Int) {
        let first = rows.json.position
        do throws(JSONFault) {
            try rows.scanRow()
            let end = rows.json.position
            try expectLineEnd()
            keepRow(first..<end, line: line)
        } catch {
            rows.slots.wipeRow()
            skipLine()
            reject(error, line: line, range: start..<rows.json.position)
        }
    }

    private mutating func expectLineEnd() throws(JSONFault) {
        rows.json.skipBlanks()
        guard rows.json.isAtEnd || rows.json.peek == UInt8(ascii: "\n") else {
            throw rows.json.fault("a line holds one JSON object and nothing else")
        }
    }

    /// Goes to the line feed that ends the current line.
    private mutating func skipLine() {
        let text = rows.json.text
        var at = rows.json.position
        while at < text.count, text[at] != UInt8(ascii: "\n") { at &+= 1 }
        rows.json.position = at
    }

    /// Reads one row from each text; `ends` as in `EventParser.parse(texts:ends:now:)`.
    mutating func readTexts(ends: [Int32]) throws(IngestError) {
        var start = 0
        for (index, last) in ends.enumerated() {
            let end = Int(last)
            try countRow()
            rows.json.position = start
            rows.json.skipBlanks()
            let first = rows.json.position
            do throws(JSONFault) {
                try rows.scanRow()
                let rowEnd = rows.json.position
                rows.json.skipBlanks()
                guard rows.json.position == end else {
                    throw rows.json.fault("a message holds one JSON object and nothing else")
                }
                keepRow(first..<rowEnd, line: index + 1)
            } catch {
                rows.slots.wipeRow()
                reject(error, line: index + 1, range: start..<end)
            }
            start = end + 1
        }
    }

    /// Reads a JSON array of rows to the body's end.
    mutating func readArray() throws(IngestError) {
        var element = 0
        do throws(JSONFault) {
            rows.json.skipBlanks()
            try rows.json.expect(UInt8(ascii: "["), "'[' was expected")
            rows.json.skipBlanks()
            if rows.json.peek == UInt8(ascii: "]") {
                rows.json.position &+= 1
                return try expectEnd()
            }
        } catch {
            throw malformed(error, line: 1)
        }
        while true {
            element += 1
            try countRow()
            try readElement(element)
            do throws(JSONFault) {
                rows.json.skipBlanks()
                if rows.json.peek == UInt8(ascii: "]") {
                    rows.json.position &+= 1
                    return try expectEnd()
                }
                try rows.json.expect(UInt8(ascii: ","), "',' or ']' was expected")
                rows.json.skipBlanks()
            } catch {
                throw malformed(error, line: element)
            }
        }
    }

    private mutating func expectEnd() throws(JSONFault) {
        rows.json.skipBlanks()
        guard rows.json.isAtEnd else {
            throw rows.json.fault("something follows the array")
        }
    }

    /// Reads one element: as a row, and where that fails for what it means, as JSON alone.
    private mutating func readElement(_ element: Int) throws(IngestError) {
        let start = rows.json.position
        do throws(JSONFault) {
            try rows.scanRow()
            return keepRow(start..<rows.json.position, line: element)
        } catch {
            guard error.isAboutMeaning else { throw malformed(error, line: element) }
            do throws(JSONFault) {
                try skipRefused(from: start)
            } catch {
                throw malformed(error, line: element)
            }
            reject(error, line: element, range: start..<rows.json.position)
        }
    }

    /// Passes an element again from its start; that a key stands twice in it is known already or
    /// does not matter any more.
    private mutating func skipRefused(from start: Int) throws(JSONFault) {
        rows.json.position = start
        rows.json.keyCount = 0
        rows.json.openKeys.removeAll(keepingCapacity: true)
        rows.json.toleratesKeys = true
        defer { rows.json.toleratesKeys = false }
        try rows.json.skipValue(depth: 0)
    }
}

// MARK: - Outcomes

extension BodyReading {
    private func countRow() throws(IngestError) {
        guard lines.count + rejections.count < rowLimit else {
            throw .limitExceeded(limit: "rows of a request", value: rowLimit)
        }
    }

    private mutating func keepRow(_ range: Range<Int>, line: Int) {
        lines.append(Int32(truncatingIfNeeded: line))
        ranges.append(
            Int32(
                truncatingIfNeeded: range.lowerBound)..<Int32(
                    truncatingIfNeeded: range.upperBound))
        rows.slots.rowCount &+= 1
        if rows.slots.rowCount == RowSlots.capacity { flush() }
    }

    private mutating func flush() {
        // Taken out of `self`, so that the slots may be read in place meanwhile.
        var growing = columns
        columns = []
        // The first run tells how many there will be, if the rows to come are like it.
        let runs = isFirstRun ? rows.json.text.count / max(1, rows.json.position) + 1 : 0
        isFirstRun = false
        for column in growing.indices {
            if runs > 1 {
                growing[column].reserve(runCount: runs, like: rows.slots.column(column))
            }
            growing[column].append(rows.slots.column(column), of: rows.json.text)
        }
        columns = growing
        presence?.append(rows.slots)
        rows.slots.wipe()
    }

    private mutating func reject(
        _ fault: JSONFault, line: Int, range: Range<Int>
    ) {
        rejections.append(describe(fault, line: line, range: range))
    }

    private mutating func malformed(_ fault: JSONFault, line: Int) -> IngestError {
        let end = min(rows.json.text.count, fault.byteOffset)
        return .malformedBody(describe(fault, line: line, range: end..<end))
    }

    /// Puts a fault into words.
    private mutating func describe(
        _ fault: JSONFault, line: Int, range: Range<Int>
    ) -> Rejection {
        var field: String?
        var message = "the row "
        if fault.column >= 0 {
            let column = fields.schema.columns[fault.column]
            field = column.name
            message = "column '\(column.name)' (\(column.type)) "
        } else if !fault.key.isEmpty {
            let token = JSONScanner.StringToken(range: fault.key, hasEscapes: true)
            let name = String(decoding: rows.json.plainBytes(of: token).prefix(128), as: UTF8.self)
            field = name
            message = "field '\(name)' "
        }
        if fault.code == .invalidJSON { message = "invalid JSON: " }
        message += fault.reason.description
        if fault.code == .unknownField, let field, suggestionCount < ParseLimit.suggestionCount {
            suggestionCount += 1
            if let close = fields.suggestion(for: field) { message += "; did you mean '\(close)'?" }
        }
        let kept = range.prefix(ParseLimit.keptRawByteCount)
        return Rejection(
            code: fault.code, line: line, byteOffset: fault.byteOffset,
            column: max(1, fault.byteOffset - range.lowerBound + 1), field: field,
            message: message,
            raw: [UInt8](copying: rows.json.text.extracting(kept.startIndex..<kept.endIndex)))
    }

    /// What was read; once, at the end. Not consuming: that would copy every column to fill it up.
    mutating func finish(_ body: [UInt8]) -> ParsedEvents {
        flush()
        return ParsedEvents(
            batch: RowBatch(rowCount: lines.count, columns: columns.map { $0.finish() }),
            lines: lines, ranges: ranges, rejections: rejections, body: body,
            presence: presence)
    }
}
