/// What a statement may cost before it is refused with `query_limit`.
///
/// Every limit is checked while reading, so that no text, however built, makes the parser or the
/// binder use a stack or a memory out of proportion to 64 KiB.
enum SQLLimits {
    /// Bytes of one statement's text.
    static let textBytes = 64 * 1024
    /// Parentheses, calls, CASEs, sub-selects and prefix operators inside one another.
    static let nestingDepth = 100
    /// Height of an expression's tree; only chains such as `a + b + c ...` reach beyond
    /// `nestingDepth`. AND and OR chains are one level however long they are.
    static let treeHeight = 1_000
    /// Nodes of the syntax tree, without the literals of IN lists and VALUES rows.
    static let nodeCount = 10_000
    /// Elements of one IN list.
    static let inListCount = 10_000
    /// Columns of a table, items of a SELECT, arguments of a call.
    static let listCount = 2_000
    /// Tables, derived tables and UNNESTs of a statement, those inside of WITH included.
    static let tableCount = 100
    /// Queries inside expressions of queries inside expressions.
    static let subqueryDepth = 20
    /// Queries joined by UNION, INTERSECT and EXCEPT in a row.
    static let setOperandCount = 100
    /// Grouping sets of a SELECT: CUBE over six keys has 64.
    static let groupingSetCount = 64
    /// Nodes of a plan; a name of WITH counts wherever it is used.
    static let planNodeCount = 10_000
    /// Views read by views.
    static let viewDepth = 8
    /// Names in a row with points between: a column and the members of its JSON.
    static let pathLength = 32
    /// Bytes of an identifier.
    static let identifierBytes = 256
}
