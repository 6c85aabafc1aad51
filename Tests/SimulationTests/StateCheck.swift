import Query
import Segments
import TestSupport
import Testing

/// Looks at a database in every way there is, and compares with the model (RELIABILITY 3.1, A to
/// J).
struct StateCheck {
    let database: SimulatedDatabase
    let fileSystem: SimulatedFileSystem

    /// What SQL finds.
    ///
    /// - Throws: what a query throws; `Disagreement` where rows are there twice or not as sent.
    func contents() throws -> LedgerModel.Contents {
        var contents = LedgerModel.Contents()
        for table in database.catalog.snapshot.tables where !table.schema.name.hasPrefix("sys.") {
            let name = table.schema.name
            let rows = try database.rows("SELECT \(EventScript.columns) FROM \(name)")
            contents.tables[name] = try Self.byID(rows, "SQL over \(name)")
            contents.notes[name] = try note(table)
        }
        contents.rollups = Set(database.catalog.snapshot.rollups.map(\.rollup.name))
        let letters = try database.rows(
            "SELECT table_name, request_id, line, code, raw FROM sys.rejects")
        for row in letters { contents.letters[try Self.letter(row), default: 0] += 1 }
        return contents
    }

    /// What every row has in the column `note`; `nil` where there is none.
    private func note(_ table: TableSnapshot) throws -> Int64? {
        guard let column = table.schema.columns.first(where: { $0.name == "note" }) else {
            return nil
        }
        guard case .bigint(let note) = column.initialValue else {
            throw Disagreement(description: "the initial value is \(column.initialValue)")
        }
        let name = table.schema.name
        let others = try database.rows("SELECT COUNT(*) FROM \(name) WHERE note <> \(note)")
        let groups = try database.rows("SELECT note, COUNT(*) FROM \(name) GROUP BY 1")
        try expect(
            others == [[.bigint(0)]] && groups.allSatisfy { $0[0] == .bigint(note) },
            "notes of \(name) are \(groups), not \(note)")
        return note
    }

    /// Two ways to the same rows that do not give the same, or rows that nobody sent so.
    struct Disagreement: Error, CustomStringConvertible {
        let description: String
    }

    /// Checks everything else against what SQL has found.
    func verify(_ contents: LedgerModel.Contents) throws {
        try verifyRows(contents)
        try verifySegments()
        try verifyRollups()
        try verifyFiles()
    }

    /// Checks the other ways to rows against what SQL has found.
    func verifyRows(_ contents: LedgerModel.Contents) throws {
        for table in database.catalog.snapshot.tables {
            guard let rows = contents.tables[table.schema.name] else { continue }
            let name = table.schema.name
            try expect(try scan(table) == rows, "a scan of \(name) differs from SQL")
            try verifyLookups(table, rows)
            try verifyTotals(name, rows)
        }
    }

    // MARK: Ways to rows

    private func scan(_ table: TableSnapshot) throws -> [String: LedgerModel.Row] {
        var rows: [[Value]] = []
        for batch in table.live {
            rows += (0..<batch.rows.rowCount).map { batch.rows.row(at: $0) }
        }
        for handle in table.segments {
            let reader = try handle.reader()
            let batch = try reader.rows(
                at: (0..<reader.rowCount).map { Int32($0) }, columns: table.schema.columns)
            for index in 0..<batch.rowCount {
                let row = batch.row(at: index)
                guard case .timestamp(let time) = row[1], handle.entry.chunk.contains(time) else {
                    throw Disagreement(description: "\(row) is in the wrong chunk")
                }
                rows.append(row)
            }
        }
        // A column that was added stands behind those of the script.
        rows = rows.map { Array($0.prefix(7)) }
        return try Self.byID(rows, "a scan of \(table.schema.name)")
    }

