extension Syntax {
    /// A body with the order and the bounds of its rows.
    struct QueryExpression: Equatable, Sendable {
        var body: Body
        var orderBy: [OrderItem] = []
        var limit: Expression?
        var offset: Expression?
        var range: SourceRange

        /// Where the rows come from.
        indirect enum Body: Equatable, Sendable {
            case select(Select)
            case values([[Expression]])
        }
    }

    /// `SELECT [DISTINCT] items [FROM] [WHERE] [GROUP BY] [HAVING]`.
    struct Select: Equatable, Sendable {
        var isDistinct: Bool
        var items: [SelectItem]
        var from: TableReference?
        var filter: Expression?
        var groupBy: [Expression]
        var having: Expression?
    }

    /// One item between SELECT and FROM.
    enum SelectItem: Equatable, Sendable {
        /// `*` or `table.*`.
        case star(qualifier: [Identifier], range: SourceRange)
        case expression(Expression, alias: Identifier?)
    }

    /// One item of FROM.
    indirect enum TableReference: Equatable, Sendable {
        case table(ObjectName, alias: Identifier?)
        case derived(QueryExpression, alias: Identifier?)
    }

    /// One item of ORDER BY.
    struct OrderItem: Equatable, Sendable {
        var expression: Expression
        var isDescending: Bool
        /// NULLS FIRST or LAST, if written.
        var nullsFirst: Bool?
    }
}
