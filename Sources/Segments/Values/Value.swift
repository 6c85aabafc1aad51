/// One value of any type, for the cold paths: literals, parameters, defaults, single rows, tests.
///
/// Hot paths never see it; they work on `Column`s.
public enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case bigint(Int64)
    case double(Double)
    case decimal(Decimal)
    case varchar(Text)
    /// Microseconds since 1970, UTC.
    case timestamp(Int64)
    /// Days since 1970.
    case date(Int64)
    case json(Text)
    case array([Value])

    /// Whether the value is SQL's NULL.
    public var isNull: Bool { self == .null }

    /// The value's own type; `nil` for NULL, and for an empty array.
    public var type: LogicalType? {
        switch self {
        case .null: nil
        case .boolean: .boolean
        case .bigint: .bigint
        case .double: .double
        case .decimal(let decimal):
            .decimal(precision: LogicalType.maximumDecimalPrecision, scale: decimal.scale)
        case .varchar: .varchar
        case .timestamp: .timestamp
        case .date: .date
        case .json: .json
        case .array(let elements):
            switch elements.first(where: { !$0.isNull })?.type {
            case .varchar?: .array(.varchar)
            case .bigint?: .array(.bigint)
            default: nil
            }
        }
    }
}

extension Value: CustomStringConvertible {
    /// The value as a person reads it; strings without quotes, NULL as `NULL`.
    public var description: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "true" : "false"
        case .bigint(let value): String(value)
        case .double(let value): String(value)
        case .decimal(let value): value.description
        case .varchar(let value), .json(let value): value.string
        case .timestamp(let value): CivilTime.iso8601(microseconds: value)
        case .date(let value): CivilTime.isoDate(days: value)
        case .array(let elements):
            "[" + elements.map(\.description).joined(separator: ", ") + "]"
        }
    }
}

extension Value {
    /// The deepest nesting of a stored value: arrays hold scalars only.
    private static let maximumArrayCount = 1_000_000

    /// Appends the stable byte form: a code byte, then the payload.
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .null: writer.append(UInt8(0))
        case .boolean(let value):
            writer.append(UInt8(1))
            writer.append(UInt8(value ? 1 : 0))
        case .bigint(let value): writer.append(UInt8(2), value)
        case .double(let value):
            writer.append(UInt8(3), Int64(bitPattern: value.bitPattern))
        case .decimal(let value):
            writer.append(UInt8(4))
            writer.append(value.unscaled)
            writer.append(UInt8(truncatingIfNeeded: value.scale))
        case .varchar(let value):
            writer.append(UInt8(5))
            writer.append(lengthPrefixed: value.bytes)
        case .timestamp(let value): writer.append(UInt8(6), value)
        case .date(let value): writer.append(UInt8(7), value)
        case .json(let value):
            writer.append(UInt8(8))
            writer.append(lengthPrefixed: value.bytes)
        case .array(let elements):
            writer.append(UInt8(9))
            writer.append(UInt32(truncatingIfNeeded: elements.count))
            for element in elements { element.encode(into: &writer) }
        }
    }

    /// Reads what `encode(into:)` wrote; throws on an unknown code, bad UTF-8 or a nested array.
    public init(from reader: inout ByteReader) throws(ByteError) {
        try self.init(from: &reader, allowsArray: true)
    }

    private init(from reader: inout ByteReader, allowsArray: Bool) throws(ByteError) {
        let at = reader.byteOffset
        switch try reader.readUInt8() {
        case 0: self = .null
        case 1: self = .boolean(try reader.readUInt8() != 0)
        case 2: self = .bigint(try reader.readInt64())
        case 3: self = .double(Double(bitPattern: UInt64(bitPattern: try reader.readInt64())))
        case 4:
            let unscaled = try reader.readInt128()
            let scale = Int(try reader.readUInt8())
            guard scale <= LogicalType.maximumDecimalPrecision else {
                throw .invalid("decimal scale", byteOffset: at)
            }
            self = .decimal(Decimal(unscaled: unscaled, scale: scale))
        case 5: self = .varchar(Text(bytes: try reader.readLengthPrefixed()))
        case 6: self = .timestamp(try reader.readInt64())
        case 7: self = .date(try reader.readInt64())
        case 8: self = .json(Text(bytes: try reader.readLengthPrefixed()))
        case 9 where allowsArray:
            let count = try reader.readCount(limit: Self.maximumArrayCount)
            var elements: [Value] = []
            for _ in 0..<count {
                elements.append(try Value(from: &reader, allowsArray: false))
            }
            self = .array(elements)
        default: throw .invalid("value code", byteOffset: at)
        }
    }
}
