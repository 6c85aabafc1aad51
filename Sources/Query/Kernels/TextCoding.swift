import Segments

/// Bytes written in letters: base 64 (RFC 4648) and hexadecimal.
public enum TextCoding: String, Hashable, Sendable, CaseIterable {
    case base64 = "BASE64"
    case hexadecimal = "HEX"

    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends the letters for some bytes.
    func append(encoding bytes: Span<UInt8>, to result: inout StringVector) {
        guard self == .base64 else {
            for index in 0..<bytes.count {
                result.append(byte: Self.digits[Int(bytes[index] >> 4)])
                result.append(byte: Self.digits[Int(bytes[index] & 15)])
            }
            return
        }
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 {
                group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0)
            }
            for index in 0..<4 {
                let letter = Self.letters[Int(group >> UInt32(18 - 6 * index)) & 63]
                result.append(byte: index <= count ? letter : UInt8(ascii: "="))
            }
        }
    }

    /// The bytes that letters stand for; `nil` where they stand for none.
    func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        self == .base64 ? Self.decodedBase64(text) : Self.decodedHexadecimal(text)
    }

    private static func decodedHexadecimal(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 2) {
            guard let high = digits.firstIndex(of: text[start] | 0x20),
                let low = digits.firstIndex(of: text[start + 1] | 0x20)
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    private static func decodedBase64(_ text: Span<UInt8>) -> [UInt8]? {
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        guard count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        var (group, bits): (UInt32, UInt32) = (0, 0)
        for index in 0..<count {
            let value: UInt32
            switch text[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(text[index] - 65)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(text[index] - 71)
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(text[index] + 4)
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: return nil
            }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        return bytes
    }
}
