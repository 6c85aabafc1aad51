import Segments

/// ORDER BY of one worker, with or without a limit.
///
/// Each row's keys become one run of bytes whose order is the rows' order (`SortKeyEncoder`), so
/// that a sort compares bytes whatever the types. With a limit, the kept rows are cut back to it
/// whenever they have grown to twice as many, and the last of them is a threshold: of later rows
/// the first key alone is computed and compared as a word, and what is behind the threshold is
/// dropped, or a whole block by its zone map, before any other column is read.
final class SortSink: Sink {
    private let keys: [Evaluator]
    private let encoder: SortKeyEncoder
    private let firstKey: FirstSortKey?
    private let limit: Int?
    private let sourceColumn: Int?
    private let context: QueryContext
    private var rows: [ColumnAppender]
    private var encoded = StringVector()
    /// The first key of each row, where it is compared as a word.
    private var firstWords: [FirstSortKey.Word] = []
    /// The last row within the limit, once there are so many.
    private var threshold: Threshold?
    private var heldBytes = 0

    private struct Threshold {
        var key: [UInt8]
        var first: FirstSortKey.Word?
    }

    /// Rows kept at least before they are cut back.
    private static let smallestCut = 256

    /// Rows of columns of `types`, of which only the first `limit` are wanted.
    ///
    /// - Parameter sourceColumn: The column of the pipeline's source that the first key is, if any.
    init(
        _ keys: [SortKey], types: [LogicalType], limit: Int?, sourceColumn: Int? = nil,
        _ context: QueryContext
    ) {
        self.sourceColumn = sourceColumn
        self.keys = keys.map { Evaluator($0.expression) }
        encoder = SortKeyEncoder(keys)
        firstKey = limit == nil ? nil : keys.first.flatMap { FirstSortKey($0) }
        self.limit = limit
        self.context = context
        rows = types.map { ColumnAppender($0) }
    }

    private var rowCount: Int { encoded.count }

    /// So many rows are kept before they are cut back to the limit; `nil` without a limit.
    private var cutCount: Int? {
        limit.map { $0 > Int.max / 2 ? $0 : max(2 * $0, Self.smallestCut) }
    }

    func skips(_ zone: (Int) -> ValueRange?) -> Bool {
        guard let sourceColumn, let firstKey, let first = threshold?.first else { return false }
        return firstKey.excludes(zone(sourceColumn), beyond: first)
    }

    func add(_ batch: Batch) throws(QueryError) {
        var rest = batch
        if threshold == nil, let limit, let cutCount, batch.rowCount > limit {
            if let first = try narrowed(batch, limit) {
                rest = first
            } else if batch.rowCount > cutCount {
                let all = (0..<Int32(truncatingIfNeeded: batch.rowCount))
                try addRows(batch.narrowed(to: Array(all.prefix(cutCount))))
                try cut()
                rest = batch.narrowed(to: Array(all.dropFirst(cutCount)))
            }
        }
        try addRows(rest)
        if let limit, let cutCount, rowCount > cutCount || threshold == nil && rowCount >= limit {
            try cut()
        }
        try account()
    }

    /// The rows that are among the first `limit` by the first key alone; `nil` where that is not
    /// known from a word, or they are nearly all of them.
    private func narrowed(_ batch: Batch, _ limit: Int) throws(QueryError) -> Batch? {
        guard let firstKey else { return nil }
        let words = firstKey.words(try keys[0].evaluate(batch), count: batch.rowCount)
        guard let bound = FirstSortKey.bound(words, count: limit) else { return nil }
        let rows = FirstSortKey.rows(of: words, upTo: bound)
        return rows.count > batch.rowCount / 2 ? nil : batch.narrowed(to: rows)
    }