    private func verifyLookups(_ table: TableSnapshot, _ rows: [String: LedgerModel.Row]) throws {
        let ids = (rows.keys.sorted() + ["nobody"]).map { Value.varchar(Text($0)) }
        let found = try RowLookup(table, column: 0, now: 0).rows(ids).rows
        try expect(
            try Self.byID(found.rows.map { Array($0.prefix(7)) }, "look-up by id") == rows,
            "look-ups by id in \(table.schema.name) differ from SQL")
        let orders = Set(rows.values.compactMap(\.order)).sorted() + ["nothing"]
        let keys = orders.map { Value.varchar(Text($0)) }
        let ordered = try RowLookup(table, column: 2, now: 0).rows(keys).rows
        try expect(
            try Self.byID(ordered.rows.map { Array($0.prefix(7)) }, "look-up by order")
                == rows.filter { $1.order != nil },
            "look-ups by order in \(table.schema.name) differ from SQL")
    }

    private func verifyTotals(_ name: String, _ rows: [String: LedgerModel.Row]) throws {
        let totals = try database.rows(
            """
            SELECT COUNT(*), COUNT(DISTINCT event_id), SUM(amount), SUM(fee), MIN(event_time),
              MAX(event_time) FROM \(name)
            """)
        let count = Int64(rows.count)
        let sum = rows.values.reduce(0) { $0 + $1.amount }
        let cents = Int128(sum * 100 + count * 25)
        var expected: [Value] = [.bigint(count), .bigint(count)]
        if let first = rows.values.map(\.time).min(), let last = rows.values.map(\.time).max() {
            expected += [
                .bigint(sum), .decimal(Decimal(unscaled: cents, scale: 2)), .timestamp(first),
                .timestamp(last),
            ]
        } else {
            expected += [.null, .null, .null, .null]
        }
        try expect(totals == [expected], "totals of \(name) are \(totals), not \(expected)")
        try verifyGroups(name, rows)
    }

    /// What a rollup may answer.
    private func verifyGroups(_ name: String, _ rows: [String: LedgerModel.Row]) throws {
        let found = try database.rows(
            """
            SELECT TIME_FLOOR(event_time, 'P1D'), order_id, COUNT(*), SUM(amount), SUM(fee),
              MAX(event_time) FROM \(name) GROUP BY 1, 2
            """)
        var expected: Set<[Value]> = []
        let groups = Dictionary(grouping: rows.values) { row in
            [.timestamp(row.time / EventScript.day * EventScript.day), Value(row.order)]
        }
        for (key, rows) in groups {
            let sum = rows.reduce(0) { $0 + $1.amount }
            let cents = Int128(sum * 100 + Int64(rows.count) * 25)
            expected.insert(
                key + [
                    .bigint(Int64(rows.count)), .bigint(sum),
                    .decimal(Decimal(unscaled: cents, scale: 2)),
                    .timestamp(rows.map(\.time).max() ?? 0),
                ])
        }
        try expect(
            Set(found) == expected && found.count == expected.count,
            "groups of \(name) are \(found), not \(expected)")
    }

    // MARK: Files

    private func verifySegments() throws {
        for entry in database.catalog.manifest.segments {
            let findings = SegmentCheck.findings(fileSystem: fileSystem, entry: entry)
            try expect(findings.isEmpty, "\(findings)")
        }
    }

    /// Every rollup's file is of a segment that is there, and is what the segment gives.
    private func verifyRollups() throws {
        for table in database.catalog.snapshot.tables {
            for rollup in table.rollups {
                for (sourceID, file) in rollup.files {
                    let source = table.segments.first { $0.entry.id == sourceID }
                    guard let source else {
                        throw Disagreement(description: "\(file.entry.path) has no segment")
                    }
                    let findings = RollupCheck.findings(
                        fileSystem: fileSystem, entry: file.entry, of: source.entry,
                        rollup: rollup.rollup, table: table.schema)
                    try expect(findings.isEmpty, "\(findings)")
                }
            }
        }
    }

