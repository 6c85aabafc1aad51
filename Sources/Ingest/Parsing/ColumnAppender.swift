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
    private var offsets: [UInt32] = [0]
    private var bytes: [UInt8] = []
    private var elementOffsets: [UInt32] = [0]
    private var validity = Bitmap(count: 0)
    private var nullCount = 0

    init(_ column: ColumnDefinition) {
        type = column.type
        defaultValue = column.defaultValue
    }

    /// Makes room for `runCount` runs like this one and a sixteenth more, so that a column neither
    /// moves while it grows nor keeps twice its size while its rows are live. Only a guess: columns
    /// grow past it.
    mutating func reserve(runCount: Int, like slots: Span<Slot>) {
        let rowCount = Self.withSlack(runCount * slots.count)
        switch type {
        case .boolean: booleans.reserveCapacity(rowCount)
        case .bigint, .timestamp, .date, .decimal:
            if type.layout == .integers {
                integers.reserveCapacity(rowCount)
            } else {
                wideIntegers.reserveCapacity(rowCount)
            }
        case .double: doubles.reserveCapacity(rowCount)
        case .varchar, .json:
            offsets.reserveCapacity(rowCount + 1)
            var byteCount = 0
            for row in slots.indices where slots[row].isText {
                byteCount &+= slots[row].range.count
            }
            bytes.reserveCapacity(Self.withSlack(runCount * byteCount))
        case .array: elementOffsets.reserveCapacity(rowCount + 1)
        }
    }

    private static func withSlack(_ count: Int) -> Int { count + count / 16 }

    /// Adds a run of rows; the ranges of `slots` lie in `body`.
    mutating func append(_ slots: Span<Slot>, of body: Span<UInt8>) {
        switch type {
        case .boolean:
            for row in slots.indices { appendBoolean(slots[row]) }
        case .bigint, .timestamp, .date, .decimal:
            if type.layout == .integers {
                for row in slots.indices { appendInteger(slots[row]) }
            } else {
                for row in slots.indices { appendWide(slots[row]) }
            }
        case .double:
            for row in slots.indices { appendDouble(slots[row]) }
        case .varchar, .json:
            reserveBytes(slots)
            for row in slots.indices { appendText(slots[row], body) }
        case .array(let element):
            for row in slots.indices { appendArray(slots[row], element, body) }
        }
    }

    @inline(__always)
    private mutating func finishRow(isNull: Bool) {
        if isNull, nullCount == 0 { validity = Bitmap(repeating: true, count: count) }
        if isNull { nullCount &+= 1 }
        if nullCount > 0 { validity.append(!isNull) }
        count &+= 1
    }

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

    /// Makes room for the texts of a run at once, at least doubling, so that room is made rarely.
    private mutating func reserveBytes(_ slots: Span<Slot>) {
        var total = bytes.count
        for row in slots.indices where slots[row].isText { total &+= slots[row].range.count }
        if total > bytes.capacity { bytes.reserveCapacity(max(total, bytes.capacity * 2)) }
    }

    private mutating func appendText(_ slot: Slot, _ body: Span<UInt8>) {
        switch slot.kind {
        case .plainString: bytes.append(copying: body.extracting(slot.range))
        case .escapedString:
            JSONEscapes.appendUnescaped(body.extracting(slot.range), to: &bytes)
        case .json: JSONEscapes.appendCompact(body.extracting(slot.range), to: &bytes)
        case .absent, .null, .number, .array:
            switch defaultValue {
            case .varchar(let text), .json(let text): bytes.append(contentsOf: text.bytes)
            default:
                offsets.append(UInt32(truncatingIfNeeded: bytes.count))
                return finishRow(isNull: true)
            }
        }
        offsets.append(UInt32(truncatingIfNeeded: bytes.count))
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
                case .varchar(let text):
                    bytes.append(contentsOf: text.bytes)
                    offsets.append(UInt32(truncatingIfNeeded: bytes.count))
                default: break
                }
            }
        }
        let elementCount = element == .bigint ? integers.count : offsets.count - 1
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
                scanner.appendPlain(token, to: &bytes)
                offsets.append(UInt32(truncatingIfNeeded: bytes.count))
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

    /// The column collected.
    func finish() -> Column {
        let values: Column.Values =
            switch type {
            case .boolean: .booleans(booleans)
            case .bigint, .timestamp, .date, .decimal:
                type.layout == .integers ? .integers(integers) : .wideIntegers(wideIntegers)
            case .double: .doubles(doubles)
            case .varchar, .json: .strings(StringVector(offsets: offsets, bytes: bytes))
            case .array(.varchar):
                .arrays(
                    offsets: elementOffsets,
                    elements: Column(
                        type: .varchar,
                        values: .strings(StringVector(offsets: offsets, bytes: bytes))))
            case .array(.bigint):
                .arrays(
                    offsets: elementOffsets,
                    elements: Column(type: .bigint, values: .integers(integers)))
            }
        return Column(type: type, values: values, validity: nullCount == 0 ? nil : validity)
    }
}
