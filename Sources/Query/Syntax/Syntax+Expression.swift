extension Syntax {
    /// An expression and the bytes it was read from, parentheses around it included.
    struct Expression: Equatable, Sendable {
        /// What it is.
        var kind: Kind
        /// Where it stands.
        var range: SourceRange
        /// Levels of the tree from here down; a leaf has 1, and `SQLLimits.treeHeight` bounds it.
        var height: Int

        /// The forms an expression takes.
        indirect enum Kind: Equatable, Sendable {
            case literal(Literal)
            /// `column`, `table.column` or `schema.table.column`; further names are JSON's members.
            case column([Identifier])
            case parameter(Parameter)
            /// A unit given as a word to EXTRACT, FLOOR ... TO or TIMESTAMPADD.
            case unit(TimeUnit)
            case unary(UnaryOperator, Expression)
            case binary(BinaryOperator, Expression, Expression)
            /// Two or more operands joined by AND.
            case conjunction([Expression])
            /// Two or more operands joined by OR.
            case disjunction([Expression])
            case truth(Expression, TruthTest, isNegated: Bool)
            case distinctFrom(Expression, Expression, isNegated: Bool)
            case inList(Expression, [Expression], isNegated: Bool)
            case between(Expression, low: Expression, high: Expression, isNegated: Bool)
            case like(Like)
            case caseWhen(Case)
            case cast(Expression, TypeName, isTry: Bool)
            case call(Call)
            case array([Expression])
            /// `(a, b)`: several values compared as one.
            case row([Expression])
            /// `json -> 'name'` gives JSON, `json ->> 'name'` text.
            case member(Expression, Expression, isText: Bool)
            /// `(SELECT ...)` for its only value.
            case subquery(QueryExpression)
            case exists(QueryExpression)
            case inSubquery(Expression, QueryExpression, isNegated: Bool)
        }
    }

    /// A constant as written.
    enum Literal: Equatable, Sendable {
        case null
        case boolean(Bool)
        case integer(Int64)
        /// `unscaled × 10^-scale`, at most 38 digits.
        case decimal(unscaled: Int128, scale: Int)
        case double(Double)
        case string(String)
        /// `TIMESTAMP 'text'`; the binder reads the text.
        case timestamp(String)
        /// `DATE 'text'`.
        case date(String)
        /// `INTERVAL 'count' unit`.
        case interval(count: Int64, unit: TimeUnit)
    }

    /// Calendar and clock units.
    enum TimeUnit: String, CaseIterable, Sendable {
        case microsecond = "MICROSECOND"
        case millisecond = "MILLISECOND"
        case second = "SECOND"
        case minute = "MINUTE"
        case hour = "HOUR"
        case day = "DAY"
        case week = "WEEK"
        case month = "MONTH"
        case quarter = "QUARTER"
        case year = "YEAR"
        case decade = "DECADE"
        case century = "CENTURY"
        case millennium = "MILLENNIUM"
        case isoYear = "ISOYEAR"
        case epoch = "EPOCH"
        case dayOfWeek = "DOW"
        case isoDayOfWeek = "ISODOW"
        case dayOfYear = "DOY"
    }

    /// Prefix operators.
    enum UnaryOperator: String, Sendable {
        case minus = "-"
        case plus = "+"
        case not = "NOT"
    }

    /// Infix operators of two operands.
    enum BinaryOperator: String, Sendable {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
        case concat = "||"
    }

    /// What follows IS [NOT].
    enum TruthTest: String, Sendable {
        case null = "NULL"
        case `true` = "TRUE"
        case `false` = "FALSE"
        case unknown = "UNKNOWN"
    }

    /// `value [NOT] LIKE pattern [ESCAPE escape]`, or ILIKE.
    struct Like: Equatable, Sendable {
        var value: Expression
        var pattern: Expression
        var escape: Expression?
        var ignoresCase: Bool
        var isNegated: Bool
    }

    /// `CASE [operand] WHEN ... THEN ... [ELSE ...] END`.
    struct Case: Equatable, Sendable {
        var operand: Expression?
        var branches: [Branch]
        var otherwise: Expression?

        /// One WHEN and its THEN.
        struct Branch: Equatable, Sendable {
            var condition: Expression
            var result: Expression
        }
    }

    /// A function or aggregate call.
    struct Call: Equatable, Sendable {
        /// The name; quoted names are taken as written, others without regard to case.
        var name: Identifier
        /// `COUNT(*)`.
        var isStar = false
        /// `COUNT(DISTINCT x)`.
        var isDistinct = false
        var arguments: [Expression]
        /// `f(x ORDER BY y)`.
        var orderBy: [OrderItem] = []
        /// `FILTER (WHERE condition)`.
        var filter: Expression?
        /// `IGNORE NULLS`.
        var ignoresNulls = false
        /// `OVER (window)`.
        var over: Window?
    }

    /// Which rows a window function sees, and in what order.
    struct Window: Equatable, Sendable {
        /// A window of the WINDOW clause that this one continues, or is.
        var base: Identifier?
        var partitionBy: [Expression] = []
        var orderBy: [OrderItem] = []
        var frame: Frame?
        var range: SourceRange

        /// Whether it is nothing but a name: `OVER w`.
        var isName: Bool { base != nil && partitionBy.isEmpty && orderBy.isEmpty && frame == nil }
    }

    /// `ROWS` or `RANGE BETWEEN start AND end`.
    struct Frame: Equatable, Sendable {
        /// What bounds count.
        enum Unit: String, Sendable {
            case rows = "ROWS"
            case range = "RANGE"
        }

        /// One end.
        enum Bound: Equatable, Sendable {
            case unboundedPreceding
            case preceding(Expression)
            case currentRow
            case following(Expression)
            case unboundedFollowing
        }

        var unit: Unit
        var start: Bound
        var end: Bound
        var range: SourceRange
    }

    /// A type as written in CAST or CREATE TABLE, its synonyms resolved.
    struct TypeName: Equatable, Sendable {
        /// The types there are.
        enum Scalar: Equatable, Sendable {
            case boolean
            case bigint
            case double
            case decimal(precision: Int, scale: Int)
            case varchar
            case timestamp
            case date
            case json
        }

        var base: Scalar
        var isArray: Bool
        var range: SourceRange
    }
}

extension Syntax.Expression {
    /// The expressions directly below, in order of the text.
    var children: [Syntax.Expression] {
        switch kind {
        case .literal, .column, .parameter, .unit, .subquery, .exists: []
        case .unary(_, let operand), .truth(let operand, _, _), .cast(let operand, _, _),
            .inSubquery(let operand, _, _):
            [operand]
        case .member(let json, let name, _): [json, name]
        case .binary(_, let left, let right), .distinctFrom(let left, let right, _): [left, right]
        case .conjunction(let operands), .disjunction(let operands), .array(let operands),
            .row(let operands):
            operands
        case .inList(let value, let elements, _): [value] + elements
        case .between(let value, let low, let high, _): [value, low, high]
        case .like(let like): [like.value, like.pattern] + (like.escape.map { [$0] } ?? [])
        case .caseWhen(let form):
            (form.operand.map { [$0] } ?? []) + form.branches.flatMap { [$0.condition, $0.result] }
                + (form.otherwise.map { [$0] } ?? [])
        case .call(let call):
            call.arguments + (call.filter.map { [$0] } ?? [])
                + call.orderBy.map(\.expression)
                + (call.over.map { $0.partitionBy + $0.orderBy.map(\.expression) } ?? [])
        }
    }
}
