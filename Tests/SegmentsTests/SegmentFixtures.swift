import Segments
import Synchronization

/// Files in memory: enough of a file system to write a segment and read it back.
final class MemoryFiles: FileSystem {
    let contents = Mutex<[String: [UInt8]]>([:])

    func bytes(_ path: String) -> [UInt8] { contents.withLock { $0[path] ?? [] } }
    func replace(_ path: String, with bytes: [UInt8]) { contents.withLock { $0[path] = bytes } }

    func createDirectory(_ path: String) throws(FileError) {}
    func list(_ path: String) throws(FileError) -> [String] { contents.withLock { Array($0.keys) } }
    func byteCount(of path: String) throws(FileError) -> Int? {
        contents.withLock { $0[path]?.count }
    }
    func open(_ path: String, for access: FileAccess) throws(FileError) -> any File {
        let exists = contents.withLock { $0[path] != nil }
        guard exists == (access != .create) else {
            throw FileError(.open, path: path, code: 0, reason: exists ? "exists" : "missing")
        }
        if access == .create { replace(path, with: []) }
        return MemoryFile(path: path, files: self)
    }
    func rename(_ path: String, to newPath: String) throws(FileError) {}
    func remove(_ path: String) throws(FileError) { contents.withLock { $0[path] = nil } }
    func sync(directory path: String) throws(FileError) {}
    func lock(_ path: String) throws(FileError) -> any FileLock {
        throw FileError(.lock, path: path, code: 0, reason: "no locks in memory")
    }
}

private final class MemoryFile: File {
    let path: String
    let files: MemoryFiles

    init(path: String, files: MemoryFiles) {
        self.path = path
        self.files = files
    }

    func byteCount() throws(FileError) -> Int { files.bytes(path).count }
    func read(at byteOffset: Int, count: Int) throws(FileError) -> [UInt8] {
        Array(files.bytes(path)[byteOffset..<byteOffset + count])
    }
    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(FileError) {
        var all = files.bytes(path)
        guard byteOffset == all.count else {
            throw FileError(.write, path: path, code: 0, reason: "not at the end")
        }
        all.append(copying: bytes)
        files.replace(path, with: all)
    }
    func allocate(byteCount: Int) throws(FileError) {}
    func truncate(to byteCount: Int) throws(FileError) {}
    func sync() throws(FileError) {}
    func close() throws(FileError) {}
    func forgetCached() {}
    func map(byteCount: Int) throws(FileError) -> FileBytes { FileBytes(files.bytes(path)) }
}

/// The same numbers from the same seed, on every machine.
struct Draw: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Hashing.mix(state)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// One column of every type, a unique key, a look-up column, clustering and time.
enum SegmentFixture {
    static let types: [(String, LogicalType)] = [
        ("id", .varchar), ("time", .timestamp), ("order_id", .varchar), ("merchant", .varchar),
        ("amount", .bigint), ("fee", .decimal(precision: 18, scale: 2)),
        ("total", .decimal(precision: 38, scale: 4)), ("rate", .double), ("is_test", .boolean),
        ("day", .date), ("attrs", .json), ("tags", .array(.varchar)),
        ("numbers", .array(.bigint)), ("account", .bigint),
    ]

    static let schema = TableSchema(
        id: TableID(7), name: "payments",
        columns: types.enumerated().map { index, type in
            ColumnDefinition(
                id: UInt32(index + 1), name: type.0, type: type.1, isNullable: index > 1)
        },
        timestampColumn: 1, granularity: .day, clusterColumns: [3], uniqueColumns: [0],
        lookupColumns: [2, 13])

    static let day: Int64 = 86_400_000_000
    static let chunk = TimeRange(start: 20_000 * day, end: 20_001 * day)

    static func description(_ id: UInt64 = 1) -> SegmentDescription {
        SegmentDescription(
            id: SegmentID(id), chunk: chunk, level: 0, firstLSN: 10, lastLSN: 20)
    }

    /// Plausible rows in arrival order.
    static func rows(_ count: Int, seed: UInt64) -> RowBatch {
        var draw = Draw(seed: seed)
        let rows = (0..<count).map { plausibleRow($0, &draw) }
        return RowBatch(schema, rows: rows)
    }

    private static func plausibleRow(_ row: Int, _ draw: inout Draw) -> [Value] {
        func orNull(_ value: Value, _ draw: inout Draw) -> Value {
            draw.below(10) == 0 ? .null : value
        }
        let merchant = draw.below(40)
        let amount = Int64(draw.below(1_000_000))
        var values: [Value] = [
            .varchar(Text("evt_\(row)_\(draw.next())")),
            .timestamp(chunk.start + Int64(draw.below(Int(day)))),
        ]
        values.append(orNull(.varchar(Text("ord_\(row / 3)")), &draw))
        values.append(orNull(.varchar(Text("merchant \(merchant) é")), &draw))
        values.append(orNull(.bigint(amount - 500_000), &draw))
        values.append(orNull(.decimal(Decimal(unscaled: Int128(amount), scale: 2)), &draw))
        let wide = Int128(bitPattern: UInt128(draw.next()) << 50)
        values.append(orNull(.decimal(Decimal(unscaled: wide, scale: 4)), &draw))
        values.append(orNull(.double(Double(draw.below(1_000)) / 100), &draw))
        values.append(orNull(.boolean(draw.below(2) == 0), &draw))
        values.append(orNull(.date(20_000 + Int64(draw.below(30))), &draw))
        values.append(orNull(.json(Text("{\"channel\":\"web\",\"n\":\(amount)}")), &draw))
        let tags = (0..<draw.below(4)).map { _ in Value.varchar(Text("tag\(draw.below(9))")) }
        values.append(orNull(.array(tags), &draw))
        let numbers = (0..<draw.below(3)).map { _ in orNull(.bigint(Int64(draw.below(9))), &draw) }
        values.append(orNull(.array(numbers), &draw))
        values.append(orNull(.bigint(Int64(draw.below(50))), &draw))
        return values
    }

    /// Writes rows to a new file system and opens them.
    static func segment(
        _ rows: RowBatch, schema: TableSchema = schema, mode: SegmentReadMode = .map
    ) throws -> (reader: SegmentReader, entry: SegmentEntry, files: MemoryFiles) {
        let files = MemoryFiles()
        let entry = try SegmentWriter(fileSystem: files).write(
            rows, schema: schema, as: description())
        let reader = try SegmentReader(fileSystem: files, entry: entry, readMode: mode)
        return (reader, entry, files)
    }

    /// Everything a segment holds, as values, row by row.
    static func values(_ reader: SegmentReader) throws -> [[Value]] {
        var rows: [[Value]] = []
        for block in 0..<reader.blockCount {
            let columns = try reader.schema.columns.map { try reader.column($0, block: block) }
            for row in 0..<reader.rowRange(ofBlock: block).count {
                rows.append(columns.map { $0.value(at: row) })
            }
        }
        return rows
    }

    /// Everything a batch holds, as values, row by row.
    static func values(_ batch: RowBatch) -> [[Value]] {
        (0..<batch.rowCount).map { batch.row(at: $0) }
    }
}
