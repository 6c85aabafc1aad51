import Segments

/// What is known, before reading, of how many rows satisfy a condition.
enum ZoneVerdict {
    /// No row does.
    case none
    /// Some may.
    case some
    /// Every row does.
    case all
}

/// Decides conditions by what zone maps and manifest entries say of the columns.
///
/// `none` and `all` are proofs, whatever the bounds look like: bounds need not be attained. What is
/// not understood is `some`.
struct ZoneFilter {
    /// What is known of a column of the condition's input; `nil` for nothing.
    let zone: (Int) -> ValueRange?

    /// The verdict on a condition, where NULL counts as not satisfied.
    func verdict(_ condition: BoundExpression) -> ZoneVerdict {
        switch condition {
        case .literal(let value, _): return value == .boolean(true) ? .all : .none
        case .and(let operands):
            var result = ZoneVerdict.all
            for operand in operands {
                switch verdict(operand) {
                case .none: return .none
                case .some: result = .some
                case .all: break
                }
            }
            return result
        case .or(let operands):
            var result = ZoneVerdict.none
            for operand in operands {
                switch verdict(operand) {
                case .all: return .all
                case .some: result = .some
                case .none: break
                }
            }
            return result
        case .not(let operand): return negated(operand)
        case .isNull(.column(let index, _)): return nulls(index)
        case .isTruth(true, let operand): return verdict(operand)
        case .column(let index, .boolean):
            return compare(.equal, index, .boolean(true))
        case .compare(let comparison, .column(let index, _), .literal(let value, _)):
            return compare(comparison, index, value)
        case .compare(let comparison, .literal(let value, _), .column(let index, _)):
            return compare(comparison.mirrored, index, value)
        case .inList(.column(let index, _), let values, _): return member(index, values)
        case .like(.column(let index, _), let pattern): return like(index, pattern)
        default: return .some
        }
    }

    private func negated(_ operand: BoundExpression) -> ZoneVerdict {
        if case .isNull(.column(let index, _)) = operand {
            switch nulls(index) {
            case .none: return .all
            case .some: return .some
            case .all: return .none
            }
        }
        // True everywhere is false everywhere; but not true may be NULL.
        return verdict(operand) == .all ? .none : .some
    }

    private func nulls(_ index: Int) -> ZoneVerdict {
        guard let zone = zone(index), let nullCount = zone.nullCount else { return .some }
        return nullCount == 0 ? .none : (nullCount == zone.rowCount ? .all : .some)
    }

    private func compare(
        _ comparison: Comparison, _ index: Int, _ value: Value
    ) -> ZoneVerdict {
        guard comparison != .distinctFrom, comparison != .notDistinctFrom else { return .some }
        guard !value.isNull else { return .none }
        guard let zone = zone(index) else { return .some }
        if zone.nullCount == zone.rowCount { return .none }
        let low = zone.minimum.map { ValueOrder.compare($0, value) }
        let high = zone.maximum.map { ValueOrder.compare($0, value) }
        let isNever: Bool
        let isAlways: Bool
        switch comparison {
        case .equal, .notDistinctFrom:
            isNever = (low ?? -1) > 0 || (high ?? 1) < 0
            isAlways = low == 0 && high == 0
        case .notEqual, .distinctFrom:
            isNever = low == 0 && high == 0
            isAlways = (low ?? -1) > 0 || (high ?? 1) < 0
        case .less: (isNever, isAlways) = ((low ?? -1) >= 0, (high ?? 1) < 0)
        case .lessOrEqual: (isNever, isAlways) = ((low ?? -1) > 0, (high ?? 1) <= 0)
        case .greater: (isNever, isAlways) = ((high ?? 1) <= 0, (low ?? -1) > 0)
        case .greaterOrEqual: (isNever, isAlways) = ((high ?? 1) < 0, (low ?? -1) >= 0)
        }
        if isNever { return .none }
        return isAlways && zone.nullCount == 0 ? .all : .some
    }

    private func member(_ index: Int, _ values: Set<Value>) -> ZoneVerdict {
        for value in values where compare(.equal, index, value) != .none { return .some }
        return .none
    }

    /// A match begins with the pattern's prefix, so it is not below it, nor above all that do.
    private func like(_ index: Int, _ pattern: LikePattern) -> ZoneVerdict {
        let prefix = pattern.prefix
        guard !prefix.bytes.isEmpty, let zone = zone(index) else { return .some }
        if zone.nullCount == zone.rowCount { return .none }
        if case .varchar(let maximum)? = zone.maximum, maximum < prefix { return .none }
        if case .varchar(let minimum)? = zone.minimum,
            prefix < Text(bytes: Array(minimum.bytes.prefix(prefix.bytes.count)))
        {
            return .none
        }
        return .some
    }
}

extension Comparison {
    /// The comparison with its sides exchanged.
    var mirrored: Comparison {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

extension ValueRange {
    /// What a zone map says of values of `type`.
    init(_ zone: ZoneMap, _ type: LogicalType) {
        self.init(minimum: nil, maximum: nil, nullCount: zone.nullCount, rowCount: zone.rowCount)
        switch zone.bounds {
        case .integers(let low, let high)?:
            minimum = Self.value(Int128(low), type)
            maximum = Self.value(Int128(high), type)
        case .wideIntegers(let low, let high)?:
            minimum = Self.value(low, type)
            maximum = Self.value(high, type)
        case .doubles(let low, let high)?:
            minimum = .double(low)
            maximum = .double(high)
        case .strings(let lower, let upper)? where type == .varchar:
            minimum = .varchar(Text(bytes: lower))
            maximum = upper.map { .varchar(Text(bytes: $0)) }
        case .strings?, nil: break
        }
    }

    private static func value(_ unscaled: Int128, _ type: LogicalType) -> Value {
        let integer = Int64(truncatingIfNeeded: unscaled)
        switch type {
        case .boolean: return .boolean(integer != 0)
        case .timestamp: return .timestamp(integer)
        case .date: return .date(integer)
        case .decimal(_, let scale):
            return .decimal(Decimal(unscaled: unscaled, scale: scale))
        default: return .bigint(integer)
        }
    }
}
