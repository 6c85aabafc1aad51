import Segments
import TestSupport
import Testing

@testable import Query

/// ALTER TABLE, from text to the schemas before and after.
@Suite struct BinderAlterTests {
    private static let catalog = CatalogView(
        tables: [BinderFixture.payments],
        rollups: [
            Rollup(
                id: TableID(5), name: "hourly", tableID: TableID(1), dimensions: [.column(4)],
                measures: [Rollup.Measure(.maximum, of: 6)])
        ])

    private func change(_ actions: String) throws -> TableChange {
        let statement = try ParsedStatement(parsing: "ALTER TABLE payments " + actions)
        let bound = try statement.bound(to: Self.catalog, options: BindOptions(now: 0))
        guard case .alterTable(let change) = bound else {
            throw QueryError(.syntax, "no ALTER TABLE")
        }
        return change
    }

    @Test("Actions apply in order, each over what the ones before made")
    func order() throws {
        let change = try change(
            """
            ADD COLUMN note VARCHAR NOT NULL DEFAULT 'none', DROP status,
            ADD COLUMN IF NOT EXISTS STATUS BIGINT, RENAME COLUMN note TO remark,
            ALTER remark SET DEFAULT 'some', ALTER COLUMN fee SET DATA TYPE DECIMAL(38, 2),
            ADD LOOKUP (merchant_id, remark), DROP LOOKUP (merchant_id), CLUSTER BY (method),
            SET TTL 30 DAYS, SET (unknown_fields = 'ignore'), RENAME TO "paid"
            """)
        #expect(change.before == BinderFixture.payments)
        let after = change.after
        #expect(after.name == "paid")
        #expect(!after.columns.contains { $0.name == "status" })
        #expect(after.columns.map(\.id) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14])
        let remark = try #require(after.columns.first { $0.name == "remark" })
        #expect(remark.initialValue == .varchar(Text("none")))
        #expect(remark.defaultValue == .varchar(Text("some")))
        #expect(!remark.isNullable)
        #expect(after.columns.last?.name == "STATUS")
        #expect(after.columns.last?.initialValue == .null)
        #expect(after.lookupColumns == [11])
        #expect(after.clusterColumns == [3])
        #expect(after.timeToLive == .days(30, column: after.timestampColumn ?? -1))
        #expect(after.unknownFields == .ignore)
    }

    @Test("A widened column's default stays the same number")
    func widened() throws {
        let change = try change(
            "ADD COLUMN n BIGINT DEFAULT 7, ALTER n TYPE DECIMAL(20), ALTER n DROP DEFAULT")
        let column = try #require(change.after.columns.last)
        #expect(column.type == .decimal(precision: 20, scale: 0))
        #expect(column.initialValue == .decimal(Decimal(unscaled: 7, scale: 0)))
        #expect(column.defaultValue == .null)
    }

    @Test("IF EXISTS and IF NOT EXISTS leave the table as it is")
    func nothing() throws {
        let change = try change(
            "ADD IF NOT EXISTS fee BIGINT, DROP IF EXISTS nobody, ALTER fee TYPE DECIMAL(18,2)"
        )
        #expect(change.before == change.after)
    }

    static let refused: [RefusedStatement] = [
        .init(
            "ALTER TABLE payments ADD «fee» BIGINT", "there is a column \"fee\" already",
            hint: "names that differ in case only count as the same", .invalidArgument),
        .init(
            "ALTER TABLE payments ADD «n» BIGINT NOT NULL",
            "column \"n\" is NOT NULL and has no DEFAULT", hint: "rows that are there need a value",
            .invalidArgument),
        .init(
            "ALTER TABLE payments DROP COLUMN «feee»", "there is no column \"feee\" in payments",
            hint: "did you mean fee?", .unknownColumn),
        .init(
            "ALTER TABLE payments DROP COLUMN «event_time»",
            "column 'event_time' places the table's rows in time", .invalidArgument),
        .init(
            "ALTER TABLE payments DROP COLUMN «event_id»",
            "column 'event_id' is the table's UNIQUE id", .invalidArgument),
        .init(
            "ALTER TABLE payments DROP COLUMN «merchant_id»",
            "column 'merchant_id' is in CLUSTER BY", .invalidArgument),
        .init(
            "ALTER TABLE payments DROP COLUMN «method»",
            "column \"method\" is used by rollup hourly", hint: "DROP ROLLUP hourly first",
            .invalidArgument),
        .init(
            "ALTER TABLE payments ALTER «amount» TYPE DECIMAL(38,0)",
            "column \"amount\" is used by rollup hourly", hint: "DROP ROLLUP hourly first",
            .invalidArgument),
        .init(
            "ALTER TABLE payments ALTER fee SET DATA TYPE «DOUBLE»",
            "column 'fee' is DECIMAL(18,2), which does not widen to DOUBLE: "
                + "a DOUBLE does not hold every DECIMAL exactly", .invalidArgument),
        .init(
            "ALTER TABLE payments ALTER fee TYPE «DECIMAL(38,3)»",
            "column 'fee' is DECIMAL(18,2), which does not widen to DECIMAL(38,3): "
                + "the digits after the point stay", .invalidArgument),
        .init(
            "ALTER TABLE payments RENAME fee TO «AMOUNT»", "there is a column \"amount\" already",
            hint: "names that differ in case only count as the same", .invalidArgument),
        .init(
            "ALTER TABLE payments RENAME TO «hourly»", "the name hourly is taken",
            .invalidArgument),
        .init(
            "ALTER TABLE payments ALTER fee SET DEFAULT «1.005»",
            "column \"fee\" is DECIMAL(18,2), this is DECIMAL(4,3)", .typeMismatch),
        .init(
            "ALTER TABLE payments DROP LOOKUP («fee»)", "column \"fee\" is not in LOOKUP",
            .invalidArgument),
        .init(
            "ALTER TABLE «payment» ADD a BIGINT", "there is no table \"payment\"",
            hint: "did you mean payments?", .unknownTable),
        .init(
            "ALTER «ROLLUP» r", "expected TABLE after ALTER but found \"ROLLUP\"",
            hint: "rollups are dropped and created again"),
        .init(
            "ALTER TABLE t «TRUNCATE»",
            "expected ADD, DROP, RENAME, ALTER, SET or CLUSTER BY but found \"TRUNCATE\"",
            hint: "for example: ALTER TABLE t ADD COLUMN c BIGINT"),
        .init(
            "ALTER TABLE t ADD «UNIQUE» (a)",
            "a key cannot be added: rows that are there were taken without it",
            hint: "make a new table with the key", .unsupported),
        .init(
            "ALTER TABLE t ALTER a «SET» NOT NULL",
            "whether a column takes NULL is settled when it is made", .unsupported),
    ]

    @Test("What cannot be altered is refused at its place", arguments: refused)
    func refusals(statement: RefusedStatement) {
        let error = #expect(throws: QueryError.self) {
            try ParsedStatement(parsing: statement.sql)
                .bound(to: Self.catalog, options: BindOptions(now: 0))
        }
        #expect(error?.code == statement.code)
        #expect(error?.message == statement.message)
        #expect(error?.range == statement.range)
        if let hint = statement.hint { #expect(error?.hint == hint) }
    }

    @Test("System tables are not altered")
    func system() {
        #expect(throws: QueryError.self) {
            try BinderFixture.bind("ALTER TABLE sys.segments ADD a BIGINT")
        }
    }
}
