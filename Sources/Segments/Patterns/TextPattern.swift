/// What texts of one fixed length have in common: at each place either one byte or an alphabet.
///
/// ```
/// ORD-20260901-DVH3GPVJ     ORD-202609 dd - bbbbbbbb      d: a digit, 4 bits
/// ORD-20260902-M1C5BDHC                                    b: base 32, 5 bits      48 bits
/// ```
///
/// A text that fits becomes an unsigned integer, its *code*: the numbers of its bytes in their
/// alphabets, the first byte's in the highest bits; constants take none. Codes of one pattern are
/// equal where the texts are, and order as the texts do, so that filters, groups and joins work on
/// integers. Not every integer below 2^`bitCount` is a code: 4 bits hold 16 numbers, digits are 10.
///
/// A class for its identity; equality is by content.
public final class TextPattern: Sendable {
    /// One place of the text.
    public enum Position: Hashable, Sendable {
        /// Always this byte; no bits.
        case constant(UInt8)
        /// One byte of an alphabet.
        case symbol(TextAlphabet)
    }

    /// A place that is not constant.
    struct Field: Sendable {
        /// Where in the text.
        let byteOffset: UInt8
        /// Where its number begins in the code, from the lowest bit.
        let shift: UInt8
        let bitCount: UInt8
        /// The alphabet's raw value.
        let alphabet: UInt8
    }

    /// The lowest bits of fields, by how many numbers their alphabets have.
    struct UnusedNumbers: Sendable {
        /// Digits: 10 of 16.
        var digits: UInt128 = 0
        /// 6 of 8.
        var hexLetters: UInt128 = 0
        /// 22 of 32.
        var base32Letters: UInt128 = 0
        /// 26 of 32.
        var letters: UInt128 = 0

        var isEmpty: Bool { digits | hexLetters | base32Letters | letters == 0 }

        fileprivate mutating func add(_ alphabet: TextAlphabet, _ shift: Int) {
            let bit = UInt128(1) << UInt128(shift)
            switch alphabet {
            case .digits: digits |= bit
            case .lowerHexLetters, .upperHexLetters: hexLetters |= bit
            case .lowerBase32Letters, .upperBase32Letters: base32Letters |= bit
            case .lowerLetters, .upperLetters: letters |= bit
            case .lowerHex, .upperHex, .lowerBase32, .upperBase32, .urlSafe, .ascii: break
            }
        }
    }

    /// One per byte of the text.
    public let positions: [Position]
    /// Bits of a code: 0 to 128.
    public let bitCount: Int
    /// The places that are not constant, in the order of the text.
    let fields: [Field]
    /// The constants; zero at the other places.
    let template: [UInt8]
    /// 255 where `template` holds a constant, else zero.
    let constantMask: [UInt8]
    /// The lowest bit of each field whose alphabet leaves numbers unused.
    let unusedNumbers: UnusedNumbers

    /// The most bytes of a text.
    public static let maximumByteCount = 255
    /// The most bits of a code.
    public static let maximumBitCount = 128

    /// A pattern of these places; `nil` where a code would not fit 128 bits, where there are too
    /// many places, or where the constants cannot be part of valid UTF-8.
    public init?(_ positions: [Position]) {
        guard positions.count <= Self.maximumByteCount else { return nil }
        var bitCount = 0
        var sample: [UInt8] = []
        for position in positions {
            switch position {
            case .constant(let byte): sample.append(byte)
            case .symbol(let alphabet):
                bitCount += alphabet.bitCount
                sample.append(UInt8(ascii: "a"))
            }
        }
        guard bitCount <= Self.maximumBitCount,
            String(validating: sample, as: UTF8.self) != nil
        else { return nil }
        self.positions = positions
        self.bitCount = bitCount
        var fields: [Field] = []
        var template = [UInt8](repeating: 0, count: positions.count)
        var constantMask = template
        var shift = bitCount
        var unused = UnusedNumbers()
        for (offset, position) in positions.enumerated() {
            switch position {
            case .constant(let byte):
                template[offset] = byte
                constantMask[offset] = 0xff
            case .symbol(let alphabet):
                shift -= alphabet.bitCount
                fields.append(
                    Field(
                        byteOffset: UInt8(offset), shift: UInt8(shift),
                        bitCount: UInt8(alphabet.bitCount), alphabet: alphabet.rawValue))
                unused.add(alphabet, shift)
            }
        }
        self.fields = fields
        self.template = template
        self.constantMask = constantMask
        unusedNumbers = unused
    }

    /// Bytes of every text.
    public var byteCount: Int { positions.count }

    /// Whether codes need more than 64 bits.
    public var isWide: Bool { bitCount > 64 }
}

extension TextPattern: Hashable {
    /// Whether the places are the same.
    public static func == (one: TextPattern, other: TextPattern) -> Bool {
        one === other || one.positions == other.positions
    }

    /// Hashes the places.
    public func hash(into hasher: inout Hasher) { hasher.combine(positions) }
}

extension TextPattern: CustomStringConvertible {
    /// The constants, with each run of one alphabet as `<base32 × 8>`.
    public var description: String {
        var result = ""
        var offset = 0
        while offset < positions.count {
            switch positions[offset] {
            case .constant:
                let end = positions[offset...].firstIndex {
                    if case .symbol = $0 { true } else { false }
                }
                result += String(
                    decoding: template[offset..<(end ?? positions.count)], as: UTF8.self)
                offset = end ?? positions.count
            case .symbol(let alphabet):
                let end = positions[offset...].firstIndex { $0 != positions[offset] }
                result += "<\(alphabet) × \((end ?? positions.count) - offset)>"
                offset = end ?? positions.count
            }
        }
        return result
    }
}

/// The pattern's byte form in the footer: u8 count of places, then for each u8 alphabet, or 0 and
/// the constant.
extension TextPattern {
    func encode(into writer: inout ByteWriter) {
        writer.append(UInt8(positions.count))
        for position in positions {
            switch position {
            case .constant(let byte):
                writer.append(UInt8(0))
                writer.append(byte)
            case .symbol(let alphabet): writer.append(alphabet.rawValue)
            }
        }
    }

    static func decode(from reader: inout ByteReader) throws(ByteError) -> TextPattern {
        let at = reader.byteOffset
        let count = try reader.readUInt8()
        var positions: [Position] = []
        for _ in 0..<count {
            let code = try reader.readUInt8()
            if code == 0 {
                positions.append(.constant(try reader.readUInt8()))
            } else if let alphabet = TextAlphabet(rawValue: code) {
                positions.append(.symbol(alphabet))
            } else {
                throw .invalid("alphabet", byteOffset: at)
            }
        }
        guard let pattern = TextPattern(positions) else {
            throw .invalid("text pattern", byteOffset: at)
        }
        return pattern
    }
}
