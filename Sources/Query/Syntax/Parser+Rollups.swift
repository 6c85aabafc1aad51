extension Syntax {
    /// `CREATE ROLLUP name ON table AS SELECT items GROUP BY keys [CLUSTER BY (columns)]`.
    struct CreateRollup: Equatable, Sendable {
        var name: ObjectName
        var ifNotExists: Bool
        var table: ObjectName
        /// What stands between SELECT and GROUP BY.
        var items: [Expression]
        var groupBy: [Expression]
        var clusterBy: [Identifier] = []
    }
}

extension Parser {
    /// What follows CREATE.
    mutating func createRollup() throws(QueryError) -> Syntax.CreateRollup {
        try expect(.rollup)
        let ifNotExists = try acceptIfNotExists()
        let name = try objectName("the name of the rollup")
        try expect(.on, " after the name of the rollup")
        let table = try objectName("the table of the rollup")
        try expect(.as, " after the table of the rollup")
        try expect(.select, " after AS")
        let items = try list("items in SELECT") { (parser) throws(QueryError) in
            try parser.expression()
        }
        if isAt(.from) {
            throw QueryError(
                .syntax, "a rollup reads the table named after ON", at: current.range,
                hint: "leave FROM out")
        }
        if isAt(.where) {
            throw unsupported("a rollup holds all rows of its table: WHERE is not supported")
        }
        if isAt(.as) {
            throw QueryError(
                .syntax, "the items of a rollup have no names", at: current.range,
                hint: "queries keep naming the table and its columns")
        }
        try expect(.group, " after the items of a rollup")
        try expect(.by, " after GROUP")
        let keys = try list("keys in GROUP BY") { (parser) throws(QueryError) in
            try parser.expression()
        }
        var rollup = Syntax.CreateRollup(
            name: name, ifNotExists: ifNotExists, table: table, items: items, groupBy: keys)
        if accept(.cluster) {
            try expect(.by, " after CLUSTER")
            rollup.clusterBy = try names("columns", "a column")
        }
        return rollup
    }
}
