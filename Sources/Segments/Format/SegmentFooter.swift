/// What the last block of a segment says about the others.
///
/// References stand in the order of the file, so that every offset and ordinal follows from the
/// ones before; `init(from:...)` holds the file to that.
struct SegmentFooter: Hashable, Sendable {
    /// The table as it was when the segment was written.
    var schema: TableSchema
    /// All that the manifest's entry says, but the file's size and hash.
    var chunk: TimeRange
    var level: Int
    var firstLSN: UInt64
    var lastLSN: UInt64
    var minimumTime: Int64
    var maximumTime: Int64
    var totals: ControlTotals
    /// One per column of the schema, in its order.
    var columns: [ColumnFooter]

    /// One column's blocks and zones.
    struct ColumnFooter: Hashable, Sendable {
        /// All rows.
        var zone: ZoneMap
        /// Sorted distinct strings, where the column has codes.
        var dictionary: BlockReference?
        /// What packed texts are codes of, where some block has them; never beside a dictionary.
        var pattern: TextPattern?
        /// One per run of `SegmentFormat.blockRowCount` rows.
        var blocks: [BlockReference]
        /// One per block.
        var zones: [ZoneMap]
        /// The key table, where the schema asks for a key index; of the column that marks
        /// tombstones it is that of the primary key (`TableSchema.wholeKeyColumn`).
        var keyIndex: BlockReference?
        /// Rows by code, where that pays.
        var codeIndex: BlockReference?
        /// The paths of a JSON column that have a column of their own.
        var paths: [PathFooter] = []
    }

    /// The values at one path of a JSON column, as a column of VARCHAR with a dictionary: one value
    /// for each entry of the JSON column's dictionary, or for each row where it has none.
    struct PathFooter: Hashable, Sendable {
        var path: [Text]
        var values: ColumnFooter
    }

    /// The bits that say which parts a column has behind its blocks.
    fileprivate enum Part {
        static let keyIndex: UInt8 = 1
        static let codeIndex: UInt8 = 2
        static let paths: UInt8 = 4
        static let all = keyIndex | codeIndex | paths
    }

    func encode(into writer: inout ByteWriter) {
        schema.encode(into: &writer)
        writer.append(chunk.start)
        writer.append(chunk.end)
        writer.append(UInt32(level))
        writer.append(firstLSN)
        writer.append(lastLSN)
        writer.append(minimumTime)
        writer.append(maximumTime)
        totals.encode(inFooter: &writer)
        for column in columns { column.encode(into: &writer) }
    }

    /// Reads the footer of a segment whose own block begins at `byteOffset`.
    init(from reader: inout ByteReader, byteOffset: Int) throws(ByteError) {
        schema = try TableSchema(from: &reader)
        let at = reader.byteOffset
        let start = try reader.readInt64()
        let end = try reader.readInt64()
        guard start <= end else { throw .invalid("time chunk", byteOffset: at) }
        chunk = TimeRange(start: start, end: end)
        level = Int(try reader.readUInt32())
        firstLSN = try reader.readUInt64()
        lastLSN = try reader.readUInt64()
        minimumTime = try reader.readInt64()
        maximumTime = try reader.readInt64()
        totals = try ControlTotals(inFooter: &reader)
        guard (1...SegmentFormat.maximumRowCount).contains(totals.rowCount) else {
            throw .invalid("row count", byteOffset: at)
        }
        var place = BlockPlace(byteOffset: SegmentFormat.headerByteCount, limit: byteOffset)
        columns = []
        columns.reserveCapacity(schema.columns.count)
        let keyColumns = schema.keyIndexColumns
        let wholeKeyColumn = schema.wholeKeyColumn
        for index in schema.columns.indices {
            let at = reader.byteOffset
            let column = try ColumnFooter(
                from: &reader, rowCount: totals.rowCount,
                hasPaths: schema.columns[index].type == .json, place: &place)
            let hasKeys = keyColumns.contains(index) || index == wholeKeyColumn
            guard hasKeys == (column.keyIndex != nil) else {
                throw .invalid("key index", byteOffset: at)
            }
            guard column.pattern == nil || schema.columns[index].type == .varchar else {
                throw .invalid("column of packed texts", byteOffset: at)
            }
            columns.append(column)
        }
        guard place.byteOffset == byteOffset, reader.isAtEnd else {
            throw .invalid("end of footer", byteOffset: reader.byteOffset)
        }
    }

    init(
        schema: TableSchema, chunk: TimeRange, level: Int, firstLSN: UInt64, lastLSN: UInt64,
        minimumTime: Int64, maximumTime: Int64, totals: ControlTotals, columns: [ColumnFooter]
    ) {
        self.schema = schema
        self.chunk = chunk
        self.level = level
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
        self.minimumTime = minimumTime
        self.maximumTime = maximumTime
        self.totals = totals
        self.columns = columns
    }

    /// How many blocks come before the footer.
    var blockCount: Int {
        columns.reduce(0) { $0 + $1.references.count }
    }
}

/// Where the next block must lie.
struct BlockPlace {
    var byteOffset: Int
    var ordinal: UInt32 = 0
    /// Where the footer's block begins.
    let limit: Int

    init(byteOffset: Int, limit: Int) {
        self.byteOffset = byteOffset
        self.limit = limit
    }

    /// The next reference, which must be to the next block of the file.
    mutating func next(
        _ reader: inout ByteReader, valueCount: ClosedRange<Int>
    ) throws(ByteError) -> BlockReference {
        let at = reader.byteOffset
        let reference = try BlockReference(from: &reader, limit: limit)
        guard reference.byteOffset == byteOffset, reference.ordinal == ordinal,
            valueCount.contains(reference.valueCount)
        else { throw .invalid("block reference", byteOffset: at) }
        byteOffset = SegmentFormat.aligned(reference.payloadRange.upperBound)
        ordinal += 1
        return reference
    }
}

