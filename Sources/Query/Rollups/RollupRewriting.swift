import Segments

/// Why a rollup does not answer a query; a clause to stand behind its name.
struct RollupMiss: Error, Hashable {
    let reason: String
}

/// Writes expressions over a table's scan as expressions over a rollup's rows.
///
/// An expression of the dimensions has one value for all rows that became one row of the rollup, so
/// it may be taken of that row. Of the time only what does not change within a step is.
struct RollupRewriting {
    private let scan: TableScan
    private let rollup: RollupSnapshot
    /// The position of the table's time in the scan's output.
    private let timeIndex: Int?
    /// Whether no segment has times before 1970, where `%` and `/` round the other way.
    private let isAfterEpoch: Bool

    init(_ aggregation: TableAggregation, _ rollup: RollupSnapshot, isAfterEpoch: Bool) {
        scan = aggregation.scan
        timeIndex = aggregation.timeIndex
        self.rollup = rollup
        self.isAfterEpoch = isAfterEpoch
    }

    /// The position of the number of rows.
    var rowsPosition: Int { rollup.rollup.rowsColumn }

    /// The table's column at a position of the scan's output.
    func definition(_ index: Int) -> ColumnDefinition { scan.definition(index) }

    /// A column of the rollup's rows.
    func column(_ position: Int) -> BoundExpression {
        .column(index: position, type: rollup.schema.columns[position].type)
    }

    /// The measure of a column of the scan; `nil` where the rollup does not keep it.
    func measure(_ function: Rollup.Function, of index: Int) -> BoundExpression? {
        let definition = definition(index)
        if function == .count, !definition.isNullable { return column(rowsPosition) }
        return rollup.rollup.column(of: Rollup.Measure(function, of: definition.id)).map(column)
    }

    /// The expression over the rollup's rows.
    func rewritten(_ expression: BoundExpression) throws(RollupMiss) -> BoundExpression {
        if let timeIndex, let rewritten = try ofTime(expression, timeIndex) { return rewritten }
        if case .column(let index, _) = expression {
            let definition = definition(index)
            guard let position = rollup.rollup.dimension(ofColumn: definition.id) else {
                throw RollupMiss(
                    reason: index == timeIndex
                        ? "\(definition.name) is wanted in finer steps"
                        : "\(definition.name) is not one of its dimensions")
            }
            return column(position)
        }
        var miss: RollupMiss?
        let result = expression.rewritten { operand in
            do throws(RollupMiss) { return try rewritten(operand) } catch {
                miss = miss ?? error
                return operand
            }
        }
        if let miss { throw miss }
        return result
    }

    // MARK: Time

    /// What an expression of the time is over steps; `nil` where it is none that is known.
    private func ofTime(
        _ expression: BoundExpression, _ timeIndex: Int
    ) throws(RollupMiss) -> BoundExpression? {
        guard isSteady(expression, timeIndex) else { return nil }
        guard let position = rollup.rollup.timeDimension, let step = rollup.rollup.stepMicroseconds
        else { throw RollupMiss(reason: "it has no steps of time") }
        guard isSteady(expression, timeIndex, within: step) else {
            throw RollupMiss(reason: "its steps of time are too coarse, or begin elsewhere")
        }
        let time = column(position)
        if case .call(.timeFloor(let wanted), _, _, _) = expression,
            wanted.months == 0, wanted.microseconds == step, wanted.zone == nil
        {
            return time
        }
        return expression.mappingColumns { index, type in
            index == timeIndex ? time : .column(index: index, type: type)
        }
    }

