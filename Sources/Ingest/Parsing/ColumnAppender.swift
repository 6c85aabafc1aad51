import Segments

/// Collects one column of a body, a run of slots at a time.
struct ColumnAppender {
    private let type: LogicalType
    private let defaultValue: Value
    private var count = 0
    private var booleans: [UInt8] = []
    private var integers: [Int64] = []
    private var wideIntegers: [Int128] = []
    private var doubles: [Double] = []
    private var text: TextAppender
    private var elementOffsets: [UInt32] = [0]
    private var validity = Bitmap(count: 0)
    private var nullCount = 0

    /// - Parameter isID: Whether no value is expected twice, so that a dictionary has no use.
    init(_ column: ColumnDefinition, isID: Bool) {
        type = column.type
        defaultValue = column.defaultValue
        text = TextAppender(mayCode: column.type.layout == .strings && !isID)
    }

    /// Makes room for `runCount` runs like this one and a little more (see `TextAppender`).
    mutating func reserve(runCount: Int, like slots: Span<Slot>) {
        let rowCount = runCount * slots.count
        let room = rowCount + rowCount / 16
        switch type {
        case .boolean: booleans.reserveCapacity(room)
        case .bigint, .timestamp, .date, .decimal:
            if type.layout == .integers {
                integers.reserveCapacity(room)
            } else {
                wideIntegers.reserveCapacity(room)
            }
        case .double: doubles.reserveCapacity(room)
        case .varchar, .json: text.reserve(runCount: runCount, like: slots)
        case .array: elementOffsets.reserveCapacity(room + 1)
        }
    }

    /// Adds a run of rows; the ranges of `slots` lie in `body`.
    mutating func append(_ slots: Span<Slot>, of body: Span<UInt8>) {
        switch type {
        case .boolean:
            for row in slots.indices { appendBoolean(slots[row]) }
        case .bigint, .timestamp, .date, .decimal:
            if type.layout == .integers {
                appendIntegers(slots)
            } else {
                for row in slots.indices { appendWide(slots[row]) }
            }
        case .double:
            for row in slots.indices { appendDouble(slots[row]) }
        case .varchar, .json:
            appendTexts(slots, body)
        case .array(let element):
            for row in slots.indices { appendArray(slots[row], element, body) }
        }
    }

    @inline(__always)
    private static func areAll(_ slots: Span<Slot>, _ kind: Slot.Kind) -> Bool {
        for row in slots.indices where slots[row].kind != kind { return false }
        return true
    }

    /// Counts rows of which none is NULL.
    private mutating func finishRows(_ added: Int) {
        if nullCount > 0 { for _ in 0..<added { validity.append(true) } }
        count &+= added
    }

    @inline(__always)
    private mutating func finishRow(isNull: Bool) {
        if isNull, nullCount == 0 { validity = Bitmap(repeating: true, count: count) }
        if isNull { nullCount &+= 1 }
        if nullCount > 0 { validity.append(!isNull) }
        count &+= 1
    }

    // MARK: Numbers

    private mutating func appendBoolean(_ slot: Slot) {
        if slot.kind == .number {
            booleans.append(UInt8(truncatingIfNeeded: slot.low))
            return finishRow(isNull: false)
        }
        if case .boolean(let value) = defaultValue {
            booleans.append(value ? 1 : 0)
            return finishRow(isNull: false)
        }
        booleans.append(0)
        finishRow(isNull: true)
    }

    private mutating func appendIntegers(_ slots: Span<Slot>) {
        guard Self.areAll(slots, .number) else {
            for row in slots.indices { appendInteger(slots[row]) }
            return
        }
        integers.append(addingCapacity: slots.count) { added in
            for row in slots.indices { added.append(slots[row].low) }
        }
        finishRows(slots.count)
    }

    private mutating func appendInteger(_ slot: Slot) {
        if slot.kind == .number {
            integers.append(slot.low)
            return finishRow(isNull: false)
        }
        switch defaultValue {
        case .bigint(let value), .timestamp(let value), .date(let value): integers.append(value)
        case .decimal(let value): integers.append(Int64(truncatingIfNeeded: value.unscaled))
        default: integers.append(0)
        }
        finishRow(isNull: defaultValue.isNull)
    }

