/// The syntax tree: a statement as it was written, names unresolved.
///
/// Nodes are values and carry the bytes they were read from. What the grammar can read but the
/// binder cannot run yet (a derived table, PRIMARY KEY) is here all the same, so that the error
/// points at the place and the tree keeps its shape when it learns to.
enum Syntax {
    /// A text: its settings, and the one statement they hold for.
    struct Script: Equatable, Sendable {
        /// `SET key = literal;` before the statement, in order.
        var settings: [Setting]
        /// The statement.
        var statement: Statement
        /// Every parameter, in order of appearance.
        var parameters: [Parameter]
    }

    /// One `SET key = literal`.
    struct Setting: Equatable, Sendable {
        var key: Identifier
        var value: Literal
        var valueRange: SourceRange
    }

    /// What a text can ask for.
    indirect enum Statement: Equatable, Sendable {
        case query(QueryExpression)
        case explain(Explain)
        case createTable(CreateTable)
        case dropTable(ObjectName, ifExists: Bool)
        case alterTable(AlterTable)
        case createRollup(CreateRollup)
        case explainRollup(CreateRollup)
        case dropRollup(ObjectName, ifExists: Bool)
        case createView(CreateView)
        case dropView(ObjectName, ifExists: Bool)
        case createEndpoint(CreateEndpoint)
        case dropEndpoint(Identifier, ifExists: Bool)
        case showEndpoints
        case showViews
        case showCreateView(ObjectName)
        case createSource(CreateSource)
        case dropSource(Identifier, ifExists: Bool)
        case changeSource(Identifier, SourceChange)
        case insert(Insert)
        case copy(Copy)
        case showTables(schema: Identifier?)
        case showColumns(ObjectName)
        case showCreateTable(ObjectName)
        case showRollups(table: ObjectName?)
    }

    /// `EXPLAIN [ANALYZE] [PLAN FOR] query`.
    struct Explain: Equatable, Sendable {
        var isAnalyze: Bool
        var query: QueryExpression
    }

    /// A name as written; `isQuoted` keeps `"select"` apart from SELECT.
    struct Identifier: Equatable, Sendable {
        var name: String
        var isQuoted: Bool
        var range: SourceRange
    }

    /// `[schema.]name`.
    struct ObjectName: Equatable, Sendable {
        var schema: Identifier?
        var name: Identifier

        /// Schema, point and name.
        var range: SourceRange {
            SourceRange((schema ?? name).range.lowerBound, name.range.upperBound)
        }
    }

    /// A place for a value given beside the text.
    struct Parameter: Equatable, Sendable {
        /// How the value is found.
        enum Key: Equatable, Sendable {
            /// `?` and `$n`, counted from zero.
            case index(Int)
            /// `:name`.
            case name(String)
        }

        var key: Key
        var range: SourceRange
    }
}
