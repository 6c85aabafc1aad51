/// CREATE VIEW.
extension Parser {
    /// What follows CREATE OR.
    mutating func createOrReplace() throws(QueryError) -> Syntax.Statement {
        advance()
        try expect(.replace, " after CREATE OR")
        if isAt(.endpoint) { return .createEndpoint(try createEndpoint(isReplacing: true)) }
        guard isAt(.view) else {
            throw unsupported(
                "only views and endpoints can be replaced",
                hint: "use CREATE TABLE IF NOT EXISTS")
        }
        return .createView(try createView(isReplacing: true))
    }

    /// At VIEW.
    mutating func createView(isReplacing: Bool) throws(QueryError) -> Syntax.CreateView {
        advance()
        let start = current.range
        let ifNotExists = try acceptIfNotExists()
        if ifNotExists, isReplacing {
            throw QueryError(
                .syntax, "OR REPLACE and IF NOT EXISTS exclude one another", at: start)
        }
        let name = try objectName("the name of the view")
        if isAt(.leftParenthesis) {
            throw unsupported(
                "a view's columns are named by its query", hint: "write SELECT expression AS name")
        }
        try expect(.as, " after the name of the view")
        let first = current.range.lowerBound
        let count = parameters.count
        let query = try queryExpression()
        if parameters.count > count {
            throw QueryError(
                .parameter, "a view has no parameters", at: parameters[count].range,
                hint: "give them to the query that reads the view")
        }
        let text = String(decoding: bytes[first..<previousEnd], as: UTF8.self)
        return Syntax.CreateView(
            name: name, isReplacing: isReplacing, ifNotExists: ifNotExists, query: query,
            text: text)
    }
}
