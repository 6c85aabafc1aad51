import Query
import Segments
import Synchronization
import TestSupport
import Testing

/// What is remembered of a text answers as the text read anew would.
@Suite("Statement cache")
struct StatementCacheTests {
    private static func schema(_ columns: [String], name: String = "t") -> TableSchema {
        TableSchema(
            id: TableID(1), name: name,
            columns: columns.enumerated().map { index, column in
                ColumnDefinition(
                    id: UInt32(index + 1), name: column, type: .bigint, isNullable: true)
            })
    }

    private static func snapshot(
        _ schema: TableSchema, rollups: [RollupSnapshot] = [], views: [View] = []
    ) -> Snapshot {
        Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: schema, segments: [], live: [], flushedLSN: 0, rollups: rollups)
            ], views: views)
    }

    /// Binds as a server does, and counts how often that was needed.
    private final class Binding: Sendable {
        let cache = StatementCache()
        let count = Atomic<Int>(0)

        func callAsFunction(
            _ sql: String, _ snapshot: Snapshot, _ options: BindOptions,
            system: [SystemTable] = []
        ) throws -> BoundStatement {
            try cache.statement(sql).bound(to: snapshot, options: options) {
                count.add(1, ordering: .relaxed)
                return CatalogView(
                    tables: snapshot.tables.map(\.schema), systemTables: system,
                    rollups: snapshot.rollups.map(\.rollup), views: snapshot.views)
            }
        }

        var boundCount: Int { count.load(ordering: .relaxed) }
    }

    @Test("Texts that differ in their bytes alone are two texts")
    func keysAreBytes() throws {
        let bind = Binding()
        let snapshot = Self.snapshot(Self.schema(["a"]))
        let composed = try bind("SELECT 'caf\u{e9}'", snapshot, BindOptions(now: 1))
        let decomposed = try bind("SELECT 'cafe\u{301}'", snapshot, BindOptions(now: 1))
        #expect(composed != decomposed)
        #expect(bind.boundCount == 2)
    }

    @Test("A view that was replaced is read anew")
    func views() throws {
        let bind = Binding()
        let schema = Self.schema(["a", "b"])
        func snapshot(_ column: String) -> Snapshot {
            let view = View(id: TableID(7), name: "v", sql: "SELECT \(column) AS x FROM t")
            return Self.snapshot(schema, views: [view])
        }
        let sql = "SELECT x FROM v"
        let first = try bind(sql, snapshot("a"), BindOptions(now: 1))
        let second = try bind(sql, snapshot("b"), BindOptions(now: 1))
        #expect(first != second)
        #expect(bind.boundCount == 2)
        #expect(try bind(sql, snapshot("b"), BindOptions(now: 1)) == second)
        #expect(bind.boundCount == 2)
    }

    @Test("A text asked again is bound once, whatever the clock says")
    func bindsOnce() throws {
        let bind = Binding()
        let snapshot = Self.snapshot(Self.schema(["a", "b"]))
        let first = try bind("SELECT a FROM t WHERE b = 1", snapshot, BindOptions(now: 1))
        let again = try bind(
            "SELECT a FROM t WHERE b = 1", Self.snapshot(Self.schema(["a", "b"])),
            BindOptions(now: 2))
        #expect(first == again)
        #expect(bind.boundCount == 1)
    }

    @Test("Another schema, rollup or parameter is bound anew, and the old one after it")
    func notices() throws {
        let bind = Binding()
        let sql = "SELECT * FROM t WHERE a = ?"
        let one = BindOptions(now: 0, parameters: [ParameterValue(.bigint(1))])
        let two = BindOptions(now: 0, parameters: [ParameterValue(.bigint(2))])
        let narrow = Self.snapshot(Self.schema(["a"]))
        let wide = Self.snapshot(Self.schema(["a", "b"]))
        var known: [BoundStatement] = []
        for (snapshot, options) in [(narrow, one), (wide, one), (wide, two), (narrow, one)] {
            let bound = try bind(sql, snapshot, options)
            let fresh = Binding()
            #expect(try bound == fresh(sql, snapshot, options))
            known.append(bound)
        }
        #expect(bind.boundCount == 4)
        #expect(Set(known).count == 3)

        let lenient = BindOptions(now: 0, parameters: two.parameters, castFailure: .null)
        _ = try bind(sql, wide, two)
        _ = try bind(sql, wide, lenient)
        #expect(bind.boundCount == 6)
    }

    @Test("What reads the clock or a system table is bound each time")
    func volatile() throws {
        let bind = Binding()
        let snapshot = Self.snapshot(Self.schema(["a"]))
        for sql in ["SELECT CURRENT_TIMESTAMP", "SELECT a, CURRENT_DATE FROM t", "SELECT NOW()"] {
            let early = try bind(sql, snapshot, BindOptions(now: 0))
            let late = try bind(sql, snapshot, BindOptions(now: 1_795_000_000_000_000))
            #expect(early != late, "\(sql)")
        }
        let calls = Atomic<Int64>(0)
        let system = SystemTable(
            schema: "sys", name: "calls", columns: [ResultField(name: "n", type: .bigint)]
        ) { [[.bigint(calls.add(1, ordering: .relaxed).newValue)]] }
        for expected in 1...3 {
            guard
                case .query(let query) = try bind(
                    "SELECT n FROM sys.calls", snapshot, BindOptions(now: 0), system: [system])
            else { preconditionFailure("no query") }
            let result = try QueryExecutor(
                snapshot: snapshot, workers: WorkerPool(helperCount: 0)
            ).run(query)
            #expect(result.rows == [[.bigint(Int64(expected))]])
        }
    }

    @Test("Statements that change something are bound each time")
    func changes() throws {
        let bind = Binding()
        let snapshot = Self.snapshot(Self.schema(["a"]))
        for _ in 0..<2 {
            _ = try bind("INSERT INTO t VALUES (1)", snapshot, BindOptions(now: 0))
        }
        #expect(bind.boundCount == 2)
    }

    @Test("The time of the last run is known for the same options and schemas only")
    func durations() throws {
        let bind = Binding()
        let sql = "SELECT a FROM t WHERE a = ?"
        let (one, two) = (
            BindOptions(now: 0, parameters: [ParameterValue(.bigint(1))]),
            BindOptions(now: 0, parameters: [ParameterValue(.bigint(2))])
        )
        let snapshot = Self.snapshot(Self.schema(["a"]))
        let entry = try bind.cache.statement(sql)
        #expect(entry.lastNanoseconds(on: snapshot, options: one) == nil)
        _ = try bind(sql, snapshot, one)
        #expect(entry.lastNanoseconds(on: snapshot, options: one) == nil)
        entry.note(nanoseconds: 7, options: two)
        #expect(entry.lastNanoseconds(on: snapshot, options: one) == nil)
        entry.note(nanoseconds: 5, options: one)
        #expect(entry.lastNanoseconds(on: snapshot, options: one) == 5)
        #expect(entry.lastNanoseconds(on: snapshot, options: two) == nil)
        let other = Self.snapshot(Self.schema(["a", "b"]))
        #expect(entry.lastNanoseconds(on: other, options: one) == nil)
    }

    @Test("Texts are forgotten before there are many; one that is asked for stays")
    func forgets() throws {
        let cache = StatementCache()
        let kept = "SELECT 1"
        func text(_ number: Int) -> String {
            "SELECT \(number), '" + String(repeating: "x", count: 4_000) + "'"
        }
        _ = try cache.statement(kept)
        for number in 0..<200 {
            _ = try cache.statement(text(number))
            #expect(cache.known(kept) != nil)
        }
        #expect(cache.known(text(0)) == nil)
        #expect((0..<200).count { cache.known(text($0)) != nil } <= 2 * 64)
        let long = "SELECT '" + String(repeating: "x", count: 9_000) + "'"
        _ = try cache.statement(long)
        #expect(cache.known(long) == nil)
    }
}
