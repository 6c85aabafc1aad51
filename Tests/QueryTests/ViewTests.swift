import Segments
import TestSupport
import Testing

@testable import Query

/// CREATE VIEW, and queries that read views.
@Suite struct ViewTests {
    private static func catalog(_ views: [(String, String)]) -> CatalogView {
        var catalog = BinderFixture.catalog
        catalog.views = views.enumerated().map { index, view in
            View(id: TableID(UInt32(100 + index)), name: view.0, sql: view.1)
        }
        return catalog
    }

    private func bind(
        _ sql: String, _ views: [(String, String)] = []
    ) throws(QueryError) -> BoundStatement {
        try ParsedStatement(parsing: sql).bound(
            to: Self.catalog(views), options: BindOptions(now: 0))
    }

    private func query(_ sql: String, _ views: [(String, String)]) throws -> BoundQuery {
        guard case .query(let query) = try bind(sql, views) else {
            throw QueryError(.syntax, "no query")
        }
        return query
    }

    private static let paid = ("paid", "SELECT merchant_id, amount / 2 AS half FROM payments")

    @Test("A view keeps its text as it was written")
    func text() throws {
        let sql = "CREATE OR REPLACE VIEW paid AS  SELECT amount,  -- c\n method FROM payments ;"
        guard case .createView(let view, let isReplacing, _) = try bind(sql) else {
            Issue.record("no CREATE VIEW")
            return
        }
        #expect(isReplacing)
        #expect(view.sql == "SELECT amount,  -- c\n method FROM payments")
        let shown = try query("SHOW CREATE VIEW paid", [Self.paid])
        guard case .values(let rows, _) = shown.plan else { return }
        #expect(
            rows == [
                [.varchar(Text("paid")), .varchar(Text("CREATE VIEW paid AS\n" + Self.paid.1))]
            ])
    }

    @Test("A name of a view reads as its query in parentheses")
    func reading() throws {
        for (sql, plain) in [
            ("SELECT * FROM paid", "SELECT * FROM (\(Self.paid.1)) AS paid"),
            (
                "SELECT paid.half FROM druid.paid WHERE half > 3",
                "SELECT paid.half FROM (\(Self.paid.1)) AS paid WHERE half > 3"
            ),
            (
                "SELECT x.a FROM PAID AS x (a) JOIN payments p ON p.merchant_id = x.a",
                "SELECT x.a FROM (\(Self.paid.1)) AS x (a) JOIN payments p ON p.merchant_id = x.a"
            ),
            (
                "SELECT SUM(half) FROM v",
                "SELECT SUM(half) FROM (SELECT half FROM (\(Self.paid.1)) p) v"
            ),
        ] {
            let views = [Self.paid, ("v", "SELECT half FROM paid")]
            let (one, other) = (try query(sql, views), try query(plain, []))
            #expect(one.fields == other.fields, "\(sql)")
            let nowhere = SourceRange(0, 0)
            #expect(try one.plan.placed(at: nowhere) == other.plan.placed(at: nowhere), "\(sql)")
        }
    }

    @Test("WITH hides a view of the same name, and a view does not see the names of WITH around it")
    func scopes() throws {
        let with = "WITH payments AS (SELECT 1 AS amount) SELECT * FROM paid"
        #expect(try query(with, [Self.paid]).fields.map(\.name) == ["merchant_id", "half"])
        let hidden = "WITH paid AS (SELECT 1 AS one) SELECT * FROM paid"
        #expect(try query(hidden, [Self.paid]).fields.map(\.name) == ["one"])
    }

    @Test("What fails while a view is read points at its name")
    func places() throws {
        let sql = "SELECT 1 + half FROM paid"
        let plan = try query(sql, [Self.paid]).plan
        var places: Set<SourceRange> = []
        func collect(_ expression: BoundExpression) {
            if case .call(_, _, _, let range) = expression { places.insert(range) }
            for operand in expression.operands { collect(operand) }
        }
        func walk(_ plan: LogicalPlan) {
            if case .project(let expressions, _) = plan { expressions.forEach(collect) }
            plan.inputs.forEach(walk)
        }
        walk(plan)
        #expect(places == [SourceRange(7, 15), SourceRange(21, 25)])
    }

    static let refused: [RefusedStatement] = [
        .init(
            "SELECT * FROM «broken»", "view broken: there is no table \"nobody\"", .unknownTable),
        .init(
            "SELECT * FROM payments JOIN «outer_one» ON TRUE",
            "view outer_one: view broken: there is no table \"nobody\"", .unknownTable),
        .init(
            "CREATE OR REPLACE VIEW a AS SELECT * FROM «b»",
            "view b: view a would read itself: a reads b reads a", .invalidArgument),
        .init(
            "CREATE VIEW a AS SELECT * FROM «a»", "view a would read itself: a reads a",
            .invalidArgument),
        .init("CREATE VIEW «payments» AS SELECT 1", "the name payments is taken", .invalidArgument),
        .init(
            "CREATE VIEW v AS SELECT amount FROM payments WHERE amount > «?»",
            "a view has no parameters", hint: "give them to the query that reads the view",
            .parameter),
        .init(
            "CREATE VIEW v AS «SELECT 1 AS x, 2 AS x»", "the view has two columns \"x\"",
            hint: "give one of them another name with AS", .ambiguous),
        .init(
            "CREATE VIEW v AS SELECT «nobody» FROM payments",
            "there is no column \"nobody\" in payments",
            .unknownColumn),
        .init(
            "CREATE VIEW v «(»a) AS SELECT 1", "a view's columns are named by its query",
            hint: "write SELECT expression AS name", .unsupported),
        .init(
            "CREATE OR REPLACE VIEW «IF» NOT EXISTS v AS SELECT 1",
            "OR REPLACE and IF NOT EXISTS exclude one another"),
        .init(
            "CREATE OR REPLACE «TABLE» t (a BIGINT)", "only views and endpoints can be replaced",
            hint: "use CREATE TABLE IF NOT EXISTS", .unsupported),
        .init(
            "DROP VIEW «brokn»", "there is no view \"brokn\"", hint: "did you mean broken?",
            .unknownTable),
        .init("DROP TABLE «broken»", "broken is a view, not a table", .invalidArgument),
        .init("INSERT INTO «broken» VALUES (1)", "broken is a view, not a table", .invalidArgument),
        .init(
            "ALTER TABLE payments RENAME TO «broken»", "the name broken is taken",
            .invalidArgument),
    ]

    @Test("What a view cannot do is refused at its place", arguments: refused)
    func refusals(statement: RefusedStatement) {
        let views = [
            ("broken", "SELECT * FROM nobody"), ("outer_one", "SELECT * FROM broken"),
            ("a", "SELECT 1 AS x"), ("b", "SELECT * FROM a"),
        ]
        let error = #expect(throws: QueryError.self) { try bind(statement.sql, views) }
        #expect(error?.code == statement.code)
        #expect(error?.message == statement.message)
        #expect(error?.range == statement.range)
        if let hint = statement.hint { #expect(error?.hint == hint) }
    }

    @Test("Views read views to a depth, and no further; sizes are limited, too")
    func depth() throws {
        var views = [("v0", "SELECT 1 AS x")]
        for level in 1...SQLLimits.viewDepth {
            views.append(("v\(level)", "SELECT x FROM v\(level - 1)"))
        }
        let last = SQLLimits.viewDepth
        #expect(try query("SELECT * FROM v\(last - 1)", views).fields.map(\.name) == ["x"])
        let error = #expect(throws: QueryError.self) { try bind("SELECT * FROM v\(last)", views) }
        #expect(error?.code == .limit)
        views = [
            (
                "v0",
                "SELECT * FROM " + (0..<25).map { "(SELECT 1) AS t\($0)" }.joined(separator: ", ")
            )
        ]
        for level in 1..<SQLLimits.viewDepth {
            let parts = (0..<25).map { "(SELECT COUNT(*) FROM v\(level - 1)) AS t\($0)" }
            views.append(("v\(level)", "SELECT * FROM " + parts.joined(separator: ", ")))
        }
        let large = #expect(throws: QueryError.self) { try bind("SELECT * FROM v3", views) }
        #expect(large?.code == .limit)
    }

    @Test("The catalogue lists views and their columns; one that does not work has none")
    func catalogue() throws {
        let views = [Self.paid, ("broken", "SELECT * FROM nobody")]
        func rows(_ sql: String) throws -> [[Value]] {
            let workers = WorkerPool(helperCount: 0)
            defer { workers.stop() }
            let snapshot = Snapshot(version: 1, manifestVersion: 1, tables: [])
            return try QueryExecutor(snapshot: snapshot, workers: workers, clock: ManualClock())
                .run(try query(sql, views)).rows
        }
        func texts(_ values: String...) -> [Value] { values.map { .varchar(Text($0)) } }
        #expect(
            try rows(
                "SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'VIEW' ORDER BY 1"
            )
                == [texts("broken", "VIEW"), texts("paid", "VIEW")])
        #expect(
            try rows(
                "SELECT COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME IN ('paid', 'broken')"
            )
                == [texts("merchant_id", "VARCHAR"), texts("half", "BIGINT")])
        #expect(try rows("SHOW TABLES") == [texts("broken"), texts("paid"), texts("payments")])
        #expect(try rows("SHOW VIEWS").map { $0[0] } == texts("broken", "paid"))
        #expect(try rows("DESCRIBE paid").map { $0[0] } == texts("merchant_id", "half"))
    }
}
