import Query
import Segments

/// Queries over texts with few values as `daybook bench --kernels` measures kernels: on one thread
/// of this process, over one segment.
///
/// They are what the loops in C are that the machine's limits are measured with: rows of one code
/// counted, and a number summed for each of 256 codes.
struct KernelQueries {
    private static let rowCount = 256 * SegmentFormat.blockRowCount

    /// A query, and the sum of the numbers in its rows.
    private struct Case {
        let name: String
        let sql: String
        let expected: Int128
    }

    private let executor: QueryExecutor
    private let view: CatalogView
    private let cases: [Case]

    /// Writes the segment into `directory` and opens it.
    init(directory: WorkDirectory) throws(CommandError) {
        // One row in 16 has each code of `few`: no index finds them faster than a scan.
        let few = (0..<Self.rowCount).map { UInt32(Hashing.mix(UInt64($0)) & 15) }
        let many = (0..<Self.rowCount).map { UInt32(Hashing.mix(UInt64($0)) >> 8 & 255) }
        let amounts = (0..<Self.rowCount).map { Int64(Hashing.mix(UInt64($0)) >> 47) }
        let schema = TableSchema(
            id: TableID(1), name: "kernels",
            columns: [
                ColumnDefinition(id: 1, name: "few", type: .varchar, isNullable: false),
                ColumnDefinition(id: 2, name: "many", type: .varchar, isNullable: false),
                ColumnDefinition(id: 3, name: "amount", type: .bigint, isNullable: false),
            ])
        func texts(_ codes: [UInt32], _ count: Int) -> Column {
            let words = StringVector((0..<count).map { Text("code \(100 + $0)") })
            return Column(
                type: .varchar, values: .codes(codes, StringDictionary(words, isSorted: true)))
        }
        let rows = RowBatch(
            rowCount: Self.rowCount,
            columns: [
                texts(few, 16), texts(many, 256), Column(type: .bigint, values: .integers(amounts)),
            ])
        let reader: SegmentReader
        do {
            let files = try PosixFileSystem(root: directory.path)
            let entry = try SegmentWriter(fileSystem: files).write(
                rows, schema: schema,
                as: SegmentDescription(
                    id: SegmentID(2), chunk: TimeRange(start: .min, end: .max), level: 0,
                    firstLSN: 1, lastLSN: 1),
                path: "queries.segment")
            reader = try SegmentReader(fileSystem: files, entry: entry, path: "queries.segment")
        } catch {
            throw CommandError("\(error)", .system)
        }
        let table = TableSnapshot(
            schema: schema, segments: [SegmentHandle(reader)], live: [], flushedLSN: 1)
        executor = QueryExecutor(
            snapshot: Snapshot(version: 1, manifestVersion: 1, tables: [table]),
            workers: WorkerPool(helperCount: 0))
        view = CatalogView(tables: [schema], systemTables: [])
        let total = amounts.reduce(Int128(0)) { $0 + Int128($1) }
        cases = [
            Case(
                name: "one of 16 codes counted",
                sql: "SELECT COUNT(*) FROM kernels WHERE few = 'code 107'",
                expected: Int128(few.count { $0 == 7 })),
            Case(
                name: "sum for each of 16 codes",
                sql: "SELECT few, SUM(amount) FROM kernels GROUP BY few", expected: total),
            Case(
                name: "sum for each of 256 codes",
                sql: "SELECT many, SUM(amount) FROM kernels GROUP BY many", expected: total),
        ]
    }

    /// Each query's name, its rows in a millisecond of the median round, and whether its answer
    /// was right.
    func run(
        rounds: Int
    ) throws(CommandError) -> [(name: String, rowsPerMillisecond: Int, holds: Bool)] {
        var lines: [(name: String, rowsPerMillisecond: Int, holds: Bool)] = []
        for measured in cases {
            var seconds: [Double] = []
            var found = Int128(0)
            do throws(QueryError) {
                let statement = try ParsedStatement(parsing: measured.sql)
                    .bound(to: view, options: BindOptions(now: 0))
                guard case .query(let query) = statement else {
                    preconditionFailure("the statements of this file are queries")
                }
                for _ in 0..<rounds {
                    let started = ContinuousClock.now
                    let rows = try executor.run(query, cancellation: Cancellation()).rows
                    seconds.append(max(started.duration(to: .now).inSeconds, 1e-6))
                    found = rows.reduce(0) { $0 + Self.number($1[$1.count - 1]) }
                }
            } catch {
                throw CommandError(error.message, .damaged)
            }
            let speed = Double(Self.rowCount) / seconds.sorted()[rounds / 2] / 1e3
            lines.append((measured.name, Int(speed), found == measured.expected))
        }
        return lines
    }

    private static func number(_ value: Value) -> Int128 {
        switch value {
        case .bigint(let number): Int128(number)
        case .decimal(let decimal): decimal.unscaled
        default: 0
        }
    }
}
