import Segments

/// The short way through a row: fields that come as they came last time, written without blanks.
///
/// Producers write rows by a template, so that nearly all fields are such. They are read in one
/// loop that keeps its place in registers and calls nothing; whatever is not as expected, be it an
/// escape, a blank or an error, is left untouched where it stands, for the general way to judge.
extension RowScanner {
    /// Reads fields for as long as they come as expected; `json.position` stands on a key.
    ///
    /// - Parameter last: The column of the field before, -1 for none; moved on with the fields.
    /// - Returns: Whether the row's closing brace has been passed. If not, the position stands on
    ///   the key of the first field that was not read.
    mutating func scanExpected(after last: inout Int) -> Bool {
        Self.scanExpected(&json, &slots, fields, successors, after: &last)
    }

    private static func scanExpected(
        _ json: inout JSONScanner, _ slots: inout RowSlots, _ fields: FieldIndex,
        _ successors: [Int], after last: inout Int
    ) -> Bool {
        let text = json.text
        let row = slots.rowCount
        var cells = slots.cells
        var position = json.position
        var keyCount = json.keyCount
        var isDone = false
        while !isDone, keyCount < ParseLimit.keyCount, position < text.count,
            text[position] == UInt8(ascii: "\"")
        {
            let column = successors[last &+ 1]
            let cell = column &* RowSlots.capacity &+ row
            guard cells[cell].kind == .absent,
                let start = fields.patternEnd(column, in: text, at: position &+ 1)
            else { break }
            // Into its place at once: a copy would wait for the two words to leave the core apart
            // and come back as one.
            var keysWithin = 0
            let end = expectedValue(
                fields.kinds[column], text, start, &cells[cell], &keysWithin)
            isDone = end < text.count && text[end] == UInt8(ascii: "}")
            guard end > start, end < text.count,
                keyCount &+ keysWithin < ParseLimit.keyCount,
                isDone || text[end] == UInt8(ascii: ",")
            else {
                cells[cell].kind = .absent
                isDone = false
                break
            }
            keyCount &+= 1 &+ keysWithin
            position = end &+ 1
            last = column
        }
        json.position = position
        json.keyCount = keyCount
        return isDone
    }

    /// Reads the value at `start` into `slot`.
    ///
    /// - Returns: Where it ends; `start` where it is not as expected.
    @inline(__always)
    private static func expectedValue(
        _ kind: FieldIndex.Kind, _ text: Span<UInt8>, _ start: Int, _ slot: inout Slot,
        _ keyCount: inout Int
    ) -> Int {
        if isNull(text, start) {
            slot = Slot(kind: .null, low: 0, high: 0)
            return start &+ 4
        }
        switch kind {
        case .varchar: return plainString(text, start, &slot)
        case .bigint: return integer(text, start, &slot)
        case .timestamp:
            let end = integer(text, start, &slot)
            let product = slot.low.multipliedReportingOverflow(by: 1_000)
            guard !product.overflow, CivilTime.textRange.contains(product.partialValue) else {
                return start
            }
            slot.low = product.partialValue
            return end
        case .boolean: return boolean(text, start, &slot)
        case .double: return double(text, start, &slot)
        case .varcharArray: return plainStrings(text, start, &slot)
        case .json:
            let end = plainValue(text, start, depth: 1, keyCount: &keyCount)
            if end > start { slot = Slot(.json, start..<end) }
            return end
        case .date, .narrowDecimal, .wideDecimal, .bigintArray: return start
        }
    }

    @inline(__always)
    static func isNull(_ text: Span<UInt8>, _ start: Int) -> Bool {
        isWord(text, start, 0x6c6c_756e)
    }

    @inline(__always)
    static func boolean(_ text: Span<UInt8>, _ start: Int, _ slot: inout Slot) -> Int {
        if isWord(text, start, 0x6575_7274) {
            slot = Slot(integer: 1)
            return start &+ 4
        }
        guard start < text.count, text[start] == UInt8(ascii: "f"),
            isWord(text, start &+ 1, 0x6573_6c61)
        else { return start }
        slot = Slot(integer: 0)
        return start &+ 5
    }

