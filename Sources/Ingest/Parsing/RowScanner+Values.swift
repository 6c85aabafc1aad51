import Segments

/// Values as the columns want them.
extension RowScanner {
    /// Passes a value that must fit a column of `kind`, or be `null`.
    mutating func scanValue(_ kind: FieldIndex.Kind, _ column: Int) throws(JSONFault) -> Slot {
        if json.peek == UInt8(ascii: "n") {
            try json.scanNull()
            return Slot(kind: .null, low: 0, high: 0)
        }
        switch kind {
        case .varchar:
            let token = try scanText()
            return Slot(token.hasEscapes ? .escapedString : .plainString, token.range)
        case .bigint: return Slot(integer: try scanInteger())
        case .narrowDecimal, .wideDecimal: return Slot(wide: try scanDecimal(column))
        case .double: return Slot(integer: Int64(bitPattern: try scanDouble().bitPattern))
        case .timestamp: return Slot(integer: try scanTimestamp())
        case .date: return Slot(integer: try scanDate())
        case .boolean: return Slot(integer: try scanBoolean())
        case .json:
            let start = json.position
            try json.skipValue(depth: 1)
            return Slot(.json, start..<json.position)
        case .varcharArray, .bigintArray: return try scanArray(ofStrings: kind == .varcharArray)
        }
    }

    /// The fault of a value of another kind, once it has been seen to be JSON at all.
    private mutating func mismatch(_ reason: StaticString) throws(JSONFault) -> JSONFault {
        let start = json.position
        try json.skipValue(depth: 1)
        return JSONFault(.typeMismatch, at: start, reason)
    }

    private mutating func scanText() throws(JSONFault) -> JSONScanner.StringToken {
        guard json.peek == UInt8(ascii: "\"") else { throw try mismatch("takes a string") }
        return try json.scanString()
    }

    private var isAtNumber: Bool {
        let byte = json.peek
        return byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10
    }

    private mutating func scanInteger() throws(JSONFault) -> Int64 {
        guard isAtNumber else { throw try mismatch("takes an integer") }
        let number = try json.scanNumber()
        switch number.integer(in: json.text) {
        case .value(let value): return value
        case .tooFine:
            throw JSONFault(.typeMismatch, at: number.range.lowerBound, "takes an integer")
        case .tooLarge:
            throw JSONFault(
                .numberOutOfRange, at: number.range.lowerBound, "takes integers of 64 bits")
        }
    }

    private mutating func scanDecimal(_ column: Int) throws(JSONFault) -> Int128 {
        guard isAtNumber else { throw try mismatch("takes a number") }
        let number = try json.scanNumber()
        guard case .decimal(let precision, let scale) = fields.schema.columns[column].type else {
            preconditionFailure("column \(column) is no decimal")
        }
        switch number.unscaled(scale: scale, in: json.text) {
        case .value(let value):
            guard value.magnitude < Decimal.powersOfTen[precision].magnitude else { break }
            return value
        case .tooFine:
            throw JSONFault(
                .numberOutOfRange, at: number.range.lowerBound,
                "has more digits after the point than the column keeps")
        case .tooLarge: break
        }
        throw JSONFault(
            .numberOutOfRange, at: number.range.lowerBound, "has more digits than the column keeps")
    }

    private mutating func scanDouble() throws(JSONFault) -> Double {
        guard isAtNumber else { throw try mismatch("takes a number") }
        let number = try json.scanNumber()
        guard let value = number.double(in: json.text) else {
            throw JSONFault(
                .numberOutOfRange, at: number.range.lowerBound, "is too large for a DOUBLE")
        }
        return value
    }

    private mutating func scanBoolean() throws(JSONFault) -> Int64 {
        switch json.peek {
        case UInt8(ascii: "t"):
            try json.scanTrue()
            return 1
        case UInt8(ascii: "f"):
            try json.scanFalse()
            return 0
        default: throw try mismatch("takes true or false")
        }
    }

    /// A number of milliseconds, or a text.
    private mutating func scanTimestamp() throws(JSONFault) -> Int64 {
        let start = json.position
        if isAtNumber {
            let number = try json.scanNumber()
            if case .value(let milliseconds) = number.integer(in: json.text) {
                let product = milliseconds.multipliedReportingOverflow(by: 1_000)
                if !product.overflow, CivilTime.textRange.contains(product.partialValue) {
                    return product.partialValue
                }
            }
        } else if json.peek == UInt8(ascii: "\"") {
            let token = try json.scanString()
            if let time = timeText(token, CivilTime.parseTimestamp) { return time }
        } else {
            throw try mismatch("takes a time: milliseconds since 1970 or an RFC 3339 text")
        }
        throw JSONFault(
            .invalidTimestamp, at: start,
            "takes a time of the years 1 to 9999: milliseconds since 1970 or an RFC 3339 text")
    }

    private mutating func scanDate() throws(JSONFault) -> Int64 {
        let start = json.position
        guard json.peek == UInt8(ascii: "\"") else {
            throw try mismatch("takes a date as 'yyyy-mm-dd'")
        }
        let token = try json.scanString()
        guard let date = timeText(token, CivilTime.parseDate) else {
            throw JSONFault(.invalidTimestamp, at: start, "takes a date as 'yyyy-mm-dd'")
        }
        return date
    }

    private mutating func timeText(
        _ token: JSONScanner.StringToken, _ parse: (Span<UInt8>) -> Int64?
    ) -> Int64? {
        guard token.hasEscapes else { return parse(json.text.extracting(token.range)) }
        json.scratch.removeAll(keepingCapacity: true)
        json.appendPlain(token, to: &json.scratch)
        return parse(json.scratch.span)
    }

    private mutating func scanArray(ofStrings: Bool) throws(JSONFault) -> Slot {
        guard json.peek == UInt8(ascii: "[") else { throw try mismatch("takes an array") }
        let start = json.position
        json.position &+= 1
        json.skipBlanks()
        if json.peek == UInt8(ascii: "]") {
            json.position &+= 1
            return Slot(.array, start..<json.position)
        }
        while true {
            if ofStrings { _ = try scanText() } else { _ = try scanInteger() }
            json.skipBlanks()
            if json.peek == UInt8(ascii: "]") {
                json.position &+= 1
                return Slot(.array, start..<json.position)
            }
            try json.expect(UInt8(ascii: ","), "',' or ']' was expected")
            json.skipBlanks()
        }
    }
}

extension CivilTime {
    /// The instants that a text can name: what is stored can always be shown again.
    static let textRange: ClosedRange<Int64> = {
        let first = days(year: minimumYear, month: 1, day: 1) * microsecondsPerDay
        let end = days(year: maximumYear + 1, month: 1, day: 1) * microsecondsPerDay
        return first...end - 1
    }()
}
