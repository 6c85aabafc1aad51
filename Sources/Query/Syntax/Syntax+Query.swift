extension Syntax {
    /// A body with the order and the bounds of its rows.
    struct QueryExpression: Equatable, Sendable {
        /// `WITH name AS (...), ...`, in order; each sees those before it.
        var with: [CommonTable] = []
        var body: Body
        var orderBy: [OrderItem] = []
        var limit: Expression?
        var offset: Expression?
        var range: SourceRange

        /// Where the rows come from.
        indirect enum Body: Equatable, Sendable {
            case select(Select)
            case values([[Expression]])
            case combined(SetOperation)
        }
    }

    /// Two queries whose rows are put together or taken from one another.
    struct SetOperation: Equatable, Sendable {
        /// Which rows stay.
        enum Kind: String, Sendable {
            case union = "UNION"
            case intersect = "INTERSECT"
            case except = "EXCEPT"
        }

        var kind: Kind
        /// Whether equal rows are kept.
        var isAll: Bool
        var left: QueryExpression
        var right: QueryExpression
        /// The words between them.
        var range: SourceRange
    }

    /// `SELECT [DISTINCT] items [FROM] [WHERE] [GROUP BY] [HAVING] [WINDOW] [QUALIFY]`.
    struct Select: Equatable, Sendable {
        var isDistinct: Bool
        /// `DISTINCT ON (expressions)`: the first row of each.
        var distinctOn: [Expression] = []
        var items: [SelectItem]
        var from: TableReference?
        var filter: Expression?
        var groupBy: [GroupItem]
        /// `GROUP BY ALL`: by every item without aggregate.
        var groupsByAll = false
        var having: Expression?
        /// `WINDOW name AS (...)`.
        var windows: [NamedWindow] = []
        /// A condition on window functions.
        var qualify: Expression?
    }

    /// One item of GROUP BY.
    indirect enum GroupItem: Equatable, Sendable {
        case expression(Expression)
        /// `ROLLUP (a, (b, c))`: all, all but the last, and so on to none.
        case rollup([[Expression]], range: SourceRange)
        /// `CUBE (a, b)`: every choice of them.
        case cube([[Expression]], range: SourceRange)
        /// `GROUPING SETS ((a, b), (a), ())`.
        case sets([[GroupItem]], range: SourceRange)

        /// Whether it stands for grouping sets of its own.
        var isNested: Bool { if case .expression = self { false } else { true } }
    }

    /// `name AS (window)`.
    struct NamedWindow: Equatable, Sendable {
        var name: Identifier
        var window: Window
    }

    /// One item between SELECT and FROM.
    enum SelectItem: Equatable, Sendable {
        /// `*` or `table.*`, without the columns of EXCEPT, those of REPLACE being others.
        case star(
            qualifier: [Identifier], except: [Identifier], replace: [Replacement],
            range: SourceRange)
        case expression(Expression, alias: Identifier?)
    }

    /// `expression AS column` of `* REPLACE`.
    struct Replacement: Equatable, Sendable {
        var value: Expression
        var column: Identifier
    }

    /// `name [(columns)] AS (query)` of WITH.
    struct CommonTable: Equatable, Sendable {
        var name: Identifier
        /// New names of the columns; empty for the query's own.
        var columns: [Identifier]
        var query: QueryExpression
    }

    /// `[AS] name [(columns)]` behind an item of FROM.
    struct TableAlias: Equatable, Sendable {
        var name: Identifier
        /// New names of the first columns; empty for their own.
        var columns: [Identifier] = []
    }

    /// What FROM reads.
    indirect enum TableReference: Equatable, Sendable {
        case table(ObjectName, alias: TableAlias?)
        case derived(QueryExpression, alias: TableAlias?)
        /// One row per element of an array of the tables before it.
        case unnest(Expression, alias: TableAlias?)
        case join(Join)
    }

    /// Two items of FROM and how their rows meet.
    struct Join: Equatable, Sendable {
        /// Which rows without partner stay.
        enum Kind: String, Sendable {
            case inner = "INNER JOIN"
            case left = "LEFT JOIN"
            case right = "RIGHT JOIN"
            case full = "FULL JOIN"
            /// Every row with every row; also written as a comma.
            case cross = "CROSS JOIN"
        }

        /// What rows must have in common.
        enum Constraint: Equatable, Sendable {
            case none
            case on(Expression)
            case using([Identifier])
            /// All columns whose names both sides have.
            case natural
        }

        var kind: Kind
        var left: TableReference
        var right: TableReference
        var constraint: Constraint
        /// The words of the join and its right side.
        var range: SourceRange
    }

    /// One item of ORDER BY.
    struct OrderItem: Equatable, Sendable {
        var expression: Expression
        var isDescending: Bool
        /// NULLS FIRST or LAST, if written.
        var nullsFirst: Bool?
    }
}
