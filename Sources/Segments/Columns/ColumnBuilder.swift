/// Collects the values of one column, row by row.
///
/// The caller appends what fits the column's layout; anything else is a programmer's error.
public final class ColumnBuilder {
    /// What SQL calls the values.
    public let type: LogicalType
    /// Rows appended so far.
    public private(set) var count = 0

    private let layout: ColumnLayout
    private var booleans: [UInt8] = []
    private var integers: [Int64] = []
    private var wideIntegers: [Int128] = []
    private var doubles: [Double] = []
    private var strings = StringVector()
    private var arrayOffsets: [UInt32] = [0]
    private let elements: ColumnBuilder?
    private var validity = Bitmap(count: 0)
    private var nullCount = 0

    /// An empty builder.
    public init(type: LogicalType) {
        self.type = type
        layout = type.layout
        switch type {
        case .array(.varchar): elements = ColumnBuilder(type: .varchar)
        case .array(.bigint): elements = ColumnBuilder(type: .bigint)
        default: elements = nil
        }
    }

    /// Makes room for `count` rows in all.
    public func reserve(_ count: Int) {
        switch layout {
        case .booleans: booleans.reserveCapacity(count)
        case .integers: integers.reserveCapacity(count)
        case .wideIntegers: wideIntegers.reserveCapacity(count)
        case .doubles: doubles.reserveCapacity(count)
        case .strings: strings.reserve(count: count, byteCount: count * 16)
        case .arrays: arrayOffsets.reserveCapacity(count + 1)
        }
    }

    /// Bytes held by the values, for memory accounting.
    public var memoryBytes: Int {
        booleans.count + integers.count * 8 + wideIntegers.count * 16 + doubles.count * 8
            + strings.bytes.count + strings.count * 4 + arrayOffsets.count * 4
            + (elements?.memoryBytes ?? 0) + count / 8
    }

    private func finishRow(isValid: Bool = true) {
        if !isValid, nullCount == 0 { validity = Bitmap(repeating: true, count: count) }
        if !isValid { nullCount += 1 }
        if nullCount > 0 { validity.append(isValid) }
        count += 1
    }

    /// Adds a NULL row.
    public func appendNull() {
        switch layout {
        case .booleans: booleans.append(0)
        case .integers: integers.append(0)
        case .wideIntegers: wideIntegers.append(0)
        case .doubles: doubles.append(0)
        case .strings: strings.finishString()
        case .arrays: arrayOffsets.append(arrayOffsets[arrayOffsets.count - 1])
        }
        finishRow(isValid: false)
    }

    /// Adds a row to a `booleans` column.
    public func append(boolean: Bool) {
        booleans.append(boolean ? 1 : 0)
        finishRow()
    }

    /// Adds a row to an `integers` column, in the type's own unit.
    public func append(integer: Int64) {
        integers.append(integer)
        finishRow()
    }

    /// Adds a row to a `wideIntegers` column.
    public func append(wideInteger: Int128) {
        wideIntegers.append(wideInteger)
        finishRow()
    }

    /// Adds a row to a `doubles` column.
    public func append(double: Double) {
        doubles.append(double)
        finishRow()
    }

    /// Adds a row to a `strings` column; `bytes` is valid UTF-8.
    public func append(string bytes: Span<UInt8>) {
        strings.append(bytes)
        finishRow()
    }

    /// Adds a row to an `arrays` column whose elements were appended to `arrayElements` since the
    /// last row.
    public func finishArray() {
        arrayOffsets.append(UInt32(elements?.count ?? 0))
        finishRow()
    }

    /// Where the elements of an `arrays` column go, before `finishArray()`.
    public var arrayElements: ColumnBuilder {
        guard let elements else { preconditionFailure("\(type) has no elements") }
        return elements
    }

    /// Adds one value of the column's own type.
    ///
    /// - Precondition: `value` is NULL or of the column's type; decimals already have its scale.
    public func append(_ value: Value) {
        switch value {
        case .null: appendNull()
        case .boolean(let value): append(boolean: value)
        case .bigint(let value), .timestamp(let value), .date(let value): append(integer: value)
        case .double(let value): append(double: value)
        case .decimal(let value):
            precondition(value.scale == type.scale, "\(value) in a column of \(type)")
            if layout == .integers {
                append(integer: Int64(truncatingIfNeeded: value.unscaled))
            } else {
                append(wideInteger: value.unscaled)
            }
        case .varchar(let value), .json(let value): append(string: value.bytes.span)
        case .array(let values):
            for value in values { arrayElements.append(value) }
            finishArray()
        }
    }

    /// Takes back rows from the end, so that a refused row leaves no trace. O(rows removed) plus
    /// the bytes they hold.
    public func truncate(to newCount: Int) {
        precondition(newCount <= count)
        guard newCount < count else {
            if layout == .strings { strings.dropUnfinished() }
            if layout == .arrays, let elements {
                elements.truncate(to: Int(arrayOffsets[arrayOffsets.count - 1]))
            }
            return
        }
        let kept = finish().slice(0..<newCount)
        switch kept.values {
        case .booleans(let values): booleans = values
        case .integers(let values): integers = values
        case .wideIntegers(let values): wideIntegers = values
        case .doubles(let values): doubles = values
        case .strings(let values): strings = values
        case .codes, .packedTexts, .widePackedTexts:
            preconditionFailure("a builder holds no codes")
        case .arrays(let offsets, _):
            arrayOffsets = offsets
            elements?.truncate(to: Int(offsets[newCount]))
        }
        nullCount = kept.nullCount
        validity = kept.validity ?? Bitmap(count: 0)
        if nullCount == 0 { validity = Bitmap(count: 0) }
        count = newCount
    }

    /// The column built so far.
    public func finish() -> Column {
        let values: Column.Values =
            switch layout {
            case .booleans: .booleans(booleans)
            case .integers: .integers(integers)
            case .wideIntegers: .wideIntegers(wideIntegers)
            case .doubles: .doubles(doubles)
            case .strings: .strings(strings)
            case .arrays:
                .arrays(
                    offsets: arrayOffsets,
                    elements: elements?.finish() ?? Column(type: .varchar, values: .integers([])))
            }
        return Column(type: type, values: values, validity: nullCount == 0 ? nil : validity)
    }
}
