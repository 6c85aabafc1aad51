/// The bytes that may stand at one place of a `TextPattern`, numbered in the order of the bytes.
///
/// ASCII alone, so that whatever the numbers are, the text is valid UTF-8. What two alphabets share
/// is an alphabet or nothing, and stands before both: the first one that holds some bytes is the
/// smallest, and it does not matter in which order bytes turn up. The raw values are part of the
/// segment format and are never reused.
public enum TextAlphabet: UInt8, Hashable, Sendable, CaseIterable {
    /// `0` to `9`.
    case digits = 1
    /// `a` to `f`.
    case lowerHexLetters = 2
    /// `A` to `F`.
    case upperHexLetters = 3
    /// `0` to `9`, `a` to `f`.
    case lowerHex = 4
    /// `0` to `9`, `A` to `F`.
    case upperHex = 5
    /// `a` to `z` without `i`, `l`, `o`, `u`.
    case lowerBase32Letters = 6
    /// `A` to `Z` without `I`, `L`, `O`, `U`.
    case upperBase32Letters = 7
    /// Crockford's base 32 in lower case: digits, and letters as above.
    case lowerBase32 = 8
    /// Crockford's base 32 in upper case, as in ULIDs.
    case upperBase32 = 9
    /// `a` to `z`.
    case lowerLetters = 10
    /// `A` to `Z`.
    case upperLetters = 11
    /// Digits, letters, `-` and `_`: the alphabet of base64url.
    case urlSafe = 12
    /// Everything below 128.
    case ascii = 13

    /// The bits of a byte's number.
    public var bitCount: Int {
        switch self {
        case .lowerHexLetters, .upperHexLetters: 3
        case .digits, .lowerHex, .upperHex: 4
        case .lowerBase32Letters, .upperBase32Letters, .lowerBase32, .upperBase32, .lowerLetters,
            .upperLetters:
            5
        case .urlSafe: 6
        case .ascii: 7
        }
    }

    /// The bytes, ascending: the byte with number `n` is the `n`th.
    var bytes: [UInt8] {
        let digits = Array("0123456789".utf8)
        let lower = Array("abcdefghijklmnopqrstuvwxyz".utf8)
        let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        switch self {
        case .digits: return digits
        case .lowerHexLetters: return Array(lower.prefix(6))
        case .upperHexLetters: return Array(upper.prefix(6))
        case .lowerHex: return digits + lower.prefix(6)
        case .upperHex: return digits + upper.prefix(6)
        case .lowerBase32Letters: return lower.filter { !"ilou".utf8.contains($0) }
        case .upperBase32Letters: return upper.filter { !"ILOU".utf8.contains($0) }
        case .lowerBase32: return digits + TextAlphabet.lowerBase32Letters.bytes
        case .upperBase32: return digits + TextAlphabet.upperBase32Letters.bytes
        case .lowerLetters: return lower
        case .upperLetters: return upper
        case .urlSafe: return (digits + lower + upper + Array("-_".utf8)).sorted()
        case .ascii: return Array(0..<128)
        }
    }

    /// The bytes as a set: bit `b` for byte `b`.
    var set: UInt128 { bytes.reduce(0) { $0 | 1 << UInt128($1) } }

    /// The smallest alphabet that holds every byte of `set`.
    static func smallest(holding set: UInt128) -> TextAlphabet {
        for (alphabet, bytes) in AlphabetTables.sets where set & ~bytes == 0 { return alphabet }
        return .ascii
    }
}

/// All alphabets as tables, so that a byte and its number cost one load each.
enum AlphabetTables {
    /// Marks a byte that an alphabet does not have.
    static let absent: UInt8 = 0x80

    /// At `alphabet << 8 | byte` the byte's number, or `absent`.
    static let numbers: [UInt8] = {
        var numbers = [UInt8](repeating: absent, count: 14 << 8)
        for alphabet in TextAlphabet.allCases {
            for (number, byte) in alphabet.bytes.enumerated() {
                numbers[Int(alphabet.rawValue) << 8 | Int(byte)] = UInt8(number)
            }
        }
        return numbers
    }()

    /// At `alphabet << 7 | number` the byte; zero where there is none.
    static let bytes: [UInt8] = {
        var bytes = [UInt8](repeating: 0, count: 14 << 7)
        for alphabet in TextAlphabet.allCases {
            for (number, byte) in alphabet.bytes.enumerated() {
                bytes[Int(alphabet.rawValue) << 7 | number] = byte
            }
        }
        return bytes
    }()

    /// Numbers of more bits are not paired.
    static let pairedBitCount = 5

    /// At `alphabet << 10 | first number << bits | second number` both bytes, the first one lowest;
    /// zero where there are none.
    static let pairs: [UInt16] = {
        var pairs = [UInt16](repeating: 0, count: 14 << (2 * pairedBitCount))
        for alphabet in TextAlphabet.allCases where alphabet.bitCount <= pairedBitCount {
            for (first, low) in alphabet.bytes.enumerated() {
                for (second, high) in alphabet.bytes.enumerated() {
                    let number = first << alphabet.bitCount | second
                    pairs[Int(alphabet.rawValue) << (2 * pairedBitCount) | number] =
                        UInt16(high) << 8 | UInt16(low)
                }
            }
        }
        return pairs
    }()

    /// Alphabets as declared, with their bytes as sets.
    static let sets: [(TextAlphabet, UInt128)] = TextAlphabet.allCases.map { ($0, $0.set) }
}
