import Segments

extension TimePattern {
    /// Appends an instant as the clock of `zone` shows it.
    func append(_ instant: Int64, in zone: TimeZone, to bytes: inout [UInt8]) {
        let type = zone.type(at: instant)
        let moved = instant.addingReportingOverflow(type.offset)
        let local = moved.overflow ? instant : moved.partialValue
        for piece in pieces {
            switch piece {
            case .literal(let text): bytes.append(contentsOf: text)
            case .field(let field, let width):
                append(field, width, local, type, zone, to: &bytes)
            }
        }
    }

    private func append(
        _ field: Field, _ width: Int, _ local: Int64, _ type: TimeZone.LocalType,
        _ zone: TimeZone, to bytes: inout [UInt8]
    ) {
        func part(_ field: TimeField) -> Int64 { TimeKernels.extract(field, local) }
        func number(_ value: Int64, _ width: Int = width) {
            Self.append(value, width: width, to: &bytes)
        }
        func word(_ text: String) { bytes.append(contentsOf: text.utf8) }
        switch field {
        case .era: word(part(.year) > 0 ? "AD" : "BC")
        case .century: number((part(.year) > 0 ? part(.year) : 1 - part(.year)) / 100)
        case .year, .weekYear, .yearOfEra:
            var year = field == .weekYear ? part(.weekYear) : part(.year)
            if field == .yearOfEra, year <= 0 { year = 1 - year }
            number(width == 2 ? (year % 100 + 100) % 100 : year)
        case .week: number(part(.week))
        case .weekdayNumber: number(part(.isoDayOfWeek))
        case .weekday:
            let name = Self.weekdays[Int(part(.isoDayOfWeek)) - 1]
            word(width < 4 ? String(name.prefix(3)) : name)
        case .dayOfYear: number(part(.dayOfYear))
        case .month:
            guard width > 2 else { return number(part(.month)) }
            let name = Self.months[Int(part(.month)) - 1]
            word(width == 3 ? String(name.prefix(3)) : name)
        case .day: number(part(.day))
        case .halfDay: word(part(.hour) < 12 ? "AM" : "PM")
        case .hourOfHalfDay: number(part(.hour) % 12)
        case .clockHourOfHalfDay: number((part(.hour) + 11) % 12 + 1)
        case .hour: number(part(.hour))
        case .clockHour: number((part(.hour) + 23) % 24 + 1)
        case .minute: number(part(.minute))
        case .second: number(part(.second))
        case .fraction: Self.appendFraction(part(.microsecond), width: width, to: &bytes)
        case .zoneName: word(width < 4 ? type.abbreviation : zone.name)
        case .zoneOffset: appendOffset(type.offset, width, zone, to: &bytes)
        }
    }

    private func appendOffset(
        _ offset: Int64, _ width: Int, _ zone: TimeZone, to bytes: inout [UInt8]
    ) {
        if width > 2 { return bytes.append(contentsOf: zone.name.utf8) }
        var text: [UInt8] = []
        CivilTime.appendOffset(offset, to: &text)
        bytes.append(contentsOf: width == 2 ? text : text.filter { $0 != UInt8(ascii: ":") })
    }

    /// A number of at least `width` digits.
    private static func append(_ value: Int64, width: Int, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let digits = String(value.magnitude).utf8
        for _ in digits.count..<max(width, digits.count) { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: digits)
    }

    /// The first `width` digits behind the point, cut off rather than rounded.
    private static func appendFraction(
        _ microseconds: Int64, width: Int, to bytes: inout [UInt8]
    ) {
        var weight = CivilTime.microsecondsPerSecond / 10
        for _ in 0..<width {
            let digit = weight > 0 ? microseconds / weight % 10 : 0
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
            weight /= 10
        }
    }
}