    /// No file that is unfinished, or that nobody knows.
    private func verifyFiles() throws {
        let listed = Set(database.catalog.manifest.segments.map { String($0.path.dropFirst(4)) })
        let there = Set(try fileSystem.list("seg"))
        try expect(listed.isSubset(of: there), "segments are missing: \(listed), \(there)")
        try expect(try fileSystem.list("tmp").isEmpty, "something is in tmp/")
        let shapes: [(directory: String, prefix: String, suffix: String, count: Int)] = [
            ("seg", "", ".segment", 24), ("wal", "", ".wal", 20),
            ("wal", "checkpoint-", ".state", 33), ("manifest", "M-", "", 18),
            ("idx", "", ".run", 54),
        ]
        for directory in Set(shapes.map(\.directory)) {
            for name in try fileSystem.list(directory) {
                if directory == "manifest", isNextManifest(name) { continue }
                let isKnown = shapes.contains { shape in
                    shape.directory == directory && name.hasPrefix(shape.prefix)
                        && name.hasSuffix(shape.suffix) && name.count == shape.count
                }
                try expect(isKnown, "\(directory)/\(name) is unknown")
            }
        }
        let top = Set(try fileSystem.list("")).subtracting(["UUID.tmp"])
        try expect(
            top == ["LOCK", "UUID", "wal", "manifest", "seg", "idx", "tmp", "trash"],
            "there is \(top)")
    }

    /// Whether a name is that of the unfinished next manifest, which the next publication replaces.
    private func isNextManifest(_ name: String) -> Bool {
        let digits = name.dropFirst(2).dropLast(4)
        return name.hasSuffix(".tmp")
            && UInt64(digits, radix: 16) == database.catalog.manifest.version + 1
    }

    /// After garbage collection nothing is there but what is needed.
    func verifyClean() throws {
        let listed = database.catalog.manifest.segments.map { String($0.path.dropFirst(4)) }
        let there = try fileSystem.list("seg")
        try expect(Set(there) == Set(listed), "seg/ has \(there), needed are \(listed)")
        try expect(try fileSystem.list("trash").isEmpty, "trash/ is not empty")
        let manifests = try fileSystem.list("manifest")
        try expect(
            manifests.count <= 3 && !manifests.contains { $0.hasSuffix(".tmp") },
            "manifest/ has \(manifests)")
    }

    // MARK: Rows

    private func expect(_ holds: Bool, _ problem: @autoclosure () -> String) throws {
        if !holds { throw Disagreement(description: problem()) }
    }

    private static func byID(
        _ rows: [[Value]], _ place: String
    ) throws -> [String: LedgerModel.Row] {
        var found: [String: LedgerModel.Row] = [:]
        for values in rows {
            guard let row = LedgerModel.Row(values) else {
                throw Disagreement(description: "\(place): nobody sent \(values)")
            }
            guard found.updateValue(row, forKey: row.id) == nil else {
                throw Disagreement(description: "\(place): \(row.id) is there twice")
            }
        }
        return found
    }

    private static func letter(_ values: [Value]) throws -> LedgerModel.Letter {
        guard values.count == 5, case .varchar(let table) = values[0],
            case .varchar(let request) = values[1], case .bigint(let line) = values[2],
            case .varchar(let code) = values[3], case .varchar(let raw) = values[4]
        else { throw Disagreement(description: "a strange dead letter: \(values)") }
        return LedgerModel.Letter(
            table: table.string, request: request.string, line: Int(line), code: code.string,
            raw: raw.string)
    }
}

extension RowBatch {
    /// All rows as values.
    var rows: [[Value]] { (0..<rowCount).map { row(at: $0) } }
}

extension LedgerModel.Row {
    /// The event in a row of `EventScript.columns`; `nil` where any value is not as sent.
    init?(_ values: [Value]) {
        guard values.count == 7, case .varchar(let id) = values[0],
            case .timestamp(let time) = values[1], case .bigint(let amount) = values[3],
            case .decimal(let fee) = values[4], case .json(let attributes) = values[5],
            case .array(let tags) = values[6]
        else { return nil }
        self.init(id: id.string, time: time, order: nil, amount: amount, tags: [])
        switch values[2] {
        case .varchar(let order): self.order = order.string
        case .null: break
        default: return nil
        }
        for case .varchar(let tag) in tags { self.tags.append(tag.string) }
        guard self.tags.count == tags.count, attributes.string == self.attributes,
            fee == Decimal(unscaled: Int128(amount) * 100 + 25, scale: 2)
        else { return nil }
    }
}

extension Value {
    /// A text, or NULL.
    fileprivate init(_ text: String?) {
        self = text.map { .varchar(Text($0)) } ?? .null
    }
}
