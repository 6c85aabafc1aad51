/// CREATE ENDPOINT.
extension Parser {
    /// At ENDPOINT.
    mutating func createEndpoint(isReplacing: Bool) throws(QueryError) -> Syntax.CreateEndpoint {
        advance()
        let start = current.range
        let ifNotExists = try acceptIfNotExists()
        if ifNotExists, isReplacing {
            throw QueryError(
                .syntax, "OR REPLACE and IF NOT EXISTS exclude one another", at: start)
        }
        let name = try identifier("the name of the endpoint")
        var declared: [Syntax.EndpointParameter] = []
        if accept(.leftParenthesis) {
            declared = try list("parameters") { (parser) throws(QueryError) in
                try parser.endpointParameter()
            }
            try expect(.rightParenthesis, " after the parameters")
        }
        try expect(.as, " after the parameters of the endpoint")
        let first = current.range.lowerBound
        let count = parameters.count
        let query = try queryExpression()
        return Syntax.CreateEndpoint(
            name: name, isReplacing: isReplacing, ifNotExists: ifNotExists, parameters: declared,
            query: query, uses: Array(parameters[count...]),
            text: String(decoding: bytes[first..<previousEnd], as: UTF8.self))
    }

    private mutating func endpointParameter() throws(QueryError) -> Syntax.EndpointParameter {
        let name = try identifier("a parameter")
        var parameter = Syntax.EndpointParameter(name: name, type: try typeName())
        if accept(.default) {
            let value = try expression()
            guard case .literal = value.kind else {
                throw QueryError(.syntax, "a DEFAULT must be a literal", at: value.range)
            }
            parameter.defaultValue = value
        }
        return parameter
    }
}