    /// Adds those rows that can be among the first.
    private func addRows(_ input: Batch) throws(QueryError) {
        var batch = input
        if let firstKey, let first = threshold?.first {
            if firstKey.excludes(batch, beyond: first) { return }
            let words = firstKey.words(try keys[0].evaluate(batch), count: batch.rowCount)
            let open = FirstSortKey.rows(of: words, upTo: first)
            if open.isEmpty { return }
            batch = batch.narrowed(to: open)
        }
        var columns: [Column] = []
        for key in keys { columns.append(try key.evaluate(batch).column(count: batch.rowCount)) }
        var candidates = encoder.encode(columns, count: batch.rowCount)
        var survivors: [Int32]?
        if let threshold {
            var found: [Int32] = []
            for row in 0..<batch.rowCount
            where ByteStrings.compare(candidates.span(at: row), threshold.key.span) < 0 {
                found.append(Int32(truncatingIfNeeded: row))
            }
            if found.isEmpty { return }
            candidates = candidates.gather(found.span)
            survivors = found
        }
        let kept = survivors.map { batch.narrowed(to: $0) } ?? batch
        try checkRoom(for: candidates)
        for index in rows.indices { rows[index].append(try kept.column(index)) }
        for row in 0..<candidates.count { encoded.append(candidates.span(at: row)) }
        if let firstKey {
            let words = firstKey.words(.column(columns[0]), count: columns[0].count)
            firstWords += survivors?.map { words[Int($0)] } ?? words
        }
    }

    private func checkRoom(for keys: StringVector) throws(QueryError) {
        guard keys.bytes.count <= StringVector.maximumByteCount - encoded.bytes.count else {
            throw QueryError(
                .memory, "the keys of a sort need more than 4 GiB",
                hint: "add a LIMIT, or sort by shorter values")
        }
    }

    /// Takes over the rows of another worker.
    func merge(_ other: SortSink) throws(QueryError) {
        try context.check()
        let keys = other.encoded
        try checkRoom(for: keys)
        for index in rows.indices { rows[index].append(other.rows[index].finish()) }
        for row in 0..<keys.count { encoded.append(keys.span(at: row)) }
        firstWords += other.firstWords
        try other.context.hold(-other.heldBytes)
        other.heldBytes = 0
        try account()
    }

    private func account() throws(QueryError) {
        let bytes =
            rows.reduce(0) { $0 + $1.memoryBytes } + encoded.bytes.count + encoded.count * 4
            + firstWords.count * MemoryLayout<FirstSortKey.Word>.stride
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    private func cut() throws(QueryError) {
        guard let limit else { return }
        try context.check()
        let first = Array(order().prefix(limit))
        rows = rows.map { appender in
            let column = appender.finish()
            var kept = ColumnAppender(column.type)
            kept.append(column.gather(first))
            return kept
        }
        let keys = encoded.gather(first.span)
        encoded = keys
        firstWords = firstKey == nil ? [] : first.map { firstWords[Int($0)] }
        if limit > 0, first.count == limit {
            threshold = Threshold(
                key: [UInt8](copying: keys.span(at: limit - 1)), first: firstWords.last)
        }
    }

    /// Row numbers in order of their keys, and of arrival among equal keys.
    private func order() -> [Int32] {
        let encoded = encoded
        let prefixes = (0..<rowCount).map { SortKeyEncoder.prefix(encoded.span(at: $0)) }
        return (0..<Int32(truncatingIfNeeded: rowCount)).sorted { one, other in
            let (left, right) = (prefixes[Int(one)], prefixes[Int(other)])
            if left != right { return left < right }
            let order = ByteStrings.compare(
                encoded.span(at: Int(one)), encoded.span(at: Int(other)))
            return order == 0 ? one < other : order < 0
        }
    }

    /// Hands over all rows in order, in batches of a block, until `emit` has enough.
    func finish(
        offset: Int, _ emit: (RowBatch) throws(QueryError) -> Bool
    ) throws(QueryError) {
        try context.check()
        let order = order()
        let end = min(order.count, limit ?? order.count)
        let columns = rows.map { $0.finish() }
        var start = min(offset, end)
        while start < end {
            try context.check()
            let next = min(end, start + Block.rowCount)
            let part = Array(order[start..<next])
            let batch = RowBatch(rowCount: part.count, columns: columns.map { $0.gather(part) })
            guard try emit(batch) else { return }
            start = next
        }
    }
}

/// Turns sort keys into bytes whose lexicographic order is the order of the rows.
///
/// ```
/// key := marker value      marker: 0 NULL first, 1 value, 2 NULL last
/// value of a word:   8 bytes, most significant first, sign bit flipped
/// value of 128 bits: 16 bytes likewise
/// value of a text:   its bytes, each 00 as 00 FF, then 00 00
/// ```
///
/// Every byte of a descending value is inverted.
struct SortKeyEncoder {
    private let keys: [SortKey]

