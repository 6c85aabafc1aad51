/// The manifest's byte form, little-endian:
///
///     0   magic       8 bytes  "DAYBKMAN"
///     8   format      4 bytes  4
///     12  byteCount   8 bytes  of the whole file
///     20  version     8 bytes, hash of the previous file 16, database id 16,
///         next segment id 8, next table id 4
///         tables      count 4, then each: schema, flushed position 8, next column id 4, initial
///                     values: count 4, then each: column id 4, value
///         rollups     count 4, then each: `Rollup.encode(into:)`
///         segments    count 4, then each: id 8, table 4, chunk 16, byteCount 8, file hash 16,
///                     times 16, level 4, positions 16, totals, source id 8 or 0
///         views       count 4, then each: `View.encode(into:)`
///         sources     count 4, then each: `SourceDefinition.encode(into:)`
///         endpoints   count 4, then each: `Endpoint.encode(into:)`
///     end checksum    4 bytes  CRC-32C of everything before
///
/// In every format the file starts with magic and format and ends with the checksum, so that a
/// newer format is told from damage. Format 1 had neither rollups nor source ids, format 2 no
/// initial values, format 3 no views, sources, endpoints or primary keys.
extension Manifest {
    /// The format this build writes, and the newest it reads.
    public static let formatVersion: UInt32 = 4
    /// The most tables and segments that one manifest lists.
    static let maximumEntryCount = 10_000_000

