import Segments

/// Writes a plan for people: one node a line, its input below it, columns by what they are.
///
/// ```
/// limit 10
///   sort SUM(amount) DESC NULLS LAST
///     project merchant_id, SUM(amount)
///       aggregate SUM(amount) by merchant_id
///         filter (amount > 10)
///           scan payments (merchant_id, amount)
/// ```
public enum PlanPrinter {
    /// The lines of the tree, two blanks deeper for each input.
    public static func lines(of plan: LogicalPlan) -> [String] { describe(plan).lines }

    /// The lines and, for the node above, what each output column is.
    private static func describe(_ plan: LogicalPlan) -> (lines: [String], columns: [String]) {
        func stacked(
            _ line: String, on input: (lines: [String], columns: [String]), columns: [String]? = nil
        ) -> (lines: [String], columns: [String]) {
            ([line] + input.lines.map { "  " + $0 }, columns ?? input.columns)
        }
        switch plan {
        case .scan(let scan):
            let names =
                scan.columns.map { scan.table.columns[$0].name }
                + scan.paths.map { path in
                    ([scan.table.columns[path.column].name] + path.path.map(\.string))
                        .joined(separator: ".")
                }
            let filter = scan.filter.map { " where \(text($0, names))" } ?? ""
            return (["scan \(scan.table.name) (\(names.joined(separator: ", ")))\(filter)"], names)
        case .values(let rows, let types):
            return (["values (\(rows.count) rows)"], types.indices.map { "column \($0)" })
        case .filter(let condition, let input):
            let below = describe(input)
            return stacked("filter \(text(condition, below.columns))", on: below)
        case .project(let expressions, let input):
            let below = describe(input)
            let columns = expressions.map { text($0, below.columns) }
            return stacked(
                "project \(columns.joined(separator: ", "))", on: below, columns: columns)
        case .aggregate(let keys, let calls, let input):
            let below = describe(input)
            let keyTexts = keys.map { text($0, below.columns) }
            let callTexts = calls.map { text($0, below.columns) }
            var line = "aggregate"
            if !calls.isEmpty { line += " " + callTexts.joined(separator: ", ") }
            if !keys.isEmpty { line += " by " + keyTexts.joined(separator: ", ") }
            return stacked(line, on: below, columns: keyTexts + callTexts)
        case .distinct(let input): return stacked("distinct", on: describe(input))
        case .sort(let keys, let input):
            let below = describe(input)
            return stacked("sort \(text(keys, below.columns))", on: below)
        case .limit(let count, let offset, let input):
            let line = "limit \(count.map(String.init) ?? "none")"
            return stacked(line + (offset > 0 ? " offset \(offset)" : ""), on: describe(input))
        case .unnest(let array, let keepsEmpty, let input):
            let below = describe(input)
            let element = "UNNEST(\(text(array, below.columns)))"
            return stacked(
                (keepsEmpty ? "outer unnest " : "unnest ") + text(array, below.columns),
                on: below, columns: below.columns + [element])
        case .union(let inputs):
            let below = inputs.map(describe)
            return (
                ["union"] + below.flatMap(\.lines).map { "  " + $0 }, below.first?.columns ?? []
            )
        case .window(let calls, let input):
            let below = describe(input)
            let texts = calls.map { text($0, below.columns) }
            return stacked(
                "window \(texts.joined(separator: ", "))", on: below,
                columns: below.columns + texts)
        case .join(let join, let left, let right): return describe(join, left, right)
        }
    }

    private static func describe(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) -> (lines: [String], columns: [String]) {
        let (one, other) = (describe(left), describe(right))
        let both = one.columns + other.columns
        var conditions = join.keys.map { key in
            "\(text(key.left, one.columns)) = \(text(key.right, other.columns))"
        }
        if let condition = join.condition { conditions.append(text(condition, both)) }
        let line =
            "\(join.kind.rawValue) join"
            + (conditions.isEmpty ? "" : " on " + conditions.joined(separator: ", "))
            + (join.kept == .left ? ", left in memory" : "")
        let columns =
            join.showsRight ? both : join.kind == .mark ? one.columns + ["mark"] : one.columns
        return ([line] + (one.lines + other.lines).map { "  " + $0 }, columns)
    }

    private static func text(_ keys: [SortKey], _ columns: [String]) -> String {
        let texts = keys.map { key in
            text(key.expression, columns) + (key.isAscending ? "" : " DESC")
                + (key.nullsFirst ? " NULLS FIRST" : " NULLS LAST")
        }
        return texts.joined(separator: ", ")
    }

    /// An aggregate call as SQL.
    static func text(_ call: AggregateCall, _ columns: [String]) -> String {
        var argument = call.argument.map { text($0, columns) } ?? "*"
        if let key = call.key { argument += ", \(text(key, columns))" }
        if let fraction = call.fraction { argument += ", \(fraction)" }
        if let separator = call.list?.separator {
            argument += ", \(SchemaPrinter.literal(.varchar(separator)))"
        }
        if !call.order.isEmpty { argument += " ORDER BY " + text(call.order, columns) }
        let filter = call.filter.map { " FILTER (WHERE \(text($0, columns)))" } ?? ""
        return
            "\(call.function.rawValue)(\(call.isDistinct ? "DISTINCT " : "")\(argument))\(filter)"
    }

