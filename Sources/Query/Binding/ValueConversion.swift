import Segments

extension Value {
    /// The value as one of `type`: what CAST does, on one value.
    ///
    /// Texts are trimmed of blanks; numbers must be whole texts; `true false t f 1 0` are booleans;
    /// times are RFC 3339 with what `CivilTime` accepts. Numbers round half away from zero. NULL
    /// stays NULL.
    ///
    /// - Returns: `nil` where the value does not convert or does not fit.
    public func converted(to type: LogicalType) -> Value? {
        switch (self, type) {
        case (.null, _): return .null
        case (.boolean, .boolean), (.bigint, .bigint), (.double, .double), (.varchar, .varchar),
            (.timestamp, .timestamp), (.date, .date), (.json, .json):
            return self
        case (.json(let text), .varchar): return .varchar(text)
        case (_, .varchar): return .varchar(Text(description))
        case (.varchar(let text), _): return Value.parsed(text, as: type)
        case (.date(let days), .timestamp):
            let (time, overflow) = days.multipliedReportingOverflow(
                by: CivilTime.microsecondsPerDay)
            return overflow ? nil : .timestamp(time)
        case (.timestamp(let time), .date):
            let midnight = time.roundedDown(toMultipleOf: CivilTime.microsecondsPerDay)
            return .date(midnight / CivilTime.microsecondsPerDay)
        case (.boolean(let value), .bigint), (.boolean(let value), .double),
            (.boolean(let value), .decimal):
            return Value.bigint(value ? 1 : 0).converted(to: type)
        case (.bigint(let value), .boolean): return .boolean(value != 0)
        case (.double(let value), .boolean): return .boolean(value != 0)
        case (.bigint(let value), .double): return .double(Double(value))
        case (.bigint(let value), .decimal(let precision, let scale)):
            return Value.fitted(
                Decimal(unscaled: Int128(value), scale: 0), precision: precision, scale: scale)
        case (.decimal(let value), .bigint):
            guard let whole = value.rounded(to: 0), let integer = Int64(exactly: whole.unscaled)
            else { return nil }
            return .bigint(integer)
        case (.decimal(let value), .double): return .double(value.double)
        case (.decimal(let value), .decimal(let precision, let scale)):
            return Value.fitted(value, precision: precision, scale: scale)
        case (.double(let value), .bigint):
            return Int64(exactly: value.rounded(.toNearestOrAwayFromZero)).map { .bigint($0) }
        case (.double(let value), .decimal(let precision, let scale)):
            return Value.decimal(from: value, precision: precision, scale: scale)
        case (.array(let elements), .array(let element)):
            return Value.array(elements, of: element)
        default: return nil
        }
    }

    private static func fitted(_ value: Decimal, precision: Int, scale: Int) -> Value? {
        guard let rounded = value.rounded(to: scale), rounded.fits(precision: precision) else {
            return nil
        }
        return .decimal(rounded)
    }

    private static func decimal(from value: Double, precision: Int, scale: Int) -> Value? {
        let scaled = (value * Double(Decimal.powersOfTen[scale])).rounded(.toNearestOrAwayFromZero)
        guard let unscaled = Int128(exactly: scaled),
            unscaled.magnitude < Decimal.powersOfTen[precision].magnitude
        else { return nil }
        return .decimal(Decimal(unscaled: unscaled, scale: scale))
    }

    private static func array(_ elements: [Value], of element: LogicalType.ArrayElement) -> Value? {
        let type: LogicalType = element == .varchar ? .varchar : .bigint
        var converted: [Value] = []
        for value in elements {
            guard value.isNull || value.type == type else { return nil }
            converted.append(value)
        }
        return .array(converted)
    }

    private static func parsed(_ text: Text, as type: LogicalType) -> Value? {
        let bytes = trimmed(text.bytes)
        switch type {
        case .boolean:
            switch String(decoding: bytes, as: UTF8.self).lowercased() {
            case "true", "t", "1": return .boolean(true)
            case "false", "f", "0": return .boolean(false)
            default: return nil
            }
        case .bigint: return Int64(String(decoding: bytes, as: UTF8.self)).map { .bigint($0) }
        case .double:
            guard !bytes.isEmpty, bytes.allSatisfy({ $0 < 0x80 && $0 != 0x20 }) else { return nil }
            return Double(String(decoding: bytes, as: UTF8.self)).map { .double($0) }
        case .decimal(let precision, let scale):
            return Decimal(parsing: bytes).flatMap {
                fitted($0, precision: precision, scale: scale)
            }
        case .timestamp: return CivilTime.parseTimestamp(bytes.span).map { .timestamp($0) }
        case .date:
            if let days = CivilTime.parseDate(bytes.span) { return .date(days) }
            return CivilTime.parseTimestamp(bytes.span).flatMap {
                Value.timestamp($0).converted(to: .date)
            }
        case .json: return .json(text)
        case .varchar: return .varchar(text)
        case .array: return nil
        }
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard let first = bytes.firstIndex(where: { !blank($0) }),
            let last = bytes.lastIndex(where: { !blank($0) })
        else { return [] }
        return Array(bytes[first...last])
    }
}
