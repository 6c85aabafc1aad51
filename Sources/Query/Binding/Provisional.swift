/// Positions of columns that are computed beside the input of a SELECT.
///
/// While the clauses are bound, nobody knows where such a column will lie: it gets a position no
/// input has, and `Binder.plan` moves it to its place.
enum Provisional {
    /// The least of them.
    static let start = 1 << 40
    /// Element of the `i`-th UNNEST of SELECT.
    static let unnest = 1 << 40
    /// Result of the `i`-th window function.
    static let window = (1 << 40) + (1 << 20)
    /// Result of the `i`-th GROUPING.
    static let grouping = (1 << 40) + (2 << 20)
    /// Column `i` of the query around a query inside an expression.
    static let outer = 1 << 41
    /// Column `c` of the `i`-th query inside an expression is `subquery + i * width + c`.
    static let subquery = 1 << 42
    /// More columns than any query has.
    static let width = 1 << 16
}
