import Segments

/// Conversions of whole vectors.
///
/// What a conversion does is defined once, for single values, by `Value.converted(to:)`; the
/// frequent ones between numbers and times have loops of their own here.
enum CastKernels {
    /// `vector` as `type`; a value that does not convert is an error or NULL.
    static func cast(
        _ vector: Vector, to type: LogicalType, onFailure: CastFailure, at range: SourceRange,
        count: Int
    ) throws(QueryError) -> Vector {
        if vector.type == type { return vector }
        switch vector {
        case .constant(let value, _):
            return .constant(try convert(value, type, onFailure, range), type)
        case .column(let column):
            if let fast = cast(column, to: type) { return .column(fast) }
            let builder = ColumnBuilder(type: type)
            builder.reserve(count)
            for row in 0..<count {
                builder.append(try convert(column.value(at: row), type, onFailure, range))
            }
            return .column(builder.finish())
        }
    }

    private static func convert(
        _ value: Value, _ type: LogicalType, _ onFailure: CastFailure, _ range: SourceRange
    ) throws(QueryError) -> Value {
        if let converted = value.converted(to: type) { return converted }
        guard onFailure == .error else { return .null }
        throw QueryError(
            .invalidCast, "'\(value)' is no \(type)", at: range,
            hint: "TRY_CAST gives NULL for what does not convert")
    }

    /// Conversions that cannot fail for the values at hand; `nil` sends them the slow way.
    private static func cast(_ column: Column, to type: LogicalType) -> Column? {
        if let widened = DecimalKernels.widened(column, to: type) { return widened }
        switch (column.values, column.type, type) {
        case (.integers(let values), .bigint, .double):
            return .doubles(values.map { Double($0) }, type, column.validity)
        case (.integers(let values), .decimal(_, let scale), .double):
            let power = Double(Decimal.powersOfTen[scale])
            return .doubles(values.map { Double($0) / power }, type, column.validity)
        case (.integers(let values), .bigint, .decimal(_, 0)),
            (.integers(let values), .decimal(_, 0), .decimal(_, 0)):
            return decimals(values, type, column.validity)
        case (.integers(let values), .date, .timestamp):
            let bound = Int64.max / CivilTime.microsecondsPerDay
            guard values.allSatisfy({ $0.magnitude < bound }) else { return nil }
            return .integers(
                values.map { $0 &* CivilTime.microsecondsPerDay }, type, column.validity)
        case (.integers(let values), .timestamp, .date):
            return .integers(
                values.map { TimeKernels.floorDivide($0, CivilTime.microsecondsPerDay) }, type,
                column.validity)
        case (.strings(let values), .json, .varchar), (.strings(let values), .varchar, .json):
            return Column(type: type, values: .strings(values), validity: column.validity)
        default: return nil
        }
    }

    private static func decimals(
        _ values: [Int64], _ type: LogicalType, _ validity: Bitmap?
    ) -> Column? {
        let bound = DecimalKernels.bound(of: type)
        guard values.allSatisfy({ Int128($0).magnitude < bound.magnitude }) else { return nil }
        if type.layout == .integers { return .integers(values, type, validity) }
        return Column.made(
            values.map { Int128($0) }, zero: 0, type: type, validity: validity
        ) { .wideIntegers($0) }
    }
}