    private static let magic: UInt64 = 0x4e41_4d4b_4259_4144
    private static let headerByteCount = 20
    private static let checksumByteCount = 4

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 256 + segments.count * 256)
        writer.append(version)
        writer.append(previousHash.low)
        writer.append(previousHash.high)
        writer.append(databaseID)
        writer.append(nextSegmentID)
        writer.append(nextTableID)
        writer.append(UInt32(tables.count))
        for table in tables {
            table.schema.encode(into: &writer)
            writer.append(table.flushedLSN)
            writer.append(table.nextColumnID)
            table.encodeInitialValues(into: &writer)
        }
        writer.append(UInt32(rollups.count))
        for rollup in rollups { rollup.encode(into: &writer) }
        writer.append(UInt32(segments.count))
        for segment in segments { segment.encode(into: &writer) }
        writer.append(UInt32(views.count))
        for view in views { view.encode(into: &writer) }
        writer.append(UInt32(sources.count))
        for source in sources { source.encode(into: &writer) }
        writer.append(UInt32(endpoints.count))
        for endpoint in endpoints { endpoint.encode(into: &writer) }

        var file = ByteWriter(capacity: writer.byteCount + 24)
        file.append(Self.magic)
        file.append(Self.formatVersion)
        file.append(UInt64(Self.headerByteCount + writer.byteCount + Self.checksumByteCount))
        file.append(bytes: writer.bytes)
        file.append(Checksum.crc32c(file.bytes))
        return file.bytes
    }

    /// Reads what `encoded()` wrote; refuses every other sequence of bytes, of whatever length.
    public init(decoding bytes: [UInt8]) throws(ManifestDecodingError) {
        var reader: ByteReader
        let format: UInt32
        do throws(ByteError) {
            reader = try Self.checkedReader(bytes)
            format = try reader.readUInt32()
        } catch {
            throw .damaged(error)
        }
        guard format <= Self.formatVersion else { throw .newerFormat(format) }
        do throws(ByteError) {
            guard format > 0 else { throw ByteError.invalid("format", byteOffset: 8) }
            guard try reader.readUInt64() == UInt64(bytes.count) else {
                throw ByteError.invalid("size", byteOffset: 12)
            }
            try self.init(body: &reader, format: format)
        } catch {
            throw .damaged(error)
        }
    }

    /// A reader behind the magic and before the checksum, both of which are right.
    private static func checkedReader(_ bytes: [UInt8]) throws(ByteError) -> ByteReader {
        let bodyEnd = bytes.count - checksumByteCount
        guard bodyEnd >= headerByteCount else {
            throw .truncated(
                byteOffset: 0, needed: headerByteCount + checksumByteCount, available: bytes.count)
        }
        var trailer = ByteReader(bytes, range: bodyEnd..<bytes.count)
        guard try trailer.readUInt32() == Checksum.crc32c(bytes.span.extracting(0..<bodyEnd)) else {
            throw .invalid("checksum", byteOffset: bodyEnd)
        }
        var reader = ByteReader(bytes, range: 0..<bodyEnd)
        guard try reader.readUInt64() == magic else { throw .invalid("magic", byteOffset: 0) }
        return reader
    }

    private init(body reader: inout ByteReader, format: UInt32) throws(ByteError) {
        let version = try reader.readUInt64()
        let previousHash = Hash128(low: try reader.readUInt64(), high: try reader.readUInt64())
        self.init(databaseID: UInt128(truncatingIfNeeded: try reader.readInt128()))
        self.version = version
        self.previousHash = previousHash
        nextSegmentID = try reader.readUInt64()
        nextTableID = try reader.readUInt32()
        for _ in 0..<(try reader.readCount(limit: Self.maximumEntryCount)) {
            let schema = try TableSchema(from: &reader)
            var table = TableEntry(
                schema: schema, flushedLSN: try reader.readUInt64(),
                nextColumnID: try reader.readUInt32())
            if format >= 3 { try table.readInitialValues(&reader) }
            tables.append(table)
        }
        if format >= 2 {
            for _ in 0..<(try reader.readCount(limit: Self.maximumEntryCount)) {
                rollups.append(try Rollup(from: &reader))
            }
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumEntryCount)) {
            segments.append(try SegmentEntry(from: &reader, format: format))
        }
        if format >= 4 {
            for _ in 0..<(try reader.readCount(limit: View.maximumCount)) {
                views.append(try View(from: &reader))
            }
            for _ in 0..<(try reader.readCount(limit: SourceDefinition.maximumCount)) {
                sources.append(try SourceDefinition(from: &reader))
            }
            for _ in 0..<(try reader.readCount(limit: Endpoint.maximumCount)) {
                endpoints.append(try Endpoint(from: &reader))
            }
        }
        guard reader.isAtEnd else {
            throw .invalid("end of the manifest", byteOffset: reader.byteOffset)
        }
        try checkOrder(byteOffset: reader.byteOffset)
        try checkSources(byteOffset: reader.byteOffset)
        guard hasValidEndpoints else {
            throw .invalid("order of endpoints", byteOffset: reader.byteOffset)
        }
    }

    /// Tables, rollups, views and segments ascend, stay below the next numbers, and have what they
    /// are of.
    private func checkOrder(byteOffset: Int) throws(ByteError) {
        var names: Set<String> = []
        var tableIDs: Set<TableID> = []
        var lastTable: UInt32 = 0
        for table in tables {
            let id = table.schema.id
            guard id.rawValue > lastTable, id.rawValue < nextTableID,
                names.insert(table.schema.name).inserted
            else { throw .invalid("order of tables", byteOffset: byteOffset) }
            lastTable = id.rawValue
            tableIDs.insert(id)
        }
        var lastRollup: UInt32 = 0
        for rollup in rollups {
            guard rollup.id.rawValue > lastRollup, rollup.id.rawValue < nextTableID,
                names.insert(rollup.name).inserted, !tableIDs.contains(rollup.id),
                isValid(rollup)
            else { throw .invalid("order of rollups", byteOffset: byteOffset) }
            lastRollup = rollup.id.rawValue
        }
        let otherIDs = tableIDs.union(rollups.map(\.id))
        var lastView: UInt32 = 0
        for view in views {
            guard view.id.rawValue > lastView, view.id.rawValue < nextTableID,
                names.insert(view.name).inserted, !otherIDs.contains(view.id)
            else { throw .invalid("order of views", byteOffset: byteOffset) }
            lastView = view.id.rawValue
        }
        var lastSegment: UInt64 = 0
        for segment in segments {
            guard segment.id.rawValue > lastSegment, segment.id.rawValue < nextSegmentID,
                hasPlace(for: segment)
            else { throw .invalid("order of segments", byteOffset: byteOffset) }
            lastSegment = segment.id.rawValue
        }
    }

    private func isValid(_ rollup: Rollup) -> Bool {
        guard let index = tableIndex(rollup.tableID) else { return false }
        do throws(SchemaError) { try rollup.validate(for: tables[index].schema) } catch {
            return false
        }
        return true
    }
}

/// Why bytes are no manifest of ours.
public enum ManifestDecodingError: Error, Hashable, Sendable {
    /// Not what was written.
    case damaged(ByteError)
    /// Undamaged, but of a later format.
    case newerFormat(UInt32)
}

