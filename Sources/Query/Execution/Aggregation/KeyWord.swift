import Segments

/// How values become the words by which groups and sets tell them apart.
enum KeyWord {
    /// The word of an integer.
    @inline(__always)
    static func word(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }

    /// The word of a boolean.
    @inline(__always)
    static func word(_ value: UInt8) -> UInt64 { UInt64(value) }

    /// The word of a double: one for all NaNs, one for both zeros.
    @inline(__always)
    static func word(_ value: Double) -> UInt64 {
        (value.isNaN ? Double.nan : value + 0).bitPattern
    }

    /// The values behind words; what `validity` leaves out has the word 0.
    static func column(_ words: [UInt64], _ type: LogicalType, _ validity: Bitmap?) -> Column {
        switch type.layout {
        case .integers: .integers(words.map { Int64(bitPattern: $0) }, type, validity)
        case .booleans: .booleans(words.map { UInt8(truncatingIfNeeded: $0) }, validity)
        case .doubles: .doubles(words.map { Double(bitPattern: $0) }, type, validity)
        case .strings, .wideIntegers, .arrays: preconditionFailure("\(type) is not kept in words")
        }
    }
}

extension Value {
    /// The bytes by which values that are no words are told apart.
    var keyBytes: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// The value behind bytes: a string's own, else `keyBytes`.
    init(keyBytes bytes: Span<UInt8>, of type: LogicalType) {
        let copy = [UInt8](copying: bytes)
        switch type {
        case .varchar: self = .varchar(Text(bytes: copy))
        case .json: self = .json(Text(bytes: copy))
        default:
            var reader = ByteReader(copy)
            guard let value = try? Value(from: &reader) else {
                preconditionFailure("a value reads back as it was written")
            }
            self = value
        }
    }
}
