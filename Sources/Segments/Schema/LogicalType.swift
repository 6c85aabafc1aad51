/// The type of a column as SQL names it.
///
/// Money is `bigint` (minor units) or `decimal`; neither ever passes through `double`.
public enum LogicalType: Hashable, Sendable {
    case boolean
    case bigint
    case double
    /// `precision` total digits (1 to 38), of which `scale` (0 to `precision`) after the point.
    case decimal(precision: Int, scale: Int)
    case varchar
    /// Microseconds since 1970-01-01T00:00:00Z.
    case timestamp
    /// Days since 1970-01-01.
    case date
    /// A JSON text, kept without insignificant white space.
    case json
    case array(ArrayElement)

    /// What an array may hold.
    public enum ArrayElement: Hashable, Sendable {
        case varchar
        case bigint
    }

    /// The widest decimal: 38 digits fit 127 bits.
    public static let maximumDecimalPrecision = 38

    /// Decimals up to this many digits are kept in 64 bits, wider ones in 128.
    public static let narrowDecimalPrecision = 18

    /// How values of this type lie in memory.
    public var layout: ColumnLayout {
        switch self {
        case .boolean: .booleans
        case .bigint, .timestamp, .date: .integers
        case .decimal(let precision, _):
            precision <= Self.narrowDecimalPrecision ? .integers : .wideIntegers
        case .double: .doubles
        case .varchar, .json: .strings
        case .array: .arrays
        }
    }

    /// Whether values add up exactly (integers and decimals).
    public var isExactNumeric: Bool {
        switch self {
        case .bigint, .decimal: true
        default: false
        }
    }

    /// Whether arithmetic is defined.
    public var isNumeric: Bool { isExactNumeric || self == .double }

    /// Digits after the point of an exact number; 0 for integers and everything else.
    public var scale: Int {
        if case .decimal(_, let scale) = self { return scale }
        return 0
    }
}

extension LogicalType {
    /// Whether a column of the type may hold the value, as it is, in a form of its own.
    public func holds(_ value: Value) -> Bool {
        switch (self, value) {
        case (_, .null), (.boolean, .boolean), (.bigint, .bigint), (.double, .double),
            (.varchar, .varchar), (.timestamp, .timestamp), (.date, .date), (.json, .json):
            true
        case (.decimal(_, let scale), .decimal(let decimal)): decimal.scale == scale
        case (.array(.varchar), .array(let elements)): elements.allSatisfy { $0.type == .varchar }
        case (.array(.bigint), .array(let elements)): elements.allSatisfy { $0.type == .bigint }
        default: false
        }
    }

    /// Whether every value of this type is one of the other with the same unscaled integer: then
    /// what is stored need not be written again.
    ///
    /// BIGINT is 19 digits without any after the point; a DECIMAL takes more digits before the
    /// point, never after it.
    public func widens(to wider: LogicalType) -> Bool {
        switch (self, wider) {
        case (.bigint, .decimal(let precision, 0)): precision >= Self.bigintDigitCount
        case (.decimal(let old, let scale), .decimal(let new, let newScale)):
            scale == newScale && old < new
        default: false
        }
    }

    /// Every BIGINT has at most so many digits.
    public static let bigintDigitCount = 19
}

/// The forms in which a column's values lie in memory, one array each.
public enum ColumnLayout: Hashable, Sendable {
    case booleans, integers, wideIntegers, doubles, strings, arrays
}

extension LogicalType: CustomStringConvertible {
    /// The type as `CREATE TABLE` writes it, for example `DECIMAL(18,2)`.
    public var description: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .bigint: "BIGINT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .varchar: "VARCHAR"
        case .timestamp: "TIMESTAMP"
        case .date: "DATE"
        case .json: "JSON"
        case .array(.varchar): "VARCHAR ARRAY"
        case .array(.bigint): "BIGINT ARRAY"
        }
    }
}

extension LogicalType {
    /// Appends the type's stable byte form: one code byte, then precision and scale for decimals.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .boolean: writer.append(UInt8(1))
        case .bigint: writer.append(UInt8(2))
        case .double: writer.append(UInt8(3))
        case .decimal(let precision, let scale):
            writer.append(UInt8(4))
            writer.append(UInt8(truncatingIfNeeded: precision))
            writer.append(UInt8(truncatingIfNeeded: scale))
        case .varchar: writer.append(UInt8(5))
        case .timestamp: writer.append(UInt8(6))
        case .date: writer.append(UInt8(7))
        case .json: writer.append(UInt8(8))
        case .array(.varchar): writer.append(UInt8(9))
        case .array(.bigint): writer.append(UInt8(10))
        }
    }

    /// Reads the form that `encode(into:)` writes; throws on an unknown code or impossible decimal.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        switch try reader.readUInt8() {
        case 1: self = .boolean
        case 2: self = .bigint
        case 3: self = .double
        case 4:
            let precision = Int(try reader.readUInt8())
            let scale = Int(try reader.readUInt8())
            guard (1...Self.maximumDecimalPrecision).contains(precision), scale <= precision else {
                throw .invalid("decimal precision and scale", byteOffset: at)
            }
            self = .decimal(precision: precision, scale: scale)
        case 5: self = .varchar
        case 6: self = .timestamp
        case 7: self = .date
        case 8: self = .json
        case 9: self = .array(.varchar)
        case 10: self = .array(.bigint)
        default: throw .invalid("type code", byteOffset: at)
        }
    }
}