extension TableEntry {
    /// Appends the initial values of the columns that have one.
    fileprivate func encodeInitialValues(into writer: inout ByteWriter) {
        let columns = schema.columns.filter { !$0.initialValue.isNull }
        writer.append(UInt32(columns.count))
        for column in columns {
            writer.append(column.id)
            column.initialValue.encode(into: &writer)
        }
    }

    fileprivate mutating func readInitialValues(
        _ reader: inout ByteReader
    ) throws(ByteError) {
        for _ in 0..<(try reader.readCount(limit: TableSchema.maximumColumnCount)) {
            let at = reader.byteOffset
            let id = try reader.readUInt32()
            let value = try Value(from: &reader)
            guard let index = schema.columns.firstIndex(where: { $0.id == id }),
                schema.columns[index].type.holds(value)
            else { throw .invalid("initial value of a column", byteOffset: at) }
            schema.columns[index].initialValue = value
        }
    }
}

extension SegmentEntry {
    /// Appends the entry's stable byte form.
    func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(tableID.rawValue)
        writer.append(chunk.start)
        writer.append(chunk.end)
        writer.append(UInt64(byteCount))
        writer.append(fileHash.low)
        writer.append(fileHash.high)
        writer.append(minimumTime)
        writer.append(maximumTime)
        writer.append(UInt32(level))
        writer.append(firstLSN)
        writer.append(lastLSN)
        writer.append(UInt64(totals.rowCount))
        writer.append(totals.rows.low)
        writer.append(totals.rows.high)
        writer.append(UInt32(totals.sums.count))
        for sum in totals.sums {
            writer.append(sum.columnID)
            writer.append(UInt64(sum.valueCount))
            writer.append(sum.sum)
        }
        writer.append(sourceID?.rawValue ?? 0)
    }

    /// Reads what `encode(into:)` wrote in a manifest of that format.
    init(from reader: inout ByteReader, format: UInt32) throws(ByteError) {
        let at = reader.byteOffset
        let id = SegmentID(try reader.readUInt64())
        let tableID = TableID(try reader.readUInt32())
        let start = try reader.readInt64()
        let end = try reader.readInt64()
        guard start <= end else { throw .invalid("time chunk", byteOffset: at) }
        let byteCount = try reader.readSize()
        let fileHash = Hash128(low: try reader.readUInt64(), high: try reader.readUInt64())
        let minimumTime = try reader.readInt64()
        let maximumTime = try reader.readInt64()
        let level = Int(try reader.readUInt32())
        let firstLSN = try reader.readUInt64()
        let lastLSN = try reader.readUInt64()
        guard minimumTime <= maximumTime, firstLSN <= lastLSN else {
            throw .invalid("range of a segment", byteOffset: at)
        }
        let totals = try ControlTotals(from: &reader)
        let source = format >= 2 ? try reader.readUInt64() : 0
        self.init(
            id: id, tableID: tableID, chunk: TimeRange(start: start, end: end),
            byteCount: byteCount, fileHash: fileHash, minimumTime: minimumTime,
            maximumTime: maximumTime, totals: totals, level: level, firstLSN: firstLSN,
            lastLSN: lastLSN, sourceID: source == 0 ? nil : SegmentID(source))
    }
}

extension ControlTotals {
    fileprivate init(from reader: inout ByteReader) throws(ByteError) {
        let rowCount = try reader.readSize()
        let rows = MultisetHash(low: try reader.readUInt64(), high: try reader.readUInt64())
        let at = reader.byteOffset
        var sums: [ColumnSum] = []
        for _ in 0..<(try reader.readCount(limit: TableSchema.maximumColumnCount)) {
            let sum = ColumnSum(
                columnID: try reader.readUInt32(), valueCount: try reader.readSize(),
                sum: try reader.readInt128())
            guard sums.last.map({ $0.columnID < sum.columnID }) ?? true else {
                throw .invalid("order of column sums", byteOffset: at)
            }
            sums.append(sum)
        }
        self.init(rowCount: rowCount, sums: sums, rows: rows)
    }
}

extension ByteReader {
    /// A 64-bit count of bytes or rows that fits an `Int`.
    fileprivate mutating func readSize() throws(ByteError) -> Int {
        let at = byteOffset
        guard let size = Int(exactly: try readUInt64()) else {
            throw .invalid("size", byteOffset: at)
        }
        return size
    }
}
