import Segments

/// Puts rows of several columns of one type one after the other.
///
/// Codes of one dictionary or of one pattern stay codes; as soon as another one or plain strings
/// join, all become plain strings.
struct ColumnAppender {
    private let type: LogicalType
    private var booleans: [UInt8] = []
    private var integers: [Int64] = []
    private var wideIntegers: [Int128] = []
    private var doubles: [Double] = []
    private var strings = StringVector()
    private var codes: [UInt32] = []
    private var dictionary: StringDictionary?
    private var packed: [UInt64] = []
    private var widePacked: [UInt128] = []
    private var pattern: TextPattern?
    private var others: ColumnBuilder?
    private var validity = Bitmap(count: 0)
    private var hasNulls = false
    private(set) var count = 0

    /// An appender of columns of that type.
    init(_ type: LogicalType) { self.type = type }

    /// An appender with room for `count` numbers.
    init(_ type: LogicalType, reserving count: Int) {
        self.type = type
        switch type.layout {
        case .integers: integers.reserveCapacity(count)
        case .wideIntegers: wideIntegers.reserveCapacity(count)
        case .doubles: doubles.reserveCapacity(count)
        case .booleans, .strings, .arrays: break
        }
    }

    /// Adds all rows of `column`.
    mutating func append(_ column: Column) {
        appendValidity(column, nil)
        switch column.values {
        case .booleans(let values): booleans.append(contentsOf: values)
        case .integers(let values): integers.append(contentsOf: values)
        case .wideIntegers(let values): wideIntegers.append(contentsOf: values)
        case .doubles(let values): doubles.append(contentsOf: values)
        case .codes(let values, let dictionary) where takesCodes(of: dictionary):
            codes.append(contentsOf: values)
        case .packedTexts(let codes, let pattern) where takesPackedTexts(of: pattern):
            packed.append(contentsOf: codes)
        case .widePackedTexts(let codes, let pattern) where takesPackedTexts(of: pattern):
            widePacked.append(contentsOf: codes)
        case .strings, .codes, .packedTexts, .widePackedTexts:
            appendStrings(TextOperand(column), 0..<column.count)
        case .arrays: appendArrays(column, 0..<column.count)
        }
        count += column.count
    }

    /// Adds the rows of `column` at `rows`, in that order.
    mutating func append(_ column: Column, rows: [Int32]) {
        append(column.gather(rows))
    }

    /// Adds one row of `column`.
    mutating func append(_ column: Column, row: Int) {
        appendValidity(column, row)
        switch column.values {
        case .booleans(let values): booleans.append(values[row])
        case .integers(let values): integers.append(values[row])
        case .wideIntegers(let values): wideIntegers.append(values[row])
        case .doubles(let values): doubles.append(values[row])
        case .codes(let values, let dictionary) where takesCodes(of: dictionary):
            codes.append(values[row])
        case .packedTexts(let codes, let pattern) where takesPackedTexts(of: pattern):
            packed.append(codes[row])
        case .widePackedTexts(let codes, let pattern) where takesPackedTexts(of: pattern):
            widePacked.append(codes[row])
        case .strings, .codes: appendStrings(TextOperand(column), row..<row + 1)
        case .packedTexts, .widePackedTexts:
            appendStrings(TextOperand(column.gather([Int32(truncatingIfNeeded: row)])), 0..<1)
        case .arrays: appendArrays(column, row..<row + 1)
        }
        count += 1
    }

    /// The column of everything added.
    func finish() -> Column {
        let validity = hasNulls ? validity : nil
        func made(_ values: Column.Values) -> Column {
            Column(type: type, values: values, validity: validity)
        }
        switch type.layout {
        case .booleans: return made(.booleans(booleans))
        case .integers: return made(.integers(integers))
        case .wideIntegers: return made(.wideIntegers(wideIntegers))
        case .doubles: return made(.doubles(doubles))
        case .strings:
            if let dictionary { return made(.codes(codes, dictionary)) }
            if let pattern {
                return made(
                    pattern.isWide
                        ? .widePackedTexts(widePacked, pattern) : .packedTexts(packed, pattern))
            }
            return made(.strings(strings))
        case .arrays: return (others ?? ColumnBuilder(type: type)).finish()
        }
    }

    /// An estimate of the bytes held.
    var memoryBytes: Int {
        booleans.count + integers.count * 8 + wideIntegers.count * 16 + doubles.count * 8
            + strings.bytes.count + strings.count * 4 + codes.count * 4
            + packed.count * 8 + widePacked.count * 16
            + (others?.memoryBytes ?? 0) + count / 8
    }

    private mutating func appendValidity(_ column: Column, _ row: Int?) {
        if !hasNulls {
            guard column.validity != nil else { return }
            validity = Bitmap(repeating: true, count: count)
            hasNulls = true
        }
        for row in row.map({ $0..<$0 + 1 }) ?? 0..<column.count {
            validity.append(!column.isNull(row))
        }
    }

    private mutating func takesCodes(of other: StringDictionary) -> Bool {
        if count == 0 {
            dictionary = other
            pattern = nil
        }
        return dictionary === other
    }

    private mutating func takesPackedTexts(of other: TextPattern) -> Bool {
        if count == 0 {
            pattern = other
            dictionary = nil
        }
        return pattern == other
    }

    private mutating func appendStrings(_ texts: TextOperand, _ rows: Range<Int>) {
        if let dictionary {
            let coded = TextOperand(Column(type: type, values: .codes(codes, dictionary)))
            for row in codes.indices { strings.append(coded.span(at: row)) }
            codes = []
            self.dictionary = nil
        }
        if let pattern {
            let valid = hasNulls ? validity.slice(0..<count) : nil
            strings =
                pattern.isWide ? pattern.unpack(widePacked, valid) : pattern.unpack(packed, valid)
            packed = []
            widePacked = []
            self.pattern = nil
        }
        for row in rows { strings.append(texts.span(at: row)) }
    }

    private mutating func appendArrays(_ column: Column, _ rows: Range<Int>) {
        let builder = others ?? ColumnBuilder(type: type)
        for row in rows { builder.append(column.value(at: row)) }
        others = builder
    }
}
