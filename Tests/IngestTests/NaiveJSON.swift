/// The plainest reader of JSON there is, to hold the scanner against: recursive, one byte at a
/// time, building strings. It shares no code with what it tests.
struct NaiveJSON {
    private let bytes: [UInt8]
    private var at = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var reader = NaiveJSON(bytes: bytes)
        reader.blanks()
        guard reader.value(level: 0) else { return false }
        reader.blanks()
        return reader.at == bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func blanks() {
        while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard at + wanted.count <= bytes.count, Array(bytes[at..<at + wanted.count]) == wanted
        else { return false }
        at += wanted.count
        return true
    }

    private mutating func value(level: Int) -> Bool {
        if take("{") { return level < 32 && object(level: level + 1) }
        if take("[") { return level < 32 && array(level: level + 1) }
        if at < bytes.count, bytes[at] == 0x22 { return string() != nil }
        return take("true") || take("false") || take("null") || number()
    }

    private mutating func array(level: Int) -> Bool {
        blanks()
        if take("]") { return true }
        while true {
            blanks()
            guard value(level: level) else { return false }
            blanks()
            if take("]") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func object(level: Int) -> Bool {
        var keys: Set<[UInt32]> = []
        blanks()
        if take("}") { return true }
        while true {
            blanks()
            guard let key = string(), keys.insert(key).inserted else { return false }
            blanks()
            guard take(":") else { return false }
            blanks()
            guard value(level: level) else { return false }
            blanks()
            if take("}") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func digits() -> Bool {
        let start = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        return at > start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    /// The code points of a string.
    private mutating func string() -> [UInt32]? {
        guard take("\"") else { return nil }
        var units: [UInt32] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == 0x22 { return units }
            if byte < 0x20 { return nil }
            guard byte == 0x5c else {
                units.append(UInt32(byte))
                continue
            }
            guard let unit = escape() else { return nil }
            if unit & 0xfc00 == 0xdc00 { return nil }
            guard unit & 0xfc00 == 0xd800 else {
                append(unit, to: &units)
                continue
            }
            guard take("\\"), at < bytes.count, bytes[at] == UInt8(ascii: "u"),
                let low = escape(), low & 0xfc00 == 0xdc00
            else { return nil }
            append(0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00), to: &units)
        }
        return nil
    }

    private func append(_ point: UInt32, to units: inout [UInt32]) {
        guard let scalar = Unicode.Scalar(point) else { return }
        for byte in Array(String(Character(scalar)).utf8) { units.append(UInt32(byte)) }
    }

    private mutating func escape() -> UInt32? {
        for (letter, meaning) in [
            ("\"", 0x22), ("\\", 0x5c), ("/", 0x2f), ("b", 8), ("f", 12), ("n", 10), ("r", 13),
            ("t", 9),
        ] where take(letter) { return UInt32(meaning) }
        guard take("u"), at + 4 <= bytes.count else { return nil }
        let hex = String(decoding: bytes[at..<at + 4], as: UTF8.self)
        guard hex.utf8.count == 4, hex.allSatisfy({ $0.isHexDigit && $0.isASCII }) else {
            return nil
        }
        at += 4
        return UInt32(hex, radix: 16)
    }
}
