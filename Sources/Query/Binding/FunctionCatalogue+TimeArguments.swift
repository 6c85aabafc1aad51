import Segments

/// What functions of time take: units, periods, zones, patterns and intervals, all constants.
extension FunctionCatalogue {
    /// The unit given as a word, or as a text.
    static func unit(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> Syntax.TimeUnit {
        let word = call.arguments[index].constantText?.string ?? ""
        guard let unit = Parser.timeUnit(named: word) else {
            let meant = Spelling.nearest(to: word, among: Syntax.TimeUnit.allCases.map(\.rawValue))
            throw QueryError(
                .invalidArgument, "'\(word)' is no unit of time", at: call.places[index],
                hint: meant.map { "did you mean \($0)?" } ?? "for example DAY")
        }
        return unit
    }

    /// The step of a unit.
    static func step(
        _ call: FunctionEntry.Call, argument index: Int, in zone: TimeZone
    ) throws(QueryError) -> TimeStep {
        let unit = try unit(call, argument: index)
        guard let step = TimeStep(unit, in: zone) else {
            throw notAStep(unit, at: call.places[index])
        }
        return step
    }

    static func notAStep(_ unit: Syntax.TimeUnit, at range: SourceRange) -> QueryError {
        QueryError(
            .invalidArgument, "\(unit.rawValue) is no step of time", at: range,
            hint: "use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR")
    }

    /// The step of an ISO 8601 period.
    static func period(
        _ call: FunctionEntry.Call, argument index: Int, in zone: TimeZone
    ) throws(QueryError) -> TimeStep {
        let text = call.arguments[index].constantText?.string ?? ""
        guard let step = TimeStep(isoPeriod: text, in: zone) else {
            throw QueryError(
                .invalidArgument, "'\(text)' is no ISO 8601 period", at: call.places[index],
                hint: "for example 'PT15M', 'PT1H', 'P1D', 'P1W' or 'P1M'")
        }
        return step
    }

    /// An argument that is there and not NULL.
    static func optional(_ call: FunctionEntry.Call, argument index: Int) -> BoundExpression? {
        guard index < call.arguments.count, !call.arguments[index].isNullConstant else {
            return nil
        }
        return call.arguments[index]
    }

    /// The zone that is named; the session's where none is.
    static func zone(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> TimeZone {
        guard let zone = optional(call, argument: index) else {
            return call.binder.options.timeZone
        }
        guard let name = zone.constantText?.string else {
            throw QueryError(
                .unsupported, "the time zone must be a constant text", at: call.places[index],
                hint: "for example 'Asia/Seoul'")
        }
        return try call.binder.options.zone(named: name, at: call.places[index])
    }

    /// The pattern that is named; nil where none is.
    static func pattern(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> TimePattern? {
        guard let pattern = optional(call, argument: index) else { return nil }
        guard let text = pattern.constantText?.string else {
            throw QueryError(
                .unsupported, "the pattern of \(call.name) must be a constant text",
                at: call.places[index], hint: "for example 'yyyy-MM-dd HH:mm:ss'")
        }
        do throws(TimePattern.Malformed) { return try TimePattern(text) } catch {
            throw QueryError(
                .invalidArgument, "'\(text)' is no pattern of times: \(error.reason)",
                at: call.places[index], hint: "for example 'yyyy-MM-dd HH:mm:ss'")
        }
    }

    /// TIME_IN_INTERVAL, as two comparisons, so that segments are pruned by it.
    static let isInInterval: @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression =
        {
            (call) throws(QueryError) in
            let text = call.arguments[1].constantText?.string ?? ""
            let zone = call.binder.options.timeZone
            guard let interval = interval(text, in: zone) else {
                throw QueryError(
                    .invalidArgument, "'\(text)' is no ISO 8601 interval", at: call.places[1],
                    hint: "for example '2026-09-01/2026-10-01' or '2026-09-01/P1M'")
            }
            func bound(_ comparison: Comparison, _ time: Int64) -> BoundExpression {
                ConstantFolding.compare(
                    comparison, call.arguments[0], .literal(.timestamp(time), .timestamp))
            }
            return ConstantFolding.and([
                bound(.greaterOrEqual, interval.start), bound(.less, interval.end),
            ])
        }

    /// `start/end`, `start/period` or `period/end`; nil for anything else.
    private static func interval(
        _ text: String, in zone: TimeZone
    ) -> (start: Int64, end: Int64)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return nil }
        func instant(_ text: String) -> Int64? {
            let bytes = Array(text.utf8)
            return CivilTime.parseTimestamp(bytes.span, in: zone)
        }
        let (start, end) = (instant(parts[0]), instant(parts[1]))
        switch (start, end) {
        case (let start?, let end?): return start <= end ? (start, end) : nil
        case (let start?, nil):
            guard let step = TimeStep(isoPeriod: parts[1], in: zone),
                let end = TimeKernels.shift(start, step, by: 1)
            else { return nil }
            return (start, end)
        case (nil, let end?):
            guard let step = TimeStep(isoPeriod: parts[0], in: zone),
                let start = TimeKernels.shift(end, step, by: -1)
            else { return nil }
            return (start, end)
        default: return nil
        }
    }
}