    /// A window call as SQL, without its frame.
    static func text(_ call: WindowCall, _ columns: [String]) -> String {
        var name = "\(call.function)"
        if case .aggregate(let function) = call.function { name = function.rawValue }
        let arguments = call.arguments.map { text($0, columns) }.joined(separator: ", ")
        var parts: [String] = []
        if !call.partition.isEmpty {
            let keys = call.partition.map { text($0, columns) }
            parts.append("PARTITION BY " + keys.joined(separator: ", "))
        }
        if !call.order.isEmpty {
            let keys = call.order.map { key in
                text(key.expression, columns) + (key.isAscending ? "" : " DESC")
            }
            parts.append("ORDER BY " + keys.joined(separator: ", "))
        }
        return "\(name)(\(arguments)) OVER (\(parts.joined(separator: " ")))"
    }

    /// An expression as SQL over columns called `columns`.
    static func text(_ expression: BoundExpression, _ columns: [String]) -> String {
        func text(_ expression: BoundExpression) -> String { self.text(expression, columns) }
        func joined(_ expressions: [BoundExpression], _ separator: String) -> String {
            expressions.map(text).joined(separator: separator)
        }
        switch expression {
        case .column(let index, _):
            return index < columns.count ? columns[index] : "column \(index)"
        case .literal(let value, _): return SchemaPrinter.literal(value)
        case .call(let function, let operands, _, _):
            return "\(name(of: function))(\(joined(operands, ", ")))"
        case .compare(let comparison, let left, let right):
            return "(\(text(left)) \(comparison.rawValue) \(text(right)))"
        case .and(let operands): return "(\(joined(operands, " AND ")))"
        case .or(let operands): return "(\(joined(operands, " OR ")))"
        case .not(let operand): return "(NOT \(text(operand)))"
        case .isNull(let operand): return "(\(text(operand)) IS NULL)"
        case .isTruth(let truth, let operand):
            return "(\(text(operand)) IS \(truth ? "TRUE" : "FALSE"))"
        case .inList(let operand, let values, let hasNull):
            let list = values.map(SchemaPrinter.literal).sorted() + (hasNull ? ["NULL"] : [])
            let shown = list.prefix(10).joined(separator: ", ")
            return "(\(text(operand)) IN (\(shown)\(list.count > 10 ? ", ..." : "")))"
        case .like(let operand, let pattern):
            return
                "(\(text(operand)) \(pattern.ignoresCase ? "ILIKE" : "LIKE") \(self.text(pattern)))"
        case .caseWhen(let branches, let otherwise, _):
            let whens = branches.map { "WHEN \(text($0.condition)) THEN \(text($0.result)) " }
            return "CASE \(whens.joined())ELSE \(text(otherwise)) END"
        case .cast(let operand, let type, let failure, _):
            return "\(failure == .null ? "TRY_CAST" : "CAST")(\(text(operand)) AS \(type))"
        }
    }

    private static func text(_ pattern: LikePattern) -> String {
        let pieces = pattern.pieces.map { piece in
            switch piece {
            case .literal(let text): text.string
            case .anyCharacter: "_"
            case .anyRun: "%"
            }
        }
        return SyntaxPrinter.quoted(pieces.joined(), "'")
    }

    private static func name(of function: ScalarFunction) -> String {
        switch function {
        case .timeFloor(let step): "timeFloor[\(describe(step))]"
        case .timeCeiling(let step): "timeCeiling[\(describe(step))]"
        case .timeShift(let step): "timeShift[\(describe(step))]"
        case .localTime(let zone): "localTime[\(zone)]"
        case .instant(let zone): "instant[\(zone)]"
        case .formatTime(let format): "formatTime[\(format.zone)]"
        case .parseTime(let format, _): "parseTime[\(format.zone)]"
        case .extract(let field): "extract[\(field.rawValue)]"
        case .timeDifference(let field): "timeDifference[\(field.rawValue)]"
        case .round(let digits): "round[\(digits)]"
        case .truncate(let digits): "truncate[\(digits)]"
        case .jsonKeys(let path): "jsonKeys[\(path.map(\.string).joined(separator: "."))]"
        case .jsonQuery(let path): "jsonQuery[\(path.map(\.string).joined(separator: "."))]"
        case .jsonValue(let path): "jsonValue[\(path.map(\.string).joined(separator: "."))]"
        default: "\(function)"
        }
    }

    private static func describe(_ step: TimeStep) -> String {
        if let zone = step.zone { return "\(describe(step.onItsClock)), \(zone)" }
        if step.months > 0 { return "\(step.months) months" }
        let units: [(Int64, String)] = [
            (CivilTime.microsecondsPerDay, "d"), (CivilTime.microsecondsPerHour, "h"),
            (CivilTime.microsecondsPerMinute, "min"), (CivilTime.microsecondsPerSecond, "s"),
        ]
        for (length, name) in units where step.microseconds % length == 0 {
            return "\(step.microseconds / length) \(name)"
        }
        return "\(step.microseconds) µs"
    }
}
