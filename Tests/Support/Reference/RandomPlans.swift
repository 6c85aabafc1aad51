import Query
import Segments

/// Makes random expressions and plans, well typed, deterministic from the generator.
public struct RandomPlans {
    /// Where randomness comes from.
    public var generator: SeededGenerator
    var inputs: [LogicalType] = []

    /// Plans from a seed.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let nowhere = SourceRange(0, 0)

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &generator) < percent
    }

    mutating func pick<Item>(_ items: [Item]) -> Item {
        items[Int.random(in: 0..<items.count, using: &generator)]
    }

    private mutating func call(
        _ function: ScalarFunction, _ operands: [BoundExpression], _ type: LogicalType
    ) -> BoundExpression {
        .call(function, operands, type: type, at: Self.nowhere)
    }

    /// A plan over `table`; `isOrdered` where rows have one possible order.
    public mutating func plan(over table: TableSchema) -> (plan: LogicalPlan, isOrdered: Bool) {
        var plan = LogicalPlan.scan(
            TableScan(table: table, columns: Array(table.columns.indices)))
        inputs = table.columns.map(\.type)
        for _ in 0..<pick([0, 0, 1, 1, 2]) {
            plan = .filter(condition(depth: 3), plan)
        }
        if chance(15) { plan = unnest(plan) }
        if chance(50) { plan = project(plan) }
        if chance(60) {
            plan = aggregate(plan)
            if chance(40) { plan = .filter(condition(depth: 1), plan) }
        } else if chance(20) {
            plan = .distinct(plan)
        }
        if chance(30) { plan = project(plan) }
        guard chance(50) else { return (plan, false) }
        plan = .sort(totalOrder(), plan)
        if chance(50) {
            plan = .limit(
                count: chance(80) ? Int.random(in: 0...20, using: &generator) : nil,
                offset: Int.random(in: 0...5, using: &generator), plan)
        }
        return (plan, true)
    }

    /// A boolean over the columns of a table.
    public mutating func condition(over table: TableSchema) -> BoundExpression {
        inputs = table.columns.map(\.type)
        return condition(depth: 3)
    }

    mutating func project(_ plan: LogicalPlan) -> LogicalPlan {
        let expressions = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            expression(pick(RandomTable.types), depth: 3)
        }
        inputs = expressions.map(\.type)
        return .project(expressions, plan)
    }

    private mutating func unnest(_ plan: LogicalPlan) -> LogicalPlan {
        let arrays = inputs.indices.filter { index in
            if case .array = inputs[index] { true } else { false }
        }
        let index = pick(arrays)
        let type: LogicalType = inputs[index] == .array(.bigint) ? .bigint : .varchar
        let array = BoundExpression.column(index: index, type: inputs[index])
        inputs.append(type)
        let unnested = LogicalPlan.unnest(array, keepsEmpty: chance(50), plan)
        return chance(50) ? .filter(condition(depth: 2), unnested) : unnested
    }

    mutating func totalOrder() -> [SortKey] {
        inputs.indices.shuffled(using: &generator).map { index in
            SortKey(
                .column(index: index, type: inputs[index]), isAscending: chance(50),
                nullsFirst: chance(50))
        }
    }

    mutating func aggregate(_ plan: LogicalPlan) -> LogicalPlan {
        let keys = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            expression(pick(RandomTable.types), depth: chance(60) ? 0 : 2)
        }
        let calls = (0..<Int.random(in: 0...3, using: &generator)).map { _ in aggregateCall() }
        inputs = keys.map(\.type) + calls.map(\.type)
        if keys.isEmpty && calls.isEmpty {
            inputs = [.bigint]
            let all = AggregateCall(.count, of: nil, type: .bigint, at: Self.nowhere)
            return .aggregate(keys: [], calls: [all], plan)
        }
        return .aggregate(keys: keys, calls: calls, plan)
    }

    private mutating func aggregateCall() -> AggregateCall {
        let filter = chance(20) ? condition(depth: 1) : nil
        func made(
            _ function: AggregateCall.Function, _ argument: BoundExpression?, _ type: LogicalType,
            _ isDistinct: Bool
        ) -> AggregateCall {
            AggregateCall(
                function, of: argument, isDistinct: isDistinct, filter: filter, type: type,
                at: Self.nowhere)
        }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return made(.count, nil, .bigint, false)
        case 1:
            return made(.count, expression(pick(RandomTable.types), depth: 1), .bigint, chance(50))
        case 2:
            let argument = expression(
                pick([.bigint, .double, .decimal(precision: 10, scale: 2)]), depth: 1)
            let type: LogicalType =
                switch argument.type {
                case .decimal(_, let scale): .decimal(precision: 38, scale: scale)
                default: argument.type
                }
            return made(.sum, argument, type, chance(20))
        case 3:
            let argument = expression(pick([.bigint, .double]), depth: 1)
            return made(.average, argument, .double, chance(20))
        case 4:
            let comparable = RandomTable.types.filter { $0 != .json && $0.layout != .arrays }
            let argument = expression(pick(comparable), depth: 1)
            var call = made(
                chance(50) ? .argumentOfMaximum : .argumentOfMinimum, argument, argument.type,
                false)
            call.key = expression(pick([.bigint, .timestamp, .double, .boolean]), depth: 1)
            return call
        case 5:
            let argument = expression(pick([.bigint, .double, .date, .timestamp]), depth: 1)
            var call = made(.quantile, argument, argument.type, false)
            call.fraction = pick([0, 0.25, 0.5, 0.95, 1])
            return call
        default:
            let argument = expression(pick(RandomTable.types), depth: 1)
            return made(chance(50) ? .minimum : .maximum, argument, argument.type, chance(20))
        }
    }

    // MARK: - Expressions

    private mutating func literal(_ type: LogicalType) -> BoundExpression {
        if chance(8) { return .literal(.null, type) }
        return .literal(RandomTable.value(of: type, &generator), type)
    }

    mutating func leaf(_ type: LogicalType) -> BoundExpression {
        let columns = inputs.indices.filter { inputs[$0] == type }
        if let column = columns.randomElement(using: &generator), chance(85) {
            return .column(index: column, type: type)
        }
        return literal(type)
    }

    /// An expression of a type.
    private mutating func expression(_ type: LogicalType, depth: Int) -> BoundExpression {
        if depth == 0 || chance(30) { return leaf(type) }
        if chance(12) { return choice(type, depth: depth) }
        switch type {
        case .boolean: return condition(depth: depth)
        case .bigint: return integer(depth: depth)
        case .double: return double(depth: depth)
        case .decimal: return decimal(type, depth: depth)
        case .varchar: return text(depth: depth)
        case .timestamp: return time(depth: depth)
        case .date:
            return .cast(
                expression(.timestamp, depth: depth - 1), to: .date, onFailure: .error,
                at: Self.nowhere)
        case .json, .array: return leaf(type)
        }
    }

    private mutating func choice(_ type: LogicalType, depth: Int) -> BoundExpression {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let branches = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
                CaseBranch(
                    condition: condition(depth: depth - 1),
                    result: expression(type, depth: depth - 1))
            }
            return .caseWhen(
                branches, otherwise: expression(type, depth: depth - 1), type: type)
        case 1:
            return call(
                .coalesce, (0..<3).map { _ in expression(type, depth: depth - 1) }, type)
        case 2:
            return call(
                .nullIf,
                [expression(type, depth: depth - 1), expression(type, depth: depth - 1)], type)
        default:
            let operands = (0..<2).map { _ in expression(type, depth: depth - 1) }
            return call(chance(50) ? .greatest : .least, operands, type)
        }
    }

    private mutating func integer(depth: Int) -> BoundExpression {
        let one = expression(.bigint, depth: depth - 1)
        switch Int.random(in: 0..<13, using: &generator) {
        case 0: return call(.add, [one, expression(.bigint, depth: depth - 1)], .bigint)
        case 1: return call(.subtract, [one, expression(.bigint, depth: depth - 1)], .bigint)
        case 2: return call(.multiply, [one, expression(.bigint, depth: depth - 1)], .bigint)
        case 3: return call(.safeDivide, [one, expression(.bigint, depth: depth - 1)], .bigint)
        case 4:
            let divisor = BoundExpression.literal(.bigint(pick([-3, 2, 7, 1_000])), .bigint)
            return call(pick([.divide, .modulo]), [one, divisor], .bigint)
        case 5:
            return call(
                pick([.sign, .floor, .round(digits: -1), .truncate(digits: -2)]), [one], .bigint)
        case 6: return call(.length, [expression(.varchar, depth: depth - 1)], .bigint)
        case 7:
            return call(
                .position, [expression(.varchar, depth: depth - 1), leaf(.varchar)], .bigint)
        case 8:
            return call(
                .extract(pick(TimeField.allCases)), [expression(.timestamp, depth: depth - 1)],
                .bigint)
        case 9:
            // The binder refuses what is a part of a time and no step.
            return call(
                .timeDifference(pick(TimeField.allCases.filter { $0 != .weekYear })),
                [leaf(.timestamp), expression(.timestamp, depth: depth - 1)], .bigint)
        case 10:
            return call(.arrayLength, [leaf(pick([.array(.varchar), .array(.bigint)]))], .bigint)
        case 11: return call(.toMilliseconds, [expression(.timestamp, depth: depth - 1)], .bigint)
        default:
            return .cast(
                expression(pick([.varchar, .double, .boolean]), depth: depth - 1), to: .bigint,
                onFailure: .null, at: Self.nowhere)
        }
    }

    private mutating func double(depth: Int) -> BoundExpression {
        let one = expression(.double, depth: depth - 1)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            return call(
                pick([.add, .subtract]), [one, expression(.double, depth: depth - 1)], .double)
        case 1: return call(.safeDivide, [one, .literal(.double(4), .double)], .double)
        case 2:
            return call(
                pick([
                    .negate, .absolute, .sign, .floor, .ceiling, .round(digits: 1),
                    .truncate(digits: 0),
                ]),
                [one], .double)
        default:
            return .cast(
                leaf(pick([.bigint, .varchar])), to: .double, onFailure: .null, at: Self.nowhere)
        }
    }

    private mutating func decimal(_ type: LogicalType, depth: Int) -> BoundExpression {
        let one = expression(type, depth: depth - 1)
        let other = expression(type, depth: depth - 1)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return call(pick([.add, .subtract]), [one, other], type)
        case 1: return call(pick([.safeDivide, .multiply]), [one, leaf(type)], type)
        case 2: return call(pick([.negate, .absolute, .sign]), [one], type)
        case 3:
            return call(
                pick([
                    .floor, .ceiling, .round(digits: 1), .truncate(digits: 1), .round(digits: -2),
                ]),
                [one], type)
        default:
            return .cast(
                leaf(pick([.bigint, .varchar, .decimal(precision: 30, scale: 4)])), to: type,
                onFailure: .null, at: Self.nowhere)
        }
    }

    private mutating func text(depth: Int) -> BoundExpression {
        let one = expression(.varchar, depth: depth - 1)
        let small = BoundExpression.literal(
            .bigint(Int64.random(in: -1...6, using: &generator)), .bigint)
        switch Int.random(in: 0..<11, using: &generator) {
        case 0: return call(pick([.lower, .upper, .reverse]), [one], .varchar)
        case 1: return call(.concatenate, [one, leaf(.varchar)], .varchar)
        case 2: return call(.substring, [one, small], .varchar)
        case 3: return call(.substring, [one, small, leaf(.bigint)], .varchar)
        case 4: return call(pick([.left, .right, .repeated]), [one, small], .varchar)
        case 5:
            return call(
                pick([.trim, .trimLeading, .trimTrailing]), [one, leaf(.varchar)], .varchar)
        case 6: return call(pick([.padLeft, .padRight]), [one, small, leaf(.varchar)], .varchar)
        case 7: return call(.replace, [one, leaf(.varchar), leaf(.varchar)], .varchar)
        case 8:
            return call(
                .formatTime(TimeFormat()), [expression(.timestamp, depth: depth - 1)], .varchar)
        case 9:
            let path: [Text] = pick([["a"], ["b"], ["a", "b"], ["b", "a"], []])
            if chance(70) { return call(.jsonValue(path: path), [leaf(.json)], .varchar) }
            return .cast(
                call(.jsonQuery(path: path), [leaf(.json)], .json), to: .varchar,
                onFailure: .null, at: Self.nowhere)
        default:
            return .cast(
                leaf(pick(RandomTable.types.filter { $0 != .varchar })), to: .varchar,
                onFailure: .null, at: Self.nowhere)
        }
    }

    private static let steps = [
        TimeStep(microseconds: 3_600_000_000), TimeStep(microseconds: 900_000_000),
        TimeStep(microseconds: 604_800_000_000, origin: 345_600_000_000), TimeStep(months: 1),
        TimeStep(months: 3), TimeStep(months: 12), TimeStep(microseconds: 86_400_000_000),
    ]

    private mutating func time(depth: Int) -> BoundExpression {
        let one = expression(.timestamp, depth: depth - 1)
        let step = pick(Self.steps)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return call(.timeFloor(step), [one], .timestamp)
        case 1: return call(.timeCeiling(step), [one], .timestamp)
        case 2:
            let count = BoundExpression.literal(
                .bigint(Int64.random(in: -30...30, using: &generator)), .bigint)
            return call(.timeShift(step), [one, count], .timestamp)
        case 3:
            return call(
                .parseTime(TimeFormat(), isStrict: false), [leaf(.varchar)], .timestamp)
        default: return .cast(leaf(.date), to: .timestamp, onFailure: .error, at: Self.nowhere)
        }
    }

    mutating func condition(depth: Int) -> BoundExpression {
        if depth <= 0 { return leaf(.boolean) }
        let type = pick(RandomTable.types)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:
            return .and(
                (0..<Int.random(in: 2...3, using: &generator)).map { _ in
                    condition(depth: depth - 1)
                })
        case 1: return .or((0..<2).map { _ in condition(depth: depth - 1) })
        case 2: return .not(condition(depth: depth - 1))
        case 3: return .isNull(expression(type, depth: depth - 1))
        case 4: return .isTruth(chance(50), condition(depth: depth - 1))
        case 5:
            let list = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                RandomTable.value(of: type, &generator)
            }
            return .inList(expression(type, depth: depth - 1), Set(list), hasNull: chance(15))
        case 6: return .like(expression(.varchar, depth: depth - 1), pattern())
        case 7:
            return call(
                pick([.startsWith, .endsWith, .contains]),
                [expression(.varchar, depth: depth - 1), leaf(.varchar)], .boolean)
        case 8:
            return call(.arrayContains, [leaf(.array(.varchar)), leaf(.varchar)], .boolean)
        case 9:
            return call(.arrayOverlaps, [leaf(.array(.bigint)), leaf(.array(.bigint))], .boolean)
        default:
            return .compare(
                pick(Comparison.allCases), expression(type, depth: depth - 1), leaf(type))
        }
    }

    private mutating func pattern() -> LikePattern {
        let words: [Text] = ["a", "CA", "서", "d", "r", "-1", "%", "id-"]
        var pieces: [LikePattern.Piece] = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let piece: LikePattern.Piece =
                pick([.anyRun, .anyCharacter, .literal(pick(words)), .literal(pick(words))])
            switch (pieces.last, piece) {
            case (.anyRun?, .anyRun), (.literal?, .literal): continue
            default: pieces.append(piece)
            }
        }
        return LikePattern(pieces: pieces, ignoresCase: chance(30))
    }
}
