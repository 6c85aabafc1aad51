import Segments

/// Reads one row after the other from a body into slots.
///
/// Keys are predicted: a key is first compared, eight bytes at a time, with the one that followed
/// its predecessor last time; only where that fails is it scanned and looked up. Nothing is
/// allocated for a row.
struct RowScanner: ~Escapable {
    var json: JSONScanner
    var slots: RowSlots
    let fields: FieldIndex
    private let ignoresUnknown: Bool
    /// For column `c` at `c + 1`, the column expected after it; for the first key at 0.
    private(set) var successors: [Int]
    private let latestTime: Int64

    /// - Parameter latestTime: Event times above it are refused.
    @_lifetime(copy text)
    init(_ text: Span<UInt8>, crossesLines: Bool, fields: FieldIndex, latestTime: Int64) {
        json = JSONScanner(text, crossesLines: crossesLines)
        slots = RowSlots(columnCount: fields.count)
        self.fields = fields
        ignoresUnknown = fields.schema.unknownFields == .ignore
        successors = (0...fields.count).map { $0 % fields.count }
        self.latestTime = latestTime
    }

    /// Reads the row at `json.position` into `slots`, to its closing brace. After a fault the
    /// row's slots are wiped and the position is somewhere inside the row.
    mutating func scanRow() throws(JSONFault) {
        do throws(JSONFault) {
            try scanObject()
        } catch {
            slots.wipeRow()
            throw error
        }
    }

    private mutating func scanObject() throws(JSONFault) {
        guard json.peek == UInt8(ascii: "{") else { throw try notAnObject() }
        let start = json.position
        json.keyCount = 0
        json.openKeys.removeAll(keepingCapacity: true)
        json.position &+= 1
        json.skipBlanks()
        if json.peek == UInt8(ascii: "}") {
            json.position &+= 1
            return try finishRow(start)
        }
        var last = -1
        while true {
            if scanExpected(after: &last) { return try finishRow(start) }
            json.skipBlanks()
            if let column = try scanKey(after: last) {
                try scanField(column)
                last = column
            } else {
                try json.skipValue(depth: 1)
            }
            json.skipBlanks()
            if json.peek == UInt8(ascii: "}") {
                json.position &+= 1
                return try finishRow(start)
            }
            try json.expect(UInt8(ascii: ","), "',' or '}' was expected")
            json.skipBlanks()
        }
    }

    private mutating func notAnObject() throws(JSONFault) -> JSONFault {
        let start = json.position
        try json.skipValue(depth: 0)
        return JSONFault(.typeMismatch, at: start, "is no JSON object")
    }

    /// Passes a key with its colon; `nil` for one that no column has, where that is allowed.
    private mutating func scanKey(after last: Int) throws(JSONFault) -> Int? {
        let guess = successors[last &+ 1]
        let start = json.position &+ 1
        if json.peek == UInt8(ascii: "\""),
            let end = fields.patternEnd(guess, in: json.text, at: start)
        {
            json.position = end
            try json.countKey()
            json.skipBlanks()
            return guess
        }
        let key = try json.scanKey()
        json.scratch.removeAll(keepingCapacity: true)
        json.appendPlain(key, to: &json.scratch)
        if let column = fields.column(named: json.scratch) {
            try json.countKey()
            successors[last &+ 1] = column
            return column
        }
        guard ignoresUnknown else {
            var fault = JSONFault(.unknownField, at: key.range.lowerBound, "is no column")
            fault.key = key.range
            throw fault
        }
        try json.noteKey(key, since: 0)
        return nil
    }

    private mutating func scanField(_ column: Int) throws(JSONFault) {
        let start = json.position
        do throws(JSONFault) {
            guard slots[column].kind == .absent else {
                throw JSONFault(.duplicateField, at: start, "appears twice")
            }
            slots[column] = try scanValue(fields.kinds[column], column)
        } catch {
            var fault = error
            if fault.column < 0 { fault.column = column }
            throw fault
        }
    }

    /// Whether the row says that its key is deleted.
    private var isTombstone: Bool {
        guard let column = fields.tombstoneColumn else { return false }
        return slots[column].kind == .number && slots[column].low != 0
    }

    /// Checks what only the whole row shows.
    private mutating func finishRow(_ start: Int) throws(JSONFault) {
        guard json.position &- start <= ParseLimit.rowByteCount else {
            throw JSONFault(.rowTooLarge, at: start, "is larger than 1 MiB")
        }
        for column in isTombstone ? fields.requiredOfTombstones : fields.required {
            let kind = slots[column].kind
            guard kind != .absent, kind != .null else {
                var fault = JSONFault(.missingField, at: start, "is missing and NOT NULL")
                fault.column = column
                throw fault
            }
        }
        if let time = fields.schema.timestampColumn, slots[time].kind == .number {
            guard slots[time].low <= latestTime else {
                var fault = JSONFault(
                    .futureTimestamp, at: start, "lies more than 24 hours ahead of the clock")
                fault.column = time
                throw fault
            }
        }
    }
}
