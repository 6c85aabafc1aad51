import Segments

/// Makes a table of the pieces that workers have collected, on all of them:
///
/// 1. the columns and keys of all pieces, each as one run, packed texts as integers;
/// 2. the hash of each row, and the rows in order of their hashes' partitions;
/// 3. the slots, a range for each partition, so that what is written at one time is a part that
///    caches hold.
struct JoinBuilder {
    private let shape: JoinShape
    private let context: QueryContext
    private let pieces: [JoinPiece]
    private let totalCount: Int
    /// Where the rows of each piece lie among all.
    private let ranges: [Range<Int>]
    private let rowCount: Int

    /// Hashes of so many rows are made at a time.
    private static let taskRowCount = 1 << 16
    /// Up to so many rows are put in by one thread as they come.
    private static let smallRowCount = 1 << 14

    private init(_ shape: JoinShape, _ sinks: [JoinBuildSink], _ context: QueryContext) {
        self.shape = shape
        self.context = context
        pieces = sinks.flatMap(\.pieces)
        totalCount = sinks.reduce(0) { $0 + $1.totalCount }
        var ranges: [Range<Int>] = []
        var end = 0
        for piece in pieces {
            ranges.append(end..<end + piece.rowCount)
            end += piece.rowCount
        }
        self.ranges = ranges
        rowCount = end
    }

    /// The table over the rows of all workers, whose memory it accounts for.
    static func table(
        _ shape: JoinShape, _ sinks: [JoinBuildSink], _ context: QueryContext
    ) throws(QueryError) -> JoinTable {
        // Until the table is made, pieces and what is made of them are there.
        let pieceBytes = sinks.reduce(0) { $0 + $1.heldBytes }
        try context.hold(pieceBytes, hint: JoinShape.memoryHint)
        let builder = JoinBuilder(shape, sinks, context)
        guard builder.rowCount < Int(Int32.max) else {
            throw QueryError(
                .memory, "a side of a join has \(builder.rowCount) rows, more than 2^31",
                hint: JoinShape.memoryHint)
        }
        let table = try builder.table()
        try context.hold(table.memoryBytes - 2 * pieceBytes, hint: JoinShape.memoryHint)
        return table
    }

    private func table() throws(QueryError) -> JoinTable {
        let shape = shape
        let columns = try ParallelTasks.run(shape.buildTypes.count, context) { index in
            shape.isCarried[index]
                ? Self.joined(pieces.map { $0.columns[index] }, shape.buildTypes[index], rowCount)
                : Column?.none
        }
        var keys: [JoinKeyColumn] = []
        var textKeys: [JoinTextKeys?] = []
        for index in shape.buildKeys.indices {
            let found = try key(index)
            keys.append(found.column)
            textKeys.append(found.texts)
        }
        let validity = shape.keepsBuildRows ? validity : nil
        let samples =
            rowCount > JoinFilter.listCount
            ? []
            : shape.buildKeys.enumerated().map { index, key in
                Self.joined(pieces.map { $0.keys[index] }, key.type, rowCount)
            }
        return JoinTable(
            columns: columns, keys: keys, textKeys: textKeys, keySamples: samples,
            slots: try slots(keys, validity), rowCount: rowCount,
            hasNullKey: totalCount > rowCount || (validity.map { $0.setCount < rowCount } ?? false),
            totalCount: totalCount)
    }

    private var validity: Bitmap {
        var validity = Bitmap(count: 0)
        for piece in pieces {
            for row in 0..<piece.rowCount { validity.append(piece.validity?[row] ?? true) }
        }
        return validity
    }

    private static func joined(_ parts: [Column?], _ type: LogicalType, _ count: Int) -> Column {
        var appender = ColumnAppender(type, reserving: count)
        for case let part? in parts { appender.append(part) }
        return appender.finish()
    }

    // MARK: - Keys

    private func key(
        _ index: Int
    ) throws(QueryError) -> (column: JoinKeyColumn, texts: JoinTextKeys?) {
        let parts = pieces.map { $0.keys[index] }
        let isWide = shape.isWide[index]
        let type = shape.buildKeys[index].type
        guard type.layout == .strings else {
            let column =
                isWide
                ? JoinKeyColumn.wide(
                    try words(parts) { Self.wide(JoinKeyColumn($0, isWide: true)) })
                : .words(try words(parts) { Self.narrow(JoinKeyColumn($0, isWide: false)) })
            return (column, nil)
        }
        guard let texts = JoinTextKeys(parts) else {
            let column = Self.joined(parts, type, rowCount)
            return (JoinKeyColumn(column, isWide: false), nil)
        }
        @Sendable func read(_ column: Column) -> JoinKeyColumn {
            var reader = JoinTextReader(texts)
            return reader.words(column).column
        }
        let column =
            texts.isWide
            ? JoinKeyColumn.wide(try words(parts) { Self.wide(read($0)) })
            : .words(try words(parts) { Self.narrow(read($0)) })
        return (column, texts)
    }

    private func words<Word: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ parts: [Column], _ words: @escaping @Sendable (Column) -> [Word]
    ) throws(QueryError) -> [Word] {
        try ParallelFill.array(ranges, 0, context) { (task, output: inout MutableSpan<Word>) in
            let values = words(parts[task])
            let source = values.span
            for row in 0..<source.count { output[row] = source[row] }
        }.elements
    }

    private static func narrow(_ column: JoinKeyColumn) -> [UInt64] {
        guard case .words(let words) = column else {
            preconditionFailure("a key of 64 bits is made of words")
        }
        return words
    }

    private static func wide(_ column: JoinKeyColumn) -> [UInt128] {
        guard case .wide(let words) = column else {
            preconditionFailure("a key of 128 bits is made of wide words")
        }
        return words
    }

    // MARK: - Slots

    private func slots(
        _ keys: [JoinKeyColumn], _ validity: Bitmap?
    ) throws(QueryError) -> JoinSlots {
        guard !keys.isEmpty, rowCount > 0 else { return JoinSlots() }
        let seed = shape.seed
        let parts = stride(from: 0, to: rowCount, by: Self.taskRowCount).map {
            $0..<min(rowCount, $0 + Self.taskRowCount)
        }
        let isSmall = rowCount <= Self.smallRowCount
        let (hashes, orders) = try ParallelFill.array(parts, 0, context) {
            (task, output: inout MutableSpan<UInt64>) -> PartitionedPositions? in
            for row in 0..<output.count { output[row] = seed }
            for key in keys { key.hash(parts[task], into: &output, seed: seed) }
            if isSmall { return nil }
            return PartitionedPositions((0..<output.count).map { output[$0] })
        }
        let starts = parts.map(\.lowerBound)
        return try JoinSlots.made(
            of: JoinRows(
                keys: keys, hashes: hashes, validity: validity,
                order: isSmall ? nil : Array(zip(starts, orders.compactMap { $0 }))), context)
    }
}