    /// Whether an expression of the time alone keeps its value for so many microseconds from any
    /// whole number of them on; without a length, for some time.
    private func isSteady(
        _ expression: BoundExpression, _ time: Int, within step: Int64? = nil
    ) -> Bool {
        func divides(_ length: Int64) -> Bool { step.map { length % $0 == 0 } ?? true }
        let day = CivilTime.microsecondsPerDay
        switch expression {
        case .call(.timeFloor(let wanted), let operands, _, _),
            .call(.timeCeiling(let wanted), let operands, _, _):
            guard case .column(time, _)? = operands.first else { return false }
            // A ceiling changes behind its step's first instant.
            if case .call(.timeCeiling, _, _, _) = expression { return false }
            // Steps on a clock begin when it is changed, or a whole number of grains from then.
            if let zone = wanted.zone, !(isAfterEpoch && divides(zone.grain)) { return false }
            return divides(wanted.months > 0 ? day : wanted.microseconds)
                && divides(wanted.origin)
        case .cast(let instant, to: .date, _, _):
            return isClock(instant, time, divides) && divides(day)
        case .call(.extract(let field), let operands, _, _):
            guard let instant = operands.first, isClock(instant, time, divides) else {
                return false
            }
            return field.length.map(divides) ?? false
        case .call(.divide, let operands, _, _), .call(.modulo, let operands, _, _):
            return isQuotient(expression, operands, time, divides)
        case .call(.subtract, let operands, _, _): return isFloor(operands, time, divides)
        case .compare:
            guard let (comparison, instant) = expression.comparison(of: time) else { return false }
            switch comparison {
            case .less, .greaterOrEqual: return divides(instant)
            case .lessOrEqual, .greater: return instant < .max && divides(instant + 1)
            default: return false
            }
        default: return false
        }
    }

    /// Whether an expression is the time, or what a clock shows then that is changed at the
    /// beginning of steps only, by whole steps.
    private func isClock(
        _ expression: BoundExpression, _ time: Int, _ divides: (Int64) -> Bool
    ) -> Bool {
        switch expression {
        case .column(time, _): return true
        case .call(.localTime(let zone), let operands, _, _):
            guard case .column(time, _)? = operands.first else { return false }
            return isAfterEpoch && divides(zone.grain)
        default: return false
        }
    }

    /// `ms / c`, where `ms` are the time's milliseconds, perhaps moved by a constant.
    private func isQuotient(
        _ expression: BoundExpression, _ operands: [BoundExpression], _ time: Int,
        _ divides: (Int64) -> Bool
    ) -> Bool {
        guard isAfterEpoch, case .call(.divide, _, .bigint, _) = expression, operands.count == 2,
            case .literal(.bigint(let divisor), _) = operands[1],
            let offset = millisecondOffset(operands[0], time)
        else { return false }
        return isAligned(divisor, offset, divides)
    }

    /// `ms - ms % c`.
    private func isFloor(
        _ operands: [BoundExpression], _ time: Int, _ divides: (Int64) -> Bool
    ) -> Bool {
        guard isAfterEpoch, operands.count == 2,
            case .call(.modulo, let parts, .bigint, _) = operands[1], parts.count == 2,
            parts[0].withoutPlaces == operands[0].withoutPlaces,
            case .literal(.bigint(let divisor), _) = parts[1],
            let offset = millisecondOffset(operands[0], time)
        else { return false }
        return isAligned(divisor, offset, divides)
    }

    private func isAligned(
        _ divisor: Int64, _ offset: Int64, _ divides: (Int64) -> Bool
    ) -> Bool {
        let (length, tooLong) = divisor.multipliedReportingOverflow(by: 1_000)
        let (distance, tooFar) = offset.multipliedReportingOverflow(by: 1_000)
        return divisor > 0 && !tooLong && !tooFar && divides(length) && divides(distance)
    }

    /// The constant added to the time's milliseconds, where the expression is such a sum and stays
    /// positive after 1970.
    private func millisecondOffset(_ expression: BoundExpression, _ time: Int) -> Int64? {
        switch expression {
        case .call(.toMilliseconds, let operands, _, _):
            if case .column(time, _)? = operands.first { return 0 }
            return nil
        case .call(.add, let operands, .bigint, _):
            guard operands.count == 2, case .literal(.bigint(let offset), _) = operands[1],
                offset >= 0, millisecondOffset(operands[0], time) == 0
            else { return nil }
            return offset
        default: return nil
        }
    }
}

extension TimeField {
    /// How long the field keeps its value at least, counted from 1970; `nil` where rollups need not
    /// know.
    fileprivate var length: Int64? {
        switch self {
        case .microsecond, .millisecond, .epoch: nil
        case .second: CivilTime.microsecondsPerSecond
        case .minute: CivilTime.microsecondsPerMinute
        case .hour: CivilTime.microsecondsPerHour
        case .day, .isoDayOfWeek, .dayOfYear, .week, .weekYear, .month, .quarter, .year:
            CivilTime.microsecondsPerDay
        }
    }
}
