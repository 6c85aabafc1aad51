import Segments

extension FunctionCatalogue {
    /// Functions of time. A DATE or a constant text is taken as a TIMESTAMP. Where a function takes
    /// a zone, that of the session stands for one that is left out.
    static let time: [FunctionEntry] = steps + parts + texts + clocks

    private static let steps: [FunctionEntry] = [
        FunctionEntry(
            "TIME_FLOOR", signature: "(time, period[, origin[, zone]])",
            "The start of the ISO 8601 period the time lies in, counted from 1970 or `origin`.",
            [.time, .constantText, .any, .any], optional: 2, bind: steps { .timeFloor($0) }),
        FunctionEntry(
            "TIME_CEIL", signature: "(time, period[, origin[, zone]])",
            "The first start of such a period at the time or after it.",
            [.time, .constantText, .any, .any], optional: 2, bind: steps { .timeCeiling($0) }),
        FunctionEntry(
            "DATE_TRUNC", signature: "(unit, time[, zone])",
            "The start of the unit the time lies in.", [.unit, .time, .any], optional: 1
        ) { (call) throws(QueryError) in
            let step = try step(call, argument: 0, in: zone(call, argument: 2))
            return ConstantFolding.call(
                .timeFloor(step), [call.arguments[1]], type: .timestamp, at: call.range)
        },
        FunctionEntry(
            "TIME_SHIFT", signature: "(time, period, count[, zone])",
            "The time moved by `count` ISO 8601 periods.", [.time, .constantText, .integer, .any],
            optional: 1
        ) { (call) throws(QueryError) in
            let step = try period(call, argument: 1, in: zone(call, argument: 3))
            return ConstantFolding.call(
                .timeShift(step), [call.arguments[0], call.arguments[2]], type: .timestamp,
                at: call.range)
        },
        FunctionEntry(
            "TIMESTAMPADD", "DATEADD", signature: "(unit, count, time)",
            "The time moved by `count` units.", [.unit, .integer, .any]
        ) { (call) throws(QueryError) in
            try call.binder.shift(
                call.arguments[2], at: call.places[2], by: call.arguments[1],
                try step(call, argument: 0, in: call.binder.options.timeZone), place: call.range)
        },
        FunctionEntry(
            "TIMESTAMPDIFF", "DATEDIFF", signature: "(unit, from, to)",
            "Whole units from one time to another.", [.unit, .time, .time]
        ) { (call) throws(QueryError) in
            let unit = try unit(call, argument: 0)
            guard let field = TimeField(unit), let step = TimeStep(unit) else {
                throw notAStep(unit, at: call.places[0])
            }
            let isCivil = step.months > 0 || step.microseconds >= CivilTime.microsecondsPerDay
            let zone = isCivil ? call.binder.options.timeZone : .utc
            let times = call.arguments.dropFirst().map { shown($0, in: zone, at: call.range) }
            return ConstantFolding.call(
                .timeDifference(field), Array(times), type: .bigint, at: call.range)
        },
    ]

    private static let parts: [FunctionEntry] =
        [
            FunctionEntry(
                "EXTRACT", "DATE_PART", signature: "(unit FROM time)",
                "A part of a time, as a number; also `EXTRACT('unit', time)`.", [.unit, .time]
            ) { (call) throws(QueryError) in
                extract(
                    try unit(call, argument: 0), call.arguments[1],
                    in: call.binder.options.timeZone, at: call.range)
            },
            FunctionEntry(
                "TIME_EXTRACT", signature: "(time, unit[, zone])", "A part of a time, as a number.",
                [.time, .unit, .any], optional: 1
            ) { (call) throws(QueryError) in
                extract(
                    try unit(call, argument: 1), call.arguments[0],
                    in: try zone(call, argument: 2), at: call.range)
            },
        ]
        + [
            part(["YEAR"], .year), part(["QUARTER"], .quarter), part(["MONTH"], .month),
            part(["WEEK"], .week), part(["DAYOFYEAR"], .dayOfYear),
            part(["DAYOFMONTH", "DAY"], .day), part(["HOUR"], .hour), part(["MINUTE"], .minute),
            part(["SECOND"], .second),
        ]

    private static func part(_ names: [String], _ unit: Syntax.TimeUnit) -> FunctionEntry {
        FunctionEntry(
            names: names, signature: "(time)", summary: "`EXTRACT(\(unit.rawValue) FROM time)`.",
            arguments: [.time]
        ) { (call) throws(QueryError) in
            extract(unit, call.arguments[0], in: call.binder.options.timeZone, at: call.range)
        }
    }

