import Segments

extension TimePattern {
    /// The instant that a text of this form names; `nil` where it has another form or names no day.
    ///
    /// Fields that the pattern lacks are those of 1970-01-01T00:00. Years of two digits are 1950 to
    /// 2049. An offset in the text wins over `zone`.
    func parse(_ text: Span<UInt8>, in zone: TimeZone) -> Int64? {
        var reader = Reader(text)
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .literal(let bytes):
                guard reader.skip(bytes) else { return nil }
            case .field(let field, let width):
                guard reader.read(field, width, isFixed: isFollowedByNumber(index)) else {
                    return nil
                }
            }
        }
        return reader.isAtEnd ? reader.fields.instant(in: zone) : nil
    }

    /// Whether digits of the next field follow at once, so that this one has exactly its width.
    private func isFollowedByNumber(_ index: Int) -> Bool {
        guard index + 1 < pieces.count, case .field(let next, let width) = pieces[index + 1] else {
            return false
        }
        switch next {
        case .era, .weekday, .halfDay, .zoneName, .zoneOffset: return false
        case .month: return width <= 2
        default: return true
        }
    }

    /// What a text said.
    private struct Fields {
        var year: Int64 = 1970
        var isBeforeEra = false
        var month = 1
        var day = 1
        var dayOfYear: Int64?
        var weekYear: Int64?
        var week: Int64?
        var weekday: Int64?
        var hour: Int64 = 0
        var isAfternoon: Bool?
        var minute: Int64 = 0
        var second: Int64 = 0
        var fraction: Int64 = 0
        var offset: Int64?

        func instant(in zone: TimeZone) -> Int64? {
            guard let days else { return nil }
            var hour = hour
            if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
            guard hour < 24, minute < 60, second < 60 else { return nil }
            let ofDay =
                hour * CivilTime.microsecondsPerHour + minute * CivilTime.microsecondsPerMinute
                + second * CivilTime.microsecondsPerSecond + fraction
            let local = days * CivilTime.microsecondsPerDay + ofDay
            return offset.map { local - $0 } ?? zone.instant(ofLocal: local)
        }

        private var days: Int64? {
            let year = isBeforeEra ? 1 - year : year
            if weekYear != nil || week != nil {
                let january4 = CivilTime.days(year: weekYear ?? year, month: 1, day: 4)
                let monday = january4 - (january4 + 3 - (january4 + 3).roundedDown(toMultipleOf: 7))
                guard (1...53).contains(week ?? 1) else { return nil }
                return monday + ((week ?? 1) - 1) * 7 + ((weekday ?? 1) - 1)
            }
            if let dayOfYear {
                let isLeap = CivilTime.dayCount(year: year, month: 2) == 29
                guard (1...(isLeap ? 366 : 365)).contains(dayOfYear) else { return nil }
                return CivilTime.days(year: year, month: 1, day: 1) + dayOfYear - 1
            }
            guard (1...12).contains(month), day >= 1,
                day <= CivilTime.dayCount(year: year, month: month)
            else { return nil }
            return CivilTime.days(year: year, month: month, day: day)
        }
    }

    /// Reads the fields of a text from left to right.
    private struct Reader: ~Escapable {
        private let text: Span<UInt8>
        private var position = 0
        var fields = Fields()

        @_lifetime(copy text)
        init(_ text: Span<UInt8>) { self.text = text }

        var isAtEnd: Bool { position == text.count }

        mutating func skip(_ bytes: [UInt8]) -> Bool {
            guard ByteStrings.matches(bytes.span, in: text, at: position) else { return false }
            position += bytes.count
            return true
        }

        /// Digits, at least one and at most `maximum`.
        private mutating func number(_ maximum: Int) -> Int64? {
            var (value, count): (Int64, Int) = (0, 0)
            while count < maximum, position < text.count {
                let digit = text[position] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                value = value * 10 + Int64(digit)
                count += 1
                position += 1
            }
            return count > 0 ? value : nil
        }

        /// The index of the name that follows, whole or its first three letters, in any case.
        private mutating func name(among names: [String]) -> Int? {
            for isWhole in [true, false] {
                for (index, name) in names.enumerated() {
                    let letters = Array((isWhole ? name : String(name.prefix(3))).utf8)
                    if ByteStrings.matches(letters.span, in: text, at: position, foldsCase: true) {
                        position += letters.count
                        return index
                    }
                }
            }
            return nil
        }

        mutating func read(_ field: Field, _ width: Int, isFixed: Bool) -> Bool {
            switch field {
            case .era:
                guard let era = name(among: ["AD", "BC"]) else { return false }
                fields.isBeforeEra = era == 1
                return true
            case .weekday:
                guard let day = name(among: TimePattern.weekdays) else { return false }
                fields.weekday = Int64(day) + 1
                return true
            case .halfDay:
                guard let half = name(among: ["AM", "PM"]) else { return false }
                fields.isAfternoon = half == 1
                return true
            case .month where width > 2:
                guard let month = name(among: TimePattern.months) else { return false }
                fields.month = month + 1
                return true
            case .fraction: return readFraction(width)
            case .zoneOffset, .zoneName: return readOffset()
            default: return readNumber(field, width, isFixed: isFixed)
            }
        }

        private mutating func readNumber(_ field: Field, _ width: Int, isFixed: Bool) -> Bool {
            let isYear = field == .year || field == .yearOfEra || field == .weekYear
            let isNegative = field == .year && skip([UInt8(ascii: "-")])
            let usual = isYear ? 9 : field == .dayOfYear ? 3 : 2
            let start = position
            guard var value = number(isFixed ? (isYear ? width : max(width, usual)) : usual) else {
                return false
            }
            if isYear, width == 2, position - start == 2 { value += value < 50 ? 2000 : 1900 }
            if isNegative { value = -value }
            switch field {
            case .year, .yearOfEra: fields.year = value
            case .century: fields.year = value * 100
            case .weekYear: fields.weekYear = value
            case .week: fields.week = value
            case .weekdayNumber:
                guard (1...7).contains(value) else { return false }
                fields.weekday = value
            case .dayOfYear: fields.dayOfYear = value
            case .month: fields.month = Int(value)
            case .day: fields.day = Int(value)
            case .hour, .hourOfHalfDay: fields.hour = value
            case .clockHourOfHalfDay, .clockHour:
                let hours: Int64 = field == .clockHour ? 24 : 12
                guard (1...hours).contains(value) else { return false }
                fields.hour = value % hours
            case .minute: fields.minute = value
            case .second: fields.second = value
            default: return false
            }
            return true
        }

        private mutating func readFraction(_ width: Int) -> Bool {
            var weight = CivilTime.microsecondsPerSecond
            let start = position
            while position - start < width, let digit = number(1) {
                weight /= 10
                fields.fraction += digit * weight
            }
            return position > start
        }

        /// `Z`, `UTC`, `+0900`, `+09:00` or `+09`.
        private mutating func readOffset() -> Bool {
            fields.offset = 0
            if skip([UInt8(ascii: "Z")]) || skip(Array("UTC".utf8)) || skip(Array("GMT".utf8)) {
                return true
            }
            let isNegative = position < text.count && text[position] == UInt8(ascii: "-")
            guard isNegative || skip([UInt8(ascii: "+")]) else { return false }
            if isNegative { position += 1 }
            guard let hours = number(2), hours < 24 else { return false }
            _ = skip([UInt8(ascii: ":")])
            let minutes = number(2) ?? 0
            guard minutes < 60 else { return false }
            let length =
                hours * CivilTime.microsecondsPerHour + minutes * CivilTime.microsecondsPerMinute
            fields.offset = isNegative ? -length : length
            return true
        }
    }
}
