import Segments

extension FunctionCatalogue {
    /// Functions of time. A DATE or a constant text is taken as a TIMESTAMP; all times are UTC.
    static let time: [FunctionEntry] = [
        FunctionEntry(
            "TIME_FLOOR", signature: "(time, period[, origin[, zone]])",
            "The start of the ISO 8601 period the time lies in, counted from 1970 or `origin`.",
            [.time, .constantText, .any, .any], optional: 2
        ) { (call) throws(QueryError) in
            var step = try period(call, argument: 1)
            if let origin = try optional(call, argument: 2, "origin") {
                let instant = try call.binder.timestamp(origin, at: call.places[2])
                guard case .timestamp(let time)? = instant.constant else {
                    throw QueryError(
                        .unsupported, "the origin must be a constant", at: call.places[2])
                }
                guard step.months == 0 else {
                    throw QueryError(
                        .unsupported, "an origin for months and years is not supported yet",
                        at: call.places[2], hint: "leave the origin out")
                }
                step.origin = time
            }
            try checkZone(call, argument: 3)
            return ConstantFolding.call(
                .timeFloor(step), [call.arguments[0]], type: .timestamp, at: call.range)
        },
        FunctionEntry(
            "DATE_TRUNC", signature: "(unit, time)", "The start of the unit the time lies in.",
            [.unit, .time]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .timeFloor(try step(call, argument: 0)), [call.arguments[1]], type: .timestamp,
                at: call.range)
        },
        FunctionEntry(
            "TIME_SHIFT", signature: "(time, period, count[, zone])",
            "The time moved by `count` ISO 8601 periods.", [.time, .constantText, .integer, .any],
            optional: 1
        ) { (call) throws(QueryError) in
            try checkZone(call, argument: 3)
            return ConstantFolding.call(
                .timeShift(try period(call, argument: 1)), [call.arguments[0], call.arguments[2]],
                type: .timestamp, at: call.range)
        },
        FunctionEntry(
            "TIMESTAMPADD", signature: "(unit, count, time)", "The time moved by `count` units.",
            [.unit, .integer, .any]
        ) { (call) throws(QueryError) in
            try call.binder.shift(
                call.arguments[2], at: call.places[2], by: call.arguments[1],
                try step(call, argument: 0), place: call.range)
        },
        FunctionEntry(
            "TIMESTAMPDIFF", signature: "(unit, from, to)", "Whole units from one time to another.",
            [.unit, .time, .time]
        ) { (call) throws(QueryError) in
            let unit = try unit(call, argument: 0)
            guard let field = TimeField(unit), TimeStep(unit) != nil else {
                throw notAStep(unit, at: call.places[0])
            }
            return ConstantFolding.call(
                .timeDifference(field), [call.arguments[1], call.arguments[2]], type: .bigint,
                at: call.range)
        },
        FunctionEntry(
            "EXTRACT", signature: "(unit FROM time)", "A part of a time, as a number.",
            [.unit, .time]
        ) { (call) throws(QueryError) in
            extract(try unit(call, argument: 0), call.arguments[1], at: call.range)
        },
        FunctionEntry(
            "TIME_EXTRACT", signature: "(time, unit[, zone])", "A part of a time, as a number.",
            [.time, .unit, .any], optional: 1
        ) { (call) throws(QueryError) in
            try checkZone(call, argument: 2)
            return extract(try unit(call, argument: 1), call.arguments[0], at: call.range)
        },
        FunctionEntry(
            "MILLIS_TO_TIMESTAMP", signature: "(number)",
            "The time so many milliseconds after 1970.",
            [.integer], gives: .timestamp, .fromMilliseconds),
        FunctionEntry(
            "TIMESTAMP_TO_MILLIS", signature: "(time)", "Milliseconds since 1970.", [.time],
            gives: .bigint, .toMilliseconds),
        FunctionEntry(
            "TIME_PARSE", signature: "(text[, NULL[, zone]])",
            "The ISO 8601 time a text names, NULL where it names none.", [.text, .any, .any],
            optional: 2
        ) { (call) throws(QueryError) in
            try checkPattern(call, argument: 1)
            try checkZone(call, argument: 2)
            return ConstantFolding.call(
                .parseTime, [call.arguments[0]], type: .timestamp, at: call.range)
        },
        FunctionEntry(
            "TIME_FORMAT", signature: "(time[, NULL[, zone]])", "The time as ISO 8601 text.",
            [.time, .any, .any], optional: 2
        ) { (call) throws(QueryError) in
            try checkPattern(call, argument: 1)
            try checkZone(call, argument: 2)
            return ConstantFolding.call(
                .formatTime, [call.arguments[0]], type: .varchar, at: call.range)
        },
        FunctionEntry(
            "CURRENT_TIMESTAMP", "NOW", signature: "",
            "The time the statement began: one and the same throughout.", []
        ) { (call) throws(QueryError) in
            .literal(.timestamp(call.binder.options.now), .timestamp)
        },
        FunctionEntry("CURRENT_DATE", signature: "", "The day the statement began, in UTC.", []) {
            (call) throws(QueryError) in
            let now = Value.timestamp(call.binder.options.now)
            return .literal(now.converted(to: .date) ?? .null, .date)
        },
    ]

    // MARK: Arguments

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
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> TimeStep {
        let unit = try unit(call, argument: index)
        guard let step = TimeStep(unit) else { throw notAStep(unit, at: call.places[index]) }
        return step
    }

    private static func notAStep(_ unit: Syntax.TimeUnit, at range: SourceRange) -> QueryError {
        QueryError(
            .invalidArgument, "\(unit.rawValue) is no step of time", at: range,
            hint: "use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR")
    }

    private static func period(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> TimeStep {
        let text = call.arguments[index].constantText?.string ?? ""
        guard let step = TimeStep(isoPeriod: text) else {
            throw QueryError(
                .invalidArgument, "'\(text)' is no ISO 8601 period", at: call.places[index],
                hint: "for example 'PT15M', 'PT1H', 'P1D', 'P1W' or 'P1M'")
        }
        return step
    }

    /// An argument that is there and not NULL.
    private static func optional(
        _ call: FunctionEntry.Call, argument index: Int, _ what: String
    ) throws(QueryError) -> BoundExpression? {
        guard index < call.arguments.count, !call.arguments[index].isNullConstant else {
            return nil
        }
        return call.arguments[index]
    }

    private static func checkZone(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) {
        guard let zone = try optional(call, argument: index, "zone") else { return }
        let name = zone.constantText?.string.uppercased() ?? ""
        guard ["UTC", "ETC/UTC", "Z", "GMT"].contains(name) else {
            throw QueryError(
                .unsupported, "time zones other than UTC are not supported yet",
                at: call.places[index])
        }
    }

    private static func checkPattern(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) {
        guard try optional(call, argument: index, "pattern") != nil else { return }
        throw QueryError(
            .unsupported, "patterns of \(call.name) are not supported yet", at: call.places[index],
            hint: "without a pattern, times are ISO 8601")
    }

    /// The field, or what is computed from one: DOW counts Sunday as 0.
    private static func extract(
        _ unit: Syntax.TimeUnit, _ time: BoundExpression, at range: SourceRange
    ) -> BoundExpression {
        func field(_ field: TimeField) -> BoundExpression {
            ConstantFolding.call(.extract(field), [time], type: .bigint, at: range)
        }
        func operation(
            _ function: ScalarFunction, _ left: BoundExpression, _ right: Int64
        ) -> BoundExpression {
            ConstantFolding.call(
                function, [left, .literal(.bigint(right), .bigint)], type: .bigint, at: range)
        }
        if let direct = TimeField(unit) { return field(direct) }
        switch unit {
        case .decade: return operation(.divide, field(.year), 10)
        case .century: return operation(.divide, operation(.add, field(.year), 99), 100)
        default: return operation(.modulo, field(.isoDayOfWeek), 7)
        }
    }
}
