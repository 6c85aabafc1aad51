import Segments

/// The form of each type's values.
extension ResultEncoder {
    /// Writes the JSON form of one value.
    mutating func appendValue(_ column: Column, row: Int) {
        if column.isNull(row) {
            json.null()
            return
        }
        switch column.values {
        case .booleans(let values): json.value(values[row] != 0)
        case .integers(let values): appendInteger(values[row], column.type)
        case .wideIntegers(let values): appendDecimal(values[row], scale: column.type.scale)
        case .doubles(let values):
            if style.isDruid { appendJava(values[row]) } else { json.value(values[row]) }
        case .strings(let values):
            if column.type == .json, style.nestsJSON {
                json.raw(values.span(at: row))
            } else {
                appendText(values.span(at: row))
            }
        case .codes(let codes, let dictionary):
            let texts = dictionary.values
            let text = texts.span(at: Int(codes[row]))
            if column.type == .json, style.nestsJSON { json.raw(text) } else { appendText(text) }
        case .packedTexts(let codes, let pattern):
            appendText(pattern.text(UInt128(codes[row])).bytes.span)
        case .widePackedTexts(let codes, let pattern):
            appendText(pattern.text(codes[row]).bytes.span)
        case .arrays(let offsets, let elements):
            let range = Int(offsets[row])..<Int(offsets[row + 1])
            if style.stringifiesArrays {
                var text = JSONWriter()
                Self.appendArray(elements, range, to: &text)
                appendText(text.bytes.span)
            } else {
                Self.appendArray(elements, range, to: &json)
            }
        }
    }

    private mutating func appendText(_ text: Span<UInt8>) {
        if style.isDruid, Self.hasBackslash(text) {
            json.raw(Self.quotedWithoutBackslash(text).span)
        } else {
            json.value(utf8: text)
        }
    }

    private mutating func appendInteger(_ value: Int64, _ type: LogicalType) {
        switch type {
        case .timestamp:
            var text: [UInt8] = [UInt8(ascii: "\"")]
            let shown = style.isDruid ? CivilTime.wholeMilliseconds(value) : value
            CivilTime.appendISO8601(microseconds: shown, in: style.timeZone, to: &text)
            text.append(UInt8(ascii: "\""))
            json.raw(text.span)
        case .date:
            let midnight = value.multipliedClamping(by: CivilTime.microsecondsPerDay)
            appendInteger(style.timeZone.instant(ofLocal: midnight) ?? midnight, .timestamp)
        case .decimal(_, let scale): appendDecimal(Int128(value), scale: scale)
        default: json.value(value)
        }
    }

    private mutating func appendDecimal(_ unscaled: Int128, scale: Int) {
        let digits = Decimal(unscaled: unscaled, scale: scale).description
        if style.stringifiesDecimals {
            json.value(digits)
        } else {
            json.number(digits: digits.utf8.span)
        }
    }

    private static func appendArray(
        _ elements: Column, _ range: Range<Int>, to json: inout JSONWriter
    ) {
        json.beginArray()
        for index in range {
            if elements.isNull(index) {
                json.null()
                continue
            }
            switch elements.values {
            case .integers(let values): json.value(values[index])
            case .strings(let values): json.value(utf8: values.span(at: index))
            case .codes(let codes, let dictionary):
                let texts = dictionary.values
                json.value(utf8: texts.span(at: Int(codes[index])))
            default: preconditionFailure("arrays hold strings or integers")
            }
        }
        json.endArray()
    }

    private static func hasBackslash(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where text[index] == UInt8(ascii: "\\") { return true }
        return false
    }

    /// The JSON string of `text`, each backslash of it as `\u005c`.
    private static func quotedWithoutBackslash(_ text: Span<UInt8>) -> [UInt8] {
        var plain = JSONWriter()
        plain.value(utf8: text)
        let quoted = plain.bytes
        var escaped: [UInt8] = []
        escaped.reserveCapacity(quoted.count)
        var index = 0
        while index < quoted.count {
            let isPair = quoted[index] == UInt8(ascii: "\\") && index + 1 < quoted.count
            if isPair, quoted[index + 1] == UInt8(ascii: "\\") {
                escaped.append(contentsOf: "\\u005c".utf8)
            } else {
                escaped.append(contentsOf: quoted[index...(isPair ? index + 1 : index)])
            }
            index += isPair ? 2 : 1
        }
        return escaped
    }

    // MARK: CSV

    /// Writes one row of `columns` as a line of CSV.
    mutating func appendCSV(_ columns: [Column], row: Int) {
        appendCSVLine(columns.map { cell($0, row: row) })
    }

    /// Writes a line; a cell is quoted only where it must be, and a line of a single empty cell is
    /// a pair of quotes, so that it cannot be taken for the end.
    mutating func appendCSVLine(_ cells: [[UInt8]]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { json.bytes.append(UInt8(ascii: ",")) }
            let needsQuotes =
                cell.contains {
                    $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0a || $0 == 0x0d
                } || (cells.count == 1 && cell.isEmpty)
            guard needsQuotes else {
                json.bytes.append(contentsOf: cell)
                continue
            }
            json.bytes.append(UInt8(ascii: "\""))
            for byte in cell {
                if byte == UInt8(ascii: "\"") { json.bytes.append(byte) }
                json.bytes.append(byte)
            }
            json.bytes.append(UInt8(ascii: "\""))
        }
        json.newline()
    }

    private func cell(_ column: Column, row: Int) -> [UInt8] {
        if column.isNull(row) { return [] }
        switch column.values {
        case .strings(let values): return Array(copying: values.span(at: row))
        case .codes(let codes, let dictionary):
            return dictionary.values.text(at: Int(codes[row])).bytes
        case .packedTexts(let codes, let pattern): return pattern.text(UInt128(codes[row])).bytes
        case .widePackedTexts(let codes, let pattern): return pattern.text(codes[row]).bytes
        default:
            var form = ResultStyle()
            form.isDruid = style.isDruid
            form.timeZone = style.timeZone
            var plain = ResultEncoder(fields, style: form)
            plain.appendValue(column, row: row)
            let bytes = plain.bytes
            guard bytes.first == UInt8(ascii: "\"") else { return bytes }
            if case .arrays(let offsets, let elements) = column.values {
                var text = JSONWriter()
                Self.appendArray(
                    elements, Int(offsets[row])..<Int(offsets[row + 1]), to: &text)
                return text.bytes
            }
            return Array(bytes.dropFirst().dropLast())
        }
    }
}
