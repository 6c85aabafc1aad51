import Segments

/// What an expression gives for the rows of a batch.
enum Vector {
    /// The same value in every row.
    case constant(Value, LogicalType)
    /// One value per row.
    case column(Column)

    /// The type of the values.
    var type: LogicalType {
        switch self {
        case .constant(_, let type): type
        case .column(let column): column.type
        }
    }

    /// Whether every row is NULL for certain.
    var isNullConstant: Bool {
        if case .constant(.null, _) = self { true } else { false }
    }

    /// The rows with a value; `nil` for all. Not for a NULL constant.
    var validity: Bitmap? {
        if case .column(let column) = self { column.validity } else { nil }
    }

    /// The values written out for `count` rows.
    func column(count: Int) -> Column {
        switch self {
        case .column(let column): return column
        case .constant(let value, let type):
            if type.layout == .integers, let integer = Self.integer(value) {
                return Column(
                    type: type, values: .integers([Int64](repeating: integer, count: count)))
            }
            return Column.repeating(value, of: type, count: count)
        }
    }

    /// 64-bit integers; a value of the `integers` layout.
    var integers: Operand<Int64> {
        switch self {
        case .constant(let value, _): return .constant(Self.integer(value) ?? 0)
        case .column(let column):
            guard case .integers(let values) = column.values else {
                preconditionFailure("\(column.type) is not kept in 64 bits")
            }
            return .rows(values)
        }
    }

    /// Exact numbers in 128 bits, widened where they are kept in 64.
    var wideIntegers: Operand<Int128> {
        switch self {
        case .constant(.decimal(let decimal), _): return .constant(decimal.unscaled)
        case .constant(let value, _): return .constant(Int128(Self.integer(value) ?? 0))
        case .column(let column):
            if case .wideIntegers(let values) = column.values { return .rows(values) }
            guard case .rows(let values) = integers else { return .constant(0) }
            return .rows(values.map { Int128($0) })
        }
    }

    /// Doubles.
    var doubles: Operand<Double> {
        switch self {
        case .constant(.double(let value), _): return .constant(value)
        case .constant: return .constant(0)
        case .column(let column):
            guard case .doubles(let values) = column.values else {
                preconditionFailure("\(column.type) is not kept in doubles")
            }
            return .rows(values)
        }
    }

    /// Booleans as 0 and 1.
    var booleans: Operand<UInt8> {
        switch self {
        case .constant(let value, _): return .constant(value == .boolean(true) ? 1 : 0)
        case .column(let column):
            guard case .booleans(let values) = column.values else {
                preconditionFailure("\(column.type) is no BOOLEAN")
            }
            return .rows(values)
        }
    }

    /// Strings.
    var texts: TextOperand {
        switch self {
        case .constant(.varchar(let text), _), .constant(.json(let text), _):
            TextOperand(constant: text)
        case .constant: TextOperand(constant: Text(bytes: []))
        case .column(let column): TextOperand(column)
        }
    }

    /// What the `integers` layout holds for a value; `nil` where it holds none of its kind.
    static func integer(_ value: Value) -> Int64? {
        switch value {
        case .bigint(let value), .timestamp(let value), .date(let value): value
        case .decimal(let value): Int64(truncatingIfNeeded: value.unscaled)
        default: nil
        }
    }
}
