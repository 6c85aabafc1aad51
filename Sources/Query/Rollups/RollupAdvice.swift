import Segments

/// The rollup that would answer an aggregation, for EXPLAIN to tell what it would save.
struct RollupAdvice {
    private let aggregation: TableAggregation
    private var dimensions: [Rollup.Dimension] = []
    private var measures: [Rollup.Measure] = []
    /// The step that all steps asked for are made of; 0 for none.
    private var step: Int64 = 0

    /// A rollup of exactly what the aggregation groups and filters by; `nil` where none can cover
    /// it.
    static func rollup(for aggregation: TableAggregation) -> Rollup? {
        var advice = RollupAdvice(aggregation: aggregation)
        return advice.rollup()
    }

    private init(aggregation: TableAggregation) { self.aggregation = aggregation }

    private mutating func rollup() -> Rollup? {
        let table = aggregation.scan.table
        let (bounds, conditions) = TimeBounds.split(
            aggregation.scan.filter?.conjuncts ?? [], timeIndex: aggregation.timeIndex)
        let filters = aggregation.calls.compactMap(\.filter)
        for expression in aggregation.keys + conditions + filters {
            guard addDimensions(of: expression) else { return nil }
        }
        if bounds != TimeBounds(), step == 0 { step = CivilTime.microsecondsPerHour }
        if step > 0 { dimensions.insert(.time(stepMicroseconds: step), at: 0) }
        for call in aggregation.calls {
            guard addMeasures(of: call) else { return nil }
        }
        let rollup = Rollup(
            id: TableID(0), name: "advice", tableID: table.id, dimensions: dimensions,
            measures: measures)
        do throws(SchemaError) { try rollup.validate(for: table) } catch { return nil }
        return rollup
    }

    private mutating func addDimensions(of expression: BoundExpression) -> Bool {
        if let asked = wantedStep(expression) {
            step = Self.common(step, asked)
            return true
        }
        guard case .column(let index, let type) = expression else {
            return expression.operands.allSatisfy { addDimensions(of: $0) }
        }
        guard index != aggregation.timeIndex, type.isRollupDimension else { return false }
        let dimension = Rollup.Dimension.column(aggregation.scan.definition(index).id)
        if !dimensions.contains(dimension) { dimensions.append(dimension) }
        return true
    }

    /// The step of time that an expression of the time alone needs.
    private func wantedStep(_ expression: BoundExpression) -> Int64? {
        guard let time = aggregation.timeIndex else { return nil }
        switch expression {
        case .call(.timeFloor(let step), let operands, _, _):
            guard case .column(time, _)? = operands.first else { return nil }
            let length = step.months > 0 ? CivilTime.microsecondsPerDay : step.microseconds
            let own = Self.common(Self.common(length, step.origin), CivilTime.microsecondsPerDay)
            return step.zone.map { Self.common(own, $0.grain) } ?? own
        case .cast(.column(time, _), to: .date, _, _): return CivilTime.microsecondsPerDay
        default: return nil
        }
    }

    /// The greatest common divisor.
    private static func common(_ one: Int64, _ other: Int64) -> Int64 {
        var (one, other) = (one.magnitude, other.magnitude)
        while other > 0 { (one, other) = (other, one % other) }
        return Int64(clamping: one)
    }

    private mutating func addMeasures(of call: AggregateCall) -> Bool {
        guard let argument = call.argument else { return call.function == .count }
        guard !call.isDistinct, case .column(let index, let type) = argument else { return false }
        let functions: [Rollup.Function]
        switch call.function {
        case .count: functions = [.count]
        case .sum, .average: functions = [.sum, .count]
        case .minimum: functions = [.minimum]
        case .maximum: functions = [.maximum]
        default: return false
        }
        let column = aggregation.scan.definition(index)
        for function in functions where function != .count || column.isNullable {
            guard function.takes(type) else { return false }
            let measure = Rollup.Measure(function, of: column.id)
            if !measures.contains(measure) { measures.append(measure) }
        }
        return true
    }
}
