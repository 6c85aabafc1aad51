import Query
import Segments

/// The oracle of every query test: runs a plan one row at a time, in the plainest way there is.
///
/// Shares no code with the executor: rows are arrays of values, groups and sets are dictionaries,
/// a sort is the standard library's. Slow by intent.
public struct ReferenceEngine {
    private let tables: [TableID: [[Value]]]

    /// An engine over these rows, each in the order of its table's columns.
    public init(tables: [TableID: [[Value]]]) { self.tables = tables }

    /// An engine over the live rows of a snapshot.
    public init(live snapshot: Snapshot) {
        var tables: [TableID: [[Value]]] = [:]
        for table in snapshot.tables {
            tables[table.schema.id] = table.live.flatMap { batch in
                (0..<batch.rows.rowCount).map { batch.stored.row(at: $0) }
            }
        }
        self.tables = tables
    }

    /// The plan's rows, in order where the plan sorts.
    public func run(_ plan: LogicalPlan) throws(QueryError) -> [[Value]] {
        switch plan {
        case .scan(let scan):
            let rows = (tables[scan.table.id] ?? []).map { row in
                // Rows that came without a version have none.
                scan.columns.map { $0 < row.count ? row[$0] : .null }
            }
            guard let filter = scan.filter else { return rows }
            return try keep(filter, rows)
        case .values(let rows, _): return rows
        case .filter(let condition, let input): return try keep(condition, try run(input))
        case .project(let expressions, let input):
            var result: [[Value]] = []
            for row in try run(input) { result.append(try evaluate(expressions, row)) }
            return result
        case .aggregate(let keys, let calls, let input):
            return try aggregate(keys, calls, try run(input))
        case .distinct(let input):
            var seen: Set<[Value]> = []
            return try run(input).filter { seen.insert($0.map(Self.canonical)).inserted }
        case .sort(let keys, let input): return try sort(keys, try run(input))
        case .limit(let count, let offset, let input):
            let rest = try run(input).dropFirst(offset)
            return Array(count.map { rest.prefix($0) } ?? rest)
        case .unnest(let array, let keepsEmpty, let input):
            var result: [[Value]] = []
            for row in try run(input) {
                var elements: [Value] = []
                if case .array(let values) = try ReferenceExpression(row).value(of: array) {
                    elements = values
                }
                if elements.isEmpty, keepsEmpty { elements = [.null] }
                for element in elements { result.append(row + [element]) }
            }
            return result
        case .union(let inputs):
            var result: [[Value]] = []
            for input in inputs { result += try run(input) }
            return result
        case .window(let calls, let input):
            let rows = try run(input)
            var result = rows
            for call in calls {
                var window = ReferenceWindow(call, rows)
                for (index, value) in try window.values().enumerated() {
                    result[index].append(value)
                }
            }
            return result
        case .join(let join, let left, let right):
            let reference = ReferenceJoin(
                join, leftWidth: left.types.count, rightWidth: right.types.count)
            return try reference.rows(try run(left), try run(right))
        }
    }

    private func keep(
        _ condition: BoundExpression, _ rows: [[Value]]
    ) throws(QueryError) -> [[Value]] {
        var kept: [[Value]] = []
        for row in rows where try ReferenceExpression(row).value(of: condition) == .boolean(true) {
            kept.append(row)
        }
        return kept
    }

    private func evaluate(
        _ expressions: [BoundExpression], _ row: [Value]
    ) throws(QueryError) -> [Value] {
        var values: [Value] = []
        for expression in expressions {
            values.append(try ReferenceExpression(row).value(of: expression))
        }
        return values
    }

    private func aggregate(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ rows: [[Value]]
    ) throws(QueryError) -> [[Value]] {
        var order: [[Value]] = []
        var groups: [[Value]: [ReferenceAggregate]] = [:]
        if keys.isEmpty {
            order = [[]]
            groups[[]] = calls.map { ReferenceAggregate($0) }
        }
        for row in rows {
            let key = try evaluate(keys, row).map(Self.canonical)
            if groups[key] == nil {
                order.append(key)
                groups[key] = calls.map { ReferenceAggregate($0) }
            }
            for index in calls.indices { try groups[key]?[index].add(row) }
        }
        var result: [[Value]] = []
        for key in order {
            var row = key
            for aggregate in groups[key] ?? [] { row.append(try aggregate.result()) }
            result.append(row)
        }
        return result
    }

    private func sort(_ keys: [SortKey], _ rows: [[Value]]) throws(QueryError) -> [[Value]] {
        var keyed: [(key: [Value], row: [Value])] = []
        for row in rows { keyed.append((try evaluate(keys.map(\.expression), row), row)) }
        return keyed.sorted { one, other in
            for (index, key) in keys.enumerated() {
                let (left, right) = (one.key[index], other.key[index])
                if left.isNull || right.isNull {
                    if left.isNull && right.isNull { continue }
                    return left.isNull == key.nullsFirst
                }
                let order = Self.compare(left, right)
                if order != 0 { return (order < 0) == key.isAscending }
            }
            return false
        }.map(\.row)
    }

    /// One value for all that SQL calls equal: negative zero is zero.
    static func canonical(_ value: Value) -> Value {
        if case .double(let double) = value {
            if double == 0 { return .double(0) }
            if double.isNaN { return .double(.nan) }
        }
        return value
    }

    /// -1, 0 or 1 for two values of one type, neither NULL; NaN is above all numbers.
    public static func compare(_ one: Value, _ other: Value) -> Int {
        func order<Item: Comparable>(_ one: Item, _ other: Item) -> Int {
            one < other ? -1 : (one == other ? 0 : 1)
        }
        switch (one, other) {
        case (.boolean(let one), .boolean(let other)): return order(one ? 1 : 0, other ? 1 : 0)
        case (.bigint(let one), .bigint(let other)), (.timestamp(let one), .timestamp(let other)),
            (.date(let one), .date(let other)):
            return order(one, other)
        case (.bigint(let one), .decimal(let other)):
            return Decimal(unscaled: Int128(one), scale: 0).compare(other)
        case (.decimal(let one), .bigint(let other)):
            return one.compare(Decimal(unscaled: Int128(other), scale: 0))
        case (.decimal(let one), .decimal(let other)): return one.compare(other)
        case (.double(let one), .double(let other)):
            if one.isNaN || other.isNaN { return order(one.isNaN ? 1 : 0, other.isNaN ? 1 : 0) }
            return order(one, other)
        case (.varchar(let one), .varchar(let other)), (.json(let one), .json(let other)):
            return order(one, other)
        case (.array(let one), .array(let other)):
            for (left, right) in zip(one, other) {
                if left.isNull || right.isNull {
                    if left.isNull && right.isNull { continue }
                    return left.isNull ? -1 : 1
                }
                let result = compare(left, right)
                if result != 0 { return result }
            }
            return order(one.count, other.count)
        default: preconditionFailure("the plan compares \(one) with \(other)")
        }
    }
}