    private mutating func appendWide(_ slot: Slot) {
        if slot.kind == .number {
            wideIntegers.append(slot.wide)
            return finishRow(isNull: false)
        }
        if case .decimal(let value) = defaultValue {
            wideIntegers.append(value.unscaled)
        } else {
            wideIntegers.append(0)
        }
        finishRow(isNull: defaultValue.isNull)
    }

    private mutating func appendDouble(_ slot: Slot) {
        if slot.kind == .number {
            doubles.append(Double(bitPattern: UInt64(bitPattern: slot.low)))
            return finishRow(isNull: false)
        }
        if case .double(let value) = defaultValue {
            doubles.append(value)
        } else {
            doubles.append(0)
        }
        finishRow(isNull: defaultValue.isNull)
    }

    // MARK: Texts

    private mutating func appendTexts(_ slots: Span<Slot>, _ body: Span<UInt8>) {
        guard Self.areAll(slots, .plainString) else {
            for row in slots.indices { appendText(slots[row], body) }
            return
        }
        text.appendPlain(slots, of: body)
        finishRows(slots.count)
    }

    private mutating func appendText(_ slot: Slot, _ body: Span<UInt8>) {
        switch slot.kind {
        case .plainString: text.append(body.extracting(slot.range))
        case .escapedString: text.append(escaped: body.extracting(slot.range))
        case .json: text.append(json: body.extracting(slot.range))
        case .absent, .null, .number, .array:
            switch defaultValue {
            case .varchar(let value), .json(let value): text.append(value.bytes.span)
            default:
                text.appendNull()
                return finishRow(isNull: true)
            }
        }
        finishRow(isNull: false)
    }

    private mutating func appendArray(
        _ slot: Slot, _ element: LogicalType.ArrayElement, _ body: Span<UInt8>
    ) {
        if slot.kind == .array {
            appendElements(element, body.extracting(slot.range))
        } else if case .array(let values) = defaultValue {
            for value in values {
                switch value {
                case .bigint(let value): integers.append(value)
                case .varchar(let value): text.append(value.bytes.span)
                default: break
                }
            }
        }
        let elementCount = element == .bigint ? integers.count : text.count
        elementOffsets.append(UInt32(truncatingIfNeeded: elementCount))
        finishRow(isNull: slot.kind != .array && defaultValue.isNull)
    }

    /// Adds the elements of an array text that has been checked.
    private mutating func appendElements(
        _ element: LogicalType.ArrayElement, _ array: Span<UInt8>
    ) {
        var scanner = JSONScanner(array, crossesLines: true)
        scanner.position = 1
        while true {
            scanner.skipBlanks()
            let next = scanner.peek
            if next == UInt8(ascii: ",") {
                scanner.position &+= 1
            } else if next == UInt8(ascii: "\""), let token = try? scanner.scanString() {
                if token.hasEscapes {
                    text.append(escaped: array.extracting(token.range))
                } else {
                    text.append(array.extracting(token.range))
                }
            } else if next != UInt8(ascii: "]"), let number = try? scanner.scanNumber(),
                case .value(let value) = number.integer(in: array)
            {
                integers.append(value)
            } else {
                assert(next == UInt8(ascii: "]"), "the scanner let a bad array pass")
                return
            }
        }
    }

    // MARK: The column

    /// The column collected.
    func finish() -> Column {
        let values: Column.Values =
            switch type {
            case .boolean: .booleans(booleans)
            case .bigint, .timestamp, .date, .decimal:
                type.layout == .integers ? .integers(integers) : .wideIntegers(wideIntegers)
            case .double: .doubles(doubles)
            case .varchar, .json: text.finish()
            case .array(.varchar):
                .arrays(
                    offsets: elementOffsets,
                    elements: Column(type: .varchar, values: text.finish()))
            case .array(.bigint):
                .arrays(
                    offsets: elementOffsets,
                    elements: Column(type: .bigint, values: .integers(integers)))
            }
        return Column(type: type, values: values, validity: nullCount == 0 ? nil : validity)
    }
}
