/// What a segment is called and where it belongs; everything about it that its rows do not say.
public struct SegmentDescription: Hashable, Sendable {
    /// The number the catalog gave.
    public var id: SegmentID
    /// The time chunk of all its rows.
    public var chunk: TimeRange
    /// 0 as sealed, one more than its highest input as compacted.
    public var level: Int
    /// The log positions whose rows it holds lie in this range, both inclusive.
    public var firstLSN: UInt64
    /// See `firstLSN`.
    public var lastLSN: UInt64

    /// A description.
    public init(
        id: SegmentID, chunk: TimeRange, level: Int, firstLSN: UInt64, lastLSN: UInt64
    ) {
        self.id = id
        self.chunk = chunk
        self.level = level
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
    }
}

/// Writes a segment file.
///
/// The same rows under the same description give the same bytes, always. The file is new, written
/// and synced; making its name durable (`sync(directory:)`) and publishing it is the caller's.
/// After an error the file may exist in part: nothing refers to it, recovery removes it, and
/// another attempt takes another segment number.
public struct SegmentWriter {
    private let fileSystem: any FileSystem
    private let encoding = ColumnEncoding(compressor: ZstdCompressor())

    /// A writer into `fileSystem`, for one thread at a time.
    public init(fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Writes the rows of one chunk.
    ///
    /// - Parameters:
    ///   - rows: In their final order (`RowOrder`), at least one, with the schema's columns.
    ///   - schema: The table's; kept in the file.
    ///   - path: Where; by default the segment's own place.
    /// - Returns: What the manifest says about the file.
    public func write(
        _ rows: RowBatch, schema: TableSchema, as description: SegmentDescription,
        path: String? = nil
    ) throws(SegmentError) -> SegmentEntry {
        try write(OrderedRows(rows), schema: schema, as: description, path: path)
    }

    /// Writes the rows of one chunk as `RowOrder.ordered` gives them.
    public func write(
        _ ordered: OrderedRows, schema: TableSchema, as description: SegmentDescription,
        path: String? = nil
    ) throws(SegmentError) -> SegmentEntry {
        let rows = ordered.batch
        precondition(rows.rowCount > 0 && rows.columns.count == schema.columns.count)
        let path = path ?? SegmentEntry.path(of: description.id)
        guard rows.rowCount <= SegmentFormat.maximumRowCount else {
            throw .limit(
                path: path, what: "rows", limit: SegmentFormat.maximumRowCount,
                found: rows.rowCount)
        }
        let file: any File
        do throws(FileError) {
            file = try fileSystem.open(path, for: .create)
        } catch {
            throw .file(error)
        }
        var sink = SegmentSink(file: file, segmentID: description.id)
        try sink.append(
            SegmentFrame.header(
                tableID: schema.id, segmentID: description.id, rowCount: rows.rowCount))
        let footer = try writeColumns(ordered, schema, description, &sink)
        var writer = ByteWriter(capacity: 1 << 16)
        footer.encode(into: &writer)
        let block = EncodedBlock(opaque: writer.bytes)
        let reference = try sink.append(block, kind: .footer, valueCount: rows.rowCount)
        try sink.append(
            SegmentFrame.trailer(
                footer: reference, segmentID: description.id, rowCount: rows.rowCount))
        let (byteCount, hash) = try sink.finish()
        return SegmentEntry(
            id: description.id, tableID: schema.id, chunk: description.chunk,
            byteCount: byteCount, fileHash: hash, minimumTime: footer.minimumTime,
            maximumTime: footer.maximumTime, totals: footer.totals, level: description.level,
            firstLSN: description.firstLSN, lastLSN: description.lastLSN)
    }

    private func writeColumns(
        _ rows: OrderedRows, _ schema: TableSchema, _ description: SegmentDescription,
        _ sink: inout SegmentSink
    ) throws(SegmentError) -> SegmentFooter {
        let textHashes = rows.textHashes
        let prepared = rows.batch.columns.enumerated().map { index, column in
            textHashes[index] == nil
                ? DictionaryEncoding.prepare(column) : DictionaryEncoding.preparePacked(column)
        }
        let keyColumns = schema.keyIndexColumns
        let wholeKeyColumn = schema.wholeKeyColumn
        func index(of column: Int) -> Index {
            if column == wholeKeyColumn {
                let key = schema.primaryKey
                return .wholeKey(
                    KeyHash.hashes(
                        ofKey: key.map { prepared[$0] }, textHashes: key.map { textHashes[$0] }))
            }
            return keyColumns.contains(column) ? .key(textHashes: textHashes[column]) : .code
        }
        var columns: [SegmentFooter.ColumnFooter] = []
        for position in prepared.indices {
            columns.append(try write(prepared[position], index(of: position), &sink))
        }
        var times: (Int64, Int64) = (0, 0)
        if let index = schema.timestampColumn,
            case .integers(let minimum, let maximum)? = columns[index].zone.bounds
        {
            times = (minimum, maximum)
        }
        return SegmentFooter(
            schema: schema, chunk: description.chunk, level: description.level,
            firstLSN: description.firstLSN, lastLSN: description.lastLSN,
            minimumTime: times.0, maximumTime: times.1,
            totals: ControlTotals(
                of: OrderedRows(
                    RowBatch(rowCount: rows.batch.rowCount, columns: prepared),
                    textHashes: textHashes),
                schema: schema),
            columns: columns)
    }

    /// Which index a column may have.
    private enum Index {
        case key(textHashes: [UInt64]?)
        /// The primary key's, by the hash of each row.
        case wholeKey([UInt64])
        case code, none
    }

    private func write(
        _ prepared: Column, _ index: Index, _ sink: inout SegmentSink
    ) throws(SegmentError) -> SegmentFooter.ColumnFooter {
        let (column, pattern) = TextPacking.form(of: prepared, encoding.compressor)
        var footer = SegmentFooter.ColumnFooter(
            zone: ZoneMap(rowCount: 0, nullCount: 0, bounds: nil), blocks: [], zones: [])
        if let dictionary = DictionaryEncoding.dictionary(of: column) {
            footer.dictionary = try sink.append(
                encoding.encode(dictionary), kind: .dictionary, valueCount: dictionary.count)
        }
        footer.pattern = pattern
        for start in stride(from: 0, to: column.count, by: SegmentFormat.blockRowCount) {
            let range = start..<min(start + SegmentFormat.blockRowCount, column.count)
            try sink.checkElementCount(column, range)
            let zone = ZoneMap(of: column, range)
            footer.zone.merge(zone)
            footer.zones.append(zone)
            footer.blocks.append(
                try sink.append(
                    encoding.encode(column, range, pattern: pattern), kind: .column,
                    valueCount: range.count))
        }
        switch index {
        case .none: break
        case .key(let textHashes):
            let (hashes, rows) = KeyHash.hashes(of: column, textHashes: textHashes)
            footer.keyIndex = try writeKeyIndex(hashes, rows, rowCount: column.count, &sink)
        case .wholeKey(let hashes):
            footer.keyIndex = try writeKeyIndex(
                hashes, hashes.indices.map { UInt32(truncatingIfNeeded: $0) },
                rowCount: column.count, &sink)
        case .code:
            footer.codeIndex = try writeCodeIndex(
                column, valueByteCount: footer.valueByteCount, &sink)
        }
        let paths = JSONShredder.columns(of: column)
        for (path, values) in paths {
            var path = SegmentFooter.PathFooter(
                path: path, values: try write(values, .none, &sink))
            path.values.codeIndex = try writeCodeIndex(
                column.rows(ofPath: values),
                valueByteCount: footer.valueByteCount(perPath: paths.count), &sink)
            footer.paths.append(path)
        }
        return footer
    }

    private func writeCodeIndex(
        _ column: Column, valueByteCount: Int, _ sink: inout SegmentSink
    ) throws(SegmentError) -> BlockReference? {
        guard
            let (payload, codeCount) = CodeIndex.build(column, valueByteCount: valueByteCount)
        else { return nil }
        return try sink.append(
            EncodedBlock(opaque: payload), kind: .codeIndex, valueCount: codeCount)
    }

    private func writeKeyIndex(
        _ hashes: [UInt64], _ rows: [UInt32], rowCount: Int, _ sink: inout SegmentSink
    ) throws(SegmentError) -> BlockReference {
        let table = KeyTable.build(hashes, rows: rows, rowCount: rowCount)
        return try sink.append(
            EncodedBlock(opaque: table), kind: .keys, valueCount: hashes.count)
    }
}

extension EncodedBlock {
    /// Bytes with a layout of their own.
    init(opaque bytes: [UInt8]) {
        self.init(bytes: bytes, encoding: .opaque, codec: .none, rawByteCount: bytes.count)
    }
}