    private static let texts: [FunctionEntry] = [
        FunctionEntry(
            "TIME_PARSE", signature: "(text[, pattern[, zone]])",
            "The time a text names, in ISO 8601 or by a pattern; NULL where it names none.",
            [.text, .any, .any], optional: 2
        ) { (call) throws(QueryError) in
            let format = TimeFormat(
                pattern: try pattern(call, argument: 1), zone: try zone(call, argument: 2))
            return ConstantFolding.call(
                .parseTime(format, isStrict: false), [call.arguments[0]], type: .timestamp,
                at: call.range)
        },
        FunctionEntry(
            "TIME_FORMAT", signature: "(time[, pattern[, zone]])",
            "The time as text, in ISO 8601 or by a pattern.", [.time, .any, .any], optional: 2
        ) { (call) throws(QueryError) in
            let format = TimeFormat(
                pattern: try pattern(call, argument: 1), zone: try zone(call, argument: 2))
            return ConstantFolding.call(
                .formatTime(format), [call.arguments[0]], type: .varchar, at: call.range)
        },
        FunctionEntry(
            "TIME_IN_INTERVAL", signature: "(time, interval)",
            "Whether the time lies in an ISO 8601 interval, its end not included.",
            [.time, .constantText], bind: isInInterval),
        FunctionEntry(
            "MILLIS_TO_TIMESTAMP", signature: "(number)",
            "The time so many milliseconds after 1970.",
            [.integer], gives: .timestamp, .fromMilliseconds),
        FunctionEntry(
            "TIMESTAMP_TO_MILLIS", signature: "(time)", "Milliseconds since 1970.", [.time],
            gives: .bigint, .toMilliseconds),
    ]

    private static let clocks: [FunctionEntry] = [
        FunctionEntry(
            "TIMEZONE", signature: "(zone, time)",
            "What the clock of a zone shows, also `time AT TIME ZONE zone`; of a text or literal "
                + "without offset, the instant at which it shows that.",
            [.constantText, .clockTime]
        ) { (call) throws(QueryError) in
            let zone = try call.binder.options.zone(
                named: call.arguments[0].constantText?.string ?? "", at: call.places[0])
            let time = call.arguments[1]
            if let text = time.constantText {
                return try Coercion.convert(
                    .literal(.varchar(text), .varchar), to: .timestamp, at: call.places[1],
                    in: zone)
            }
            return shown(time, in: zone, at: call.range)
        },
        FunctionEntry(
            "CURRENT_TIMESTAMP", "NOW", "LOCALTIMESTAMP", signature: "",
            "The time the statement began: one and the same throughout.", []
        ) { (call) throws(QueryError) in
            .literal(.timestamp(call.binder.options.now), .timestamp)
        },
        FunctionEntry(
            "CURRENT_DATE", signature: "", "The day on which the statement began.", []
        ) { (call) throws(QueryError) in
            try Coercion.convert(
                .literal(.timestamp(call.binder.options.now), .timestamp), to: .date,
                at: call.range, in: call.binder.options.timeZone)
        },
    ]

    /// What a zone's clock shows at a time; the time itself in UTC.
    private static func shown(
        _ time: BoundExpression, in zone: TimeZone, at range: SourceRange
    ) -> BoundExpression {
        if zone.isUTC { return time }
        return ConstantFolding.call(.localTime(zone), [time], type: .timestamp, at: range)
    }

    /// TIME_FLOOR and TIME_CEIL.
    private static func steps(
        _ function: @escaping @Sendable (TimeStep) -> ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            var step = try period(call, argument: 1, in: zone(call, argument: 3))
            if let origin = optional(call, argument: 2) {
                let instant = try call.binder.timestamp(origin, at: call.places[2])
                guard case .timestamp(let time)? = instant.constant,
                    let local = (step.zone ?? .utc).local(time)
                else {
                    throw QueryError(
                        .unsupported, "the origin must be a constant", at: call.places[2])
                }
                step.origin = local
            }
            return ConstantFolding.call(
                function(step), [call.arguments[0]], type: .timestamp, at: call.range)
        }
    }

    /// The field, or what is computed from one: DOW counts Sunday as 0.
    private static func extract(
        _ unit: Syntax.TimeUnit, _ time: BoundExpression, in zone: TimeZone, at range: SourceRange
    ) -> BoundExpression {
        let time = unit == .epoch ? time : shown(time, in: zone, at: range)
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
        case .millennium: return operation(.divide, operation(.add, field(.year), 999), 1_000)
        default: return operation(.modulo, field(.isoDayOfWeek), 7)
        }
    }
}