extension SegmentFooter.ColumnFooter {
    /// Bytes of the blocks' payloads.
    var valueByteCount: Int { blocks.reduce(0) { $0 + $1.storedByteCount } }

    /// The bytes beside which the index of each of a JSON column's paths has to pay: all of them
    /// together have to pay beside the column's values.
    func valueByteCount(perPath pathCount: Int) -> Int { valueByteCount / max(1, pathCount) }

    /// All blocks in the order of the file.
    var references: [BlockReference] {
        [dictionary].compactMap { $0 } + blocks
            + [keyIndex, codeIndex].compactMap { $0 }
            + paths.flatMap(\.values.references)
    }

    fileprivate func encode(into writer: inout ByteWriter) {
        zone.encode(into: &writer)
        writer.append(UInt8(dictionary != nil ? 1 : pattern != nil ? 2 : 0))
        dictionary?.encode(into: &writer)
        pattern?.encode(into: &writer)
        for (block, zone) in zip(blocks, zones) {
            block.encode(into: &writer)
            zone.encode(into: &writer)
        }
        typealias Part = SegmentFooter.Part
        writer.append(
            (keyIndex == nil ? 0 : Part.keyIndex) | (codeIndex == nil ? 0 : Part.codeIndex)
                | (paths.isEmpty ? 0 : Part.paths))
        keyIndex?.encode(into: &writer)
        codeIndex?.encode(into: &writer)
        guard !paths.isEmpty else { return }
        writer.append(UInt32(paths.count))
        for path in paths {
            writer.append(UInt32(path.path.count))
            for name in path.path { writer.append(lengthPrefixed: name.bytes) }
            path.values.encode(into: &writer)
        }
    }

    /// - Parameter hasPaths: Whether paths may come; those of a path do not have any.
    init(
        from reader: inout ByteReader, rowCount: Int, hasPaths: Bool, place: inout BlockPlace
    ) throws(ByteError) {
        zone = try ZoneMap(from: &reader)
        let form = reader.byteOffset
        switch try reader.readUInt8() {
        case 0: break
        case 1:
            dictionary = try place.next(
                &reader, valueCount: 1...SegmentFormat.maximumDictionaryCount)
        case 2: pattern = try TextPattern.decode(from: &reader)
        default: throw .invalid("form of strings", byteOffset: form)
        }
        blocks = []
        zones = []
        var row = 0
        while row < rowCount {
            let count = min(SegmentFormat.blockRowCount, rowCount - row)
            blocks.append(try place.next(&reader, valueCount: count...count))
            let at = reader.byteOffset
            let zone = try ZoneMap(from: &reader)
            guard zone.rowCount == count else { throw .invalid("zone map", byteOffset: at) }
            zones.append(zone)
            row += count
        }
        let at = reader.byteOffset
        let parts = try reader.readUInt8()
        guard parts & ~SegmentFooter.Part.all == 0,
            hasPaths || parts & SegmentFooter.Part.paths == 0
        else {
            throw .invalid("parts of a column", byteOffset: at)
        }
        if parts & SegmentFooter.Part.keyIndex != 0 {
            keyIndex = try place.next(&reader, valueCount: 0...rowCount)
        }
        if parts & SegmentFooter.Part.codeIndex != 0 {
            codeIndex = try place.next(
                &reader, valueCount: 1...SegmentFormat.maximumDictionaryCount)
        }
        if parts & SegmentFooter.Part.paths != 0 {
            try readPaths(&reader, slotCount: dictionary?.valueCount ?? rowCount, &place)
        }
    }

    private mutating func readPaths(
        _ reader: inout ByteReader, slotCount: Int, _ place: inout BlockPlace
    ) throws(ByteError) {
        for _ in 0..<(try reader.readCount(limit: SegmentFormat.maximumPathCount)) {
            var path: [Text] = []
            let at = reader.byteOffset
            for _ in 0..<(try reader.readCount(limit: JSONShredder.maximumDepth)) {
                path.append(Text(bytes: try reader.readLengthPrefixed()))
            }
            let values = try SegmentFooter.ColumnFooter(
                from: &reader, rowCount: slotCount, hasPaths: false, place: &place)
            guard !path.isEmpty, values.dictionary != nil, values.keyIndex == nil else {
                throw .invalid("column of a path", byteOffset: at)
            }
            paths.append(SegmentFooter.PathFooter(path: path, values: values))
        }
    }
}

extension ControlTotals {
    func encode(inFooter writer: inout ByteWriter) {
        writer.append(UInt64(rowCount))
        writer.append(rows.low)
        writer.append(rows.high)
        writer.append(UInt32(sums.count))
        for sum in sums {
            writer.append(sum.columnID)
            writer.append(UInt64(sum.valueCount))
            writer.append(sum.sum)
        }
    }

    init(inFooter reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        let rowCount = try reader.readUInt64()
        let low = try reader.readUInt64()
        let rows = MultisetHash(low: low, high: try reader.readUInt64())
        guard rowCount <= UInt64(SegmentFormat.maximumRowCount) else {
            throw .invalid("row count", byteOffset: at)
        }
        let count = try reader.readCount(limit: TableSchema.maximumColumnCount)
        var sums: [ColumnSum] = []
        for _ in 0..<count {
            let columnID = try reader.readUInt32()
            let valueCount = try reader.readUInt64()
            let sum = try reader.readInt128()
            guard valueCount <= rowCount else { throw .invalid("value count", byteOffset: at) }
            sums.append(ColumnSum(columnID: columnID, valueCount: Int(valueCount), sum: sum))
        }
        self.init(rowCount: Int(rowCount), sums: sums, rows: rows)
    }
}
