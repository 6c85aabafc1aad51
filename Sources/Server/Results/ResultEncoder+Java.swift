import Segments

/// Numbers and times as Java's libraries show them, for Druid's paths.
extension ResultEncoder {
    /// Writes a double as `Double.toString` does: plain from 0.001 to below ten million, else with
    /// one digit before the point, `1.2345678E7`. The digits are the same as everywhere: as few as
    /// read back as the same number.
    mutating func appendJava(_ value: Double) {
        let magnitude = value.magnitude
        guard value.isFinite, magnitude != 0, magnitude < 1e-3 || magnitude >= 1e7 else {
            json.value(value)
            return
        }
        var (digits, exponent) = Self.scientific(magnitude)
        if digits.count == 1 { digits.append(UInt8(ascii: "0")) }
        digits.insert(UInt8(ascii: "."), at: 1)
        if value < 0 { digits.insert(UInt8(ascii: "-"), at: 0) }
        digits += "E\(exponent)".utf8
        json.number(digits: digits.span)
    }

    /// The digits of a positive number without zeros around them, and the power of ten of the
    /// first.
    private static func scientific(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        let parts = value.description.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits: [UInt8] = []
        var pointOffset: Int?
        for byte in parts[0].utf8 {
            if byte == UInt8(ascii: ".") {
                pointOffset = digits.count
            } else {
                digits.append(byte)
            }
        }
        exponent += (pointOffset ?? digits.count) - 1
        let zeroCount = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(min(zeroCount, digits.count - 1))
        exponent -= zeroCount
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, exponent)
    }
}

extension CivilTime {
    /// The time without what is less than a millisecond, as far as Druid's times say.
    static func wholeMilliseconds(_ microseconds: Int64) -> Int64 {
        let rest = microseconds % 1_000
        return microseconds - (rest < 0 ? rest + 1_000 : rest)
    }
}