    /// Whether four letters stand at `start`, the first one least significant.
    @inline(__always)
    private static func isWord(_ text: Span<UInt8>, _ start: Int, _ letters: UInt64) -> Bool {
        start &+ 8 <= text.count && Words.load(text, start) & 0xffff_ffff == letters
    }

    /// A string without escapes.
    @inline(__always)
    static func plainString(
        _ text: Span<UInt8>, _ start: Int, _ slot: inout Slot
    ) -> Int {
        guard start < text.count, text[start] == UInt8(ascii: "\"") else { return start }
        let first = start &+ 1
        var at = first
        while at &+ 8 <= text.count {
            let stops = Words.stringStops(Words.load(text, at))
            guard stops != 0 else {
                at &+= 8
                continue
            }
            at &+= stops.trailingZeroBitCount &>> 3
            if text[at] >= 0x80 {
                let count = UTF8Rules.characterByteCount(text, at: at)
                guard count > 0 else { return start }
                at &+= count
                continue
            }
            guard text[at] == UInt8(ascii: "\""), at &- first <= ParseLimit.stringByteCount else {
                return start
            }
            slot = Slot(kind: .plainString, low: Int64(first), high: Int64(at))
            return at &+ 1
        }
        return start
    }

    /// An array of strings without escapes.
    @inline(__always)
    private static func plainStrings(
        _ text: Span<UInt8>, _ start: Int, _ slot: inout Slot
    ) -> Int {
        guard start &+ 2 <= text.count, text[start] == UInt8(ascii: "[") else { return start }
        var at = start &+ 1
        var isEnd = text[at] == UInt8(ascii: "]")
        while !isEnd {
            let end = plainString(text, at, &slot)
            guard end > at, end < text.count else { return start }
            isEnd = text[end] == UInt8(ascii: "]")
            guard isEnd || text[end] == UInt8(ascii: ",") else { return start }
            at = isEnd ? end : end &+ 1
        }
        slot = Slot(.array, start..<at &+ 1)
        return at &+ 1
    }

    /// A number of at most 15 digits without an exponent, for which one division gives the nearest
    /// double (see `NumberToken.double`).
    @inline(__always)
    static func double(
        _ text: Span<UInt8>, _ start: Int, _ slot: inout Slot
    ) -> Int {
        guard start &+ 20 <= text.count else { return start }
        let isNegative = text[start] == UInt8(ascii: "-")
        let first = isNegative ? start &+ 1 : start
        var at = first
        var mantissa: UInt64 = 0
        var point = -1
        while at &- first < 17 {
            let digit = text[at] &- UInt8(ascii: "0")
            if digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
            } else if point < 0, text[at] == UInt8(ascii: ".") {
                point = at
            } else {
                break
            }
            at &+= 1
        }
        let wholeCount = (point < 0 ? at : point) &- first
        let fractionCount = point < 0 ? 0 : at &- point &- 1
        guard wholeCount > 0, wholeCount &+ fractionCount <= 15, point < 0 || fractionCount > 0,
            wholeCount == 1 || text[first] != UInt8(ascii: "0")
        else { return start }
        let value = Double(mantissa) / NumberToken.powers[fractionCount]
        slot = Slot(integer: Int64(bitPattern: (isNegative ? -value : value).bitPattern))
        return at
    }

    /// An integer of at most 18 digits.
    @inline(__always)
    private static func integer(
        _ text: Span<UInt8>, _ start: Int, _ slot: inout Slot
    ) -> Int {
        guard start &+ 20 <= text.count else { return start }
        let isNegative = text[start] == UInt8(ascii: "-")
        let first = isNegative ? start &+ 1 : start
        var at = first
        var value: UInt64 = 0
        if let digits = Words.eightDigits(Words.load(text, at)) {
            value = digits
            at &+= 8
        }
        while at &- first < 19 {
            let digit = text[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            at &+= 1
        }
        let count = at &- first
        guard count > 0, count < 19, count == 1 || text[first] != UInt8(ascii: "0") else {
            return start
        }
        let magnitude = Int64(truncatingIfNeeded: value)
        slot = Slot(integer: isNegative ? 0 &- magnitude : magnitude)
        return at
    }
}
