import Segments

/// The clauses of one SELECT, bound over its input.
struct SelectParts {
    /// One result column.
    struct Item {
        var expression: BoundExpression
        var name: String
        /// Whether the name was given with AS.
        var isNamed: Bool
        var range: SourceRange
    }

    /// One item of ORDER BY.
    struct Order {
        var expression: BoundExpression
        var isAscending: Bool
        var nullsFirst: Bool
        var range: SourceRange
    }

    var items: [Item]
    var filter: BoundExpression?
    var keys: [BoundExpression] = []
    /// Which keys each grouping set has, by position; nil for one set of all.
    var groupingSets: [[Int]]?
    var having: BoundExpression?
    var qualify: BoundExpression?
    /// The expressions of DISTINCT ON.
    var distinctOn: [BoundExpression] = []
    var order: [Order] = []
}

/// Moves expressions from the input of an aggregation to its output: what equals a key becomes the
/// key's column, an aggregate its own; any other column of the input is an error.
struct Grouping {
    private var positions: [BoundExpression: Int] = [:]
    /// The forms keys take: an expression of another form is none of them.
    private var forms: Set<Int> = []
    private let keyCount: Int
    private let inputCount: Int
    private let binder: ExpressionBinder

    /// Groups by `keys` over the binder's scope.
    init(keys: [BoundExpression], binder: ExpressionBinder) {
        for (index, key) in keys.enumerated() where positions[key.withoutPlaces] == nil {
            positions[key.withoutPlaces] = index
            forms.insert(Self.form(of: key))
        }
        keyCount = keys.count
        inputCount = binder.scope.columns.count
        self.binder = binder
    }

    /// The expression over the aggregation's output.
    ///
    /// - Throws: `invalid_argument` at a column that is neither key nor aggregated; the place is
    ///   looked for in `range`.
    func moved(
        _ expression: BoundExpression, in range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        if forms.contains(Self.form(of: expression)), let key = positions[expression.withoutPlaces]
        {
            return .column(index: key, type: expression.type)
        }
        if case .column(let index, let type) = expression {
            if index >= Provisional.start { return expression }
            guard index >= inputCount else { throw ungrouped(index, in: range) }
            return .column(index: keyCount + index - inputCount, type: type)
        }
        return try expression.mapOperands { (operand) throws(QueryError) in
            try moved(operand, in: range)
        }
    }

    private static func form(of expression: BoundExpression) -> Int {
        switch expression {
        case .column: 0
        case .literal: 1
        case .call: 2
        case .compare: 3
        case .and, .or, .not: 4
        case .isNull, .isTruth: 5
        case .inList, .like: 6
        case .caseWhen: 7
        case .cast: 8
        }
    }

    private func ungrouped(_ column: Int, in range: SourceRange) -> QueryError {
        let name = binder.scope.columns[column].name
        let place = binder.references.first {
            $0.column == column && !$0.isInsideAggregate
                && $0.range.lowerBound >= range.lowerBound
                && $0.range.upperBound <= range.upperBound
        }
        return QueryError(
            .invalidArgument, "column \"\(name)\" must be in GROUP BY or inside an aggregate",
            at: place?.range ?? range, hint: "add \(name) to GROUP BY, or write ANY_VALUE(\(name))")
    }
}
