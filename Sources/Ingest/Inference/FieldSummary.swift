import Segments

/// What the values of one field have been like so far, and the narrowest column that takes all of
/// them.
struct FieldSummary {
    /// What values can be.
    struct Kinds: OptionSet {
        let rawValue: UInt16
        static let boolean = Kinds(rawValue: 1)
        static let integer = Kinds(rawValue: 2)
        static let decimal = Kinds(rawValue: 4)
        static let double = Kinds(rawValue: 8)
        static let timestamp = Kinds(rawValue: 16)
        static let date = Kinds(rawValue: 32)
        static let text = Kinds(rawValue: 64)
        static let textArray = Kinds(rawValue: 128)
        static let integerArray = Kinds(rawValue: 256)
        static let emptyArray = Kinds(rawValue: 512)
        static let document = Kinds(rawValue: 1024)
    }

    private(set) var kinds: Kinds = []
    /// Rows with a value that is not null.
    private(set) var valueCount = 0
    private var wholeDigitCount = 0
    private var scale = 0

    /// More digits behind the point are those of a binary fraction: nobody keeps such money.
    private static let maximumScale = 9

    /// Notes a value of JSON.
    mutating func note(_ value: JSONValue) {
        guard value != .null else { return }
        valueCount += 1
        kinds.insert(kind(of: value))
    }

    /// Notes a field of CSV, which says what it is by its looks.
    mutating func note(csv text: [UInt8]) {
        valueCount += 1
        if text == Array("true".utf8) || text == Array("false".utf8) {
            kinds.insert(.boolean)
        } else if CSVTranslation.isNumber(text) {
            kinds.insert(kind(ofNumber: text))
        } else if let first = text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let document = try? JSONValue(parsing: text)
        {
            kinds.insert(kind(of: document))
        } else {
            kinds.insert(Self.kind(ofText: text))
        }
    }

    private mutating func kind(of value: JSONValue) -> Kinds {
        switch value {
        case .null, .object: .document
        case .boolean: .boolean
        case .number(let text): kind(ofNumber: text.bytes)
        case .string(let text): Self.kind(ofText: text.bytes)
        case .array(let elements): Self.kind(of: elements)
        }
    }

    private mutating func kind(ofNumber text: [UInt8]) -> Kinds {
        let hasExponent = text.contains { $0 | 0x20 == UInt8(ascii: "e") }
        guard !hasExponent, let decimal = Decimal(parsing: text) else { return .double }
        let digits = String(decimal.unscaled.magnitude).utf8.count
        wholeDigitCount = max(wholeDigitCount, digits - decimal.scale)
        scale = max(scale, decimal.scale)
        if decimal.scale == 0, Int64(exactly: decimal.unscaled) != nil { return .integer }
        return .decimal
    }

    private static func kind(ofText text: [UInt8]) -> Kinds {
        // Times and dates begin with a year.
        guard text.count >= 8, text[0] &- UInt8(ascii: "0") < 10 else { return .text }
        if CivilTime.parseDate(text.span) != nil { return .date }
        return CivilTime.parseTimestamp(text.span) != nil ? .timestamp : .text
    }

    private static func kind(of elements: [JSONValue]) -> Kinds {
        if elements.isEmpty { return .emptyArray }
        if elements.allSatisfy({ $0.string != nil }) { return .textArray }
        return elements.allSatisfy { $0.integer != nil } ? .integerArray : .document
    }

    /// The column's type.
    ///
    /// - Parameter isCSV: Whether everything could also be read as a text.
    func type(isCSV: Bool) -> LogicalType {
        switch kinds {
        case []: .varchar
        case .boolean: .boolean
        case .integer: .bigint
        case .date: .date
        case .timestamp, [.timestamp, .date]: .timestamp
        case .textArray, [.textArray, .emptyArray], .emptyArray: .array(.varchar)
        case .integerArray, [.integerArray, .emptyArray]: .array(.bigint)
        case _ where kinds.isSubset(of: [.integer, .decimal, .double]): numberType
        case _ where kinds.isSubset(of: [.text, .timestamp, .date]): .varchar
        default:
            isCSV && !kinds.isSubset(of: [.document, .textArray, .integerArray, .emptyArray])
                ? .varchar : .json
        }
    }

    private var numberType: LogicalType {
        guard !kinds.contains(.double), scale <= Self.maximumScale else { return .double }
        let precision = max(wholeDigitCount, 0) + scale
        if precision <= 18 { return .decimal(precision: 18, scale: scale) }
        guard precision <= LogicalType.maximumDecimalPrecision else { return .double }
        return .decimal(precision: LogicalType.maximumDecimalPrecision, scale: scale)
    }
}
