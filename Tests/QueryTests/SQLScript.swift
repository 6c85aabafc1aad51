import Foundation
import Query
import Segments
import TestSupport

/// A file of `Tests/SQL`: tables, then queries with their answers, as blocks between blank lines.
///
/// ```
/// # a comment
/// statement
/// CREATE TABLE t (a BIGINT)
///
/// query
/// SELECT a, a + 1 FROM t
/// ----
/// 1|2
/// NULL|NULL
///
/// error
/// SELECT b FROM t
/// ----
/// there is no column "b"
/// ```
///
/// Rows are compared in any order; `ordered` instead of `query` compares the order, too.
struct SQLScript {
    /// One block.
    struct Block {
        var kind: String
        var sql: String
        var expected: [String]
        var line: Int
    }

    let blocks: [Block]

    /// Reads `Tests/SQL/name`.
    init(named name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "SQL")
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        var blocks: [Block] = []
        var block: Block?
        var isExpected = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("#") { continue }
            if line.isEmpty {
                if let done = block { blocks.append(done) }
                (block, isExpected) = (nil, false)
            } else if block == nil {
                block = Block(kind: String(line), sql: "", expected: [], line: index + 1)
            } else if line == "----" {
                isExpected = true
            } else if isExpected {
                block?.expected.append(String(line))
            } else {
                block?.sql += line + "\n"
            }
        }
        if let block { blocks.append(block) }
        self.blocks = blocks
    }
}

/// The tables of a script, filled by its statements.
struct SQLScriptTables {
    private(set) var schemas: [TableSchema] = []
    private var rows: [TableID: [[Value]]] = [:]
    private let statements = StatementCache()

    /// The tables there are.
    var catalog: CatalogView { CatalogView(tables: schemas) }

    /// A row-by-row engine over the rows.
    var reference: ReferenceEngine { ReferenceEngine(tables: rows) }

    /// Runs CREATE TABLE or INSERT.
    mutating func run(_ sql: String) throws {
        let statement = try ParsedStatement(parsing: sql)
        switch try statement.bound(to: catalog, options: BindOptions(now: 0)) {
        case .createTable(let schema, _):
            var schema = schema
            schema.id = TableID(UInt32(schemas.count + 1))
            schemas.append(schema)
        case .insert(let schema, let new): rows[schema.id, default: []] += new
        default: throw QueryError(.syntax, "a script makes and fills tables only")
        }
    }

    /// A query over the tables.
    func query(_ sql: String) throws(QueryError) -> BoundQuery {
        let statement = try ParsedStatement(parsing: sql)
        switch try statement.bound(to: catalog, options: BindOptions(now: 0)) {
        case .query(let query), .explain(let query, _): return query
        default: throw QueryError(.syntax, "no query")
        }
    }

    /// The same, from the second asking on as it was bound the first time.
    func remembered(_ sql: String, _ snapshot: Snapshot) throws(QueryError) -> BoundQuery {
        let statement = try statements.statement(sql)
        let options = BindOptions(now: 0)
        switch try statement.bound(to: snapshot, options: options, view: { catalog }) {
        case .query(let query), .explain(let query, _): return query
        default: throw QueryError(.syntax, "no query")
        }
    }

    /// Live rows in batches of at most `batchSize` rows.
    func snapshot(batchSize: Int) -> Snapshot {
        let tables = schemas.map { schema in
            let all = rows[schema.id] ?? []
            let live = stride(from: 0, to: all.count, by: batchSize).map { start in
                LiveBatch(
                    RowBatch(
                        schema, rows: Array(all[start..<min(all.count, start + batchSize)])),
                    schema: schema, firstLSN: UInt64(start + 1), lastLSN: UInt64(start + 1))
            }
            return TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)
        }
        return Snapshot(version: 1, manifestVersion: 1, tables: tables)
    }

    /// A row as scripts write it.
    static func text(_ row: [Value]) -> String {
        row.map { $0.isNull ? "NULL" : "\($0)" }.joined(separator: "|")
    }
}