    init(_ keys: [SortKey]) { self.keys = keys }

    /// One run of bytes per row.
    func encode(_ columns: [Column], count: Int) -> StringVector {
        var result = StringVector()
        result.reserve(count: count, byteCount: count * columns.count * 9)
        let texts = columns.map { $0.type.layout == .strings ? TextOperand($0) : nil }
        for row in 0..<count {
            for index in columns.indices {
                append(columns[index], texts[index], row, keys[index], to: &result)
            }
            result.finishString()
        }
        return result
    }

    private func append(
        _ column: Column, _ texts: TextOperand?, _ row: Int, _ key: SortKey,
        to result: inout StringVector
    ) {
        if column.isNull(row) {
            return result.append(byte: key.nullsFirst ? 0 : 2)
        }
        result.append(byte: 1)
        let flip: UInt8 = key.isAscending ? 0 : 0xff
        switch column.values {
        case .integers(let values): Self.append(values[row], flip, to: &result)
        case .booleans(let values): result.append(byte: values[row] ^ flip)
        case .doubles(let values):
            Self.append(OrderedDouble.key(values[row]), flip, to: &result)
        case .wideIntegers(let values):
            Self.append(Int64(truncatingIfNeeded: values[row] >> 64), flip, to: &result)
            let low = UInt64(truncatingIfNeeded: values[row]) ^ 1 << 63
            Self.append(Int64(bitPattern: low), flip, to: &result)
        case .strings, .codes, .packedTexts, .widePackedTexts:
            if let texts { Self.append(texts.span(at: row), flip, to: &result) }
        case .arrays:
            guard case .array(let elements) = column.value(at: row) else { return }
            append(elements, flip, to: &result)
        }
    }

    /// An array: each element behind a 1 (NULL: behind a 1, as 0), and a 0 at the end.
    private func append(_ elements: [Value], _ flip: UInt8, to result: inout StringVector) {
        for element in elements {
            result.append(byte: 1 ^ flip)
            result.append(byte: (element.isNull ? 0 : 1) ^ flip)
            switch element {
            case .bigint(let value): Self.append(value, flip, to: &result)
            case .varchar(let text): Self.append(text.bytes.span, flip, to: &result)
            default: break
            }
        }
        result.append(byte: flip)
    }

    private static func append(_ word: Int64, _ flip: UInt8, to result: inout StringVector) {
        let biased = UInt64(bitPattern: word) ^ 1 << 63
        for shift: UInt64 in [56, 48, 40, 32, 24, 16, 8, 0] {
            result.append(byte: UInt8(truncatingIfNeeded: biased >> shift) ^ flip)
        }
    }

    private static func append(_ text: Span<UInt8>, _ flip: UInt8, to result: inout StringVector) {
        for index in 0..<text.count {
            result.append(byte: text[index] ^ flip)
            if text[index] == 0 { result.append(byte: 0xff ^ flip) }
        }
        result.append(byte: flip)
        result.append(byte: flip)
    }

    /// The first eight bytes as a number, so that most comparisons are of two words.
    static func prefix(_ key: Span<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<8 {
            word = word << 8 | (index < key.count ? UInt64(key[index]) : 0)
        }
        return word
    }
}
