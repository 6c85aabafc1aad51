import Segments

/// ORDER BY of one worker, with or without a limit.
///
/// Each row's keys become one run of bytes whose order is the rows' order (`SortKeyEncoder`), so
/// that a sort compares bytes whatever the types. With a limit, rows that cannot be among the first
/// are dropped at once, and the rest is cut back whenever it has grown to twice the limit.
final class SortSink: Sink {
    private let keys: [Evaluator]
    private let encoder: SortKeyEncoder
    private let limit: Int?
    private let context: QueryContext
    private var rows: [ColumnAppender]
    private var encoded = StringVector()
    /// The key of the last row within the limit, once there are so many.
    private var threshold: [UInt8]?
    private var heldBytes = 0

    /// Rows of columns of `types`, of which only the first `limit` are wanted.
    init(_ keys: [SortKey], types: [LogicalType], limit: Int?, _ context: QueryContext) {
        self.keys = keys.map { Evaluator($0.expression) }
        encoder = SortKeyEncoder(keys)
        self.limit = limit
        self.context = context
        rows = types.map { ColumnAppender($0) }
    }

    private var rowCount: Int { encoded.count }

    func add(_ batch: Batch) throws(QueryError) {
        var columns: [Column] = []
        for key in keys { columns.append(try key.evaluate(batch).column(count: batch.rowCount)) }
        var candidates = encoder.encode(columns, count: batch.rowCount)
        var kept = batch
        if let threshold {
            var survivors: [Int32] = []
            for row in 0..<batch.rowCount
            where ByteStrings.compare(candidates.span(at: row), threshold.span) < 0 {
                survivors.append(Int32(truncatingIfNeeded: row))
            }
            if survivors.isEmpty { return }
            candidates = candidates.gather(survivors.span)
            kept = batch.narrowed(to: survivors)
        }
        for index in rows.indices { rows[index].append(try kept.column(index)) }
        for row in 0..<candidates.count { encoded.append(candidates.span(at: row)) }
        if let limit, rowCount > max(2 * limit, 4_096) { cut(to: limit) }
        try account()
    }

    /// Takes over the rows of another worker.
    func merge(_ other: SortSink) throws(QueryError) {
        for index in rows.indices { rows[index].append(other.rows[index].finish()) }
        let keys = other.encoded
        for row in 0..<keys.count { encoded.append(keys.span(at: row)) }
        try other.context.hold(-other.heldBytes)
        other.heldBytes = 0
        try account()
    }

    private func account() throws(QueryError) {
        let bytes =
            rows.reduce(0) { $0 + $1.memoryBytes } + encoded.bytes.count + encoded.count * 4
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    private func cut(to limit: Int) {
        let first = Array(order().prefix(limit))
        rows = rows.map { appender in
            let column = appender.finish()
            var kept = ColumnAppender(column.type)
            kept.append(column.gather(first))
            return kept
        }
        let kept = encoded.gather(first.span)
        if limit > 0, kept.count == limit {
            threshold = [UInt8](copying: kept.span(at: limit - 1))
        }
        encoded = kept
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

    /// All rows in order, in batches of a block.
    func finish(offset: Int) -> [RowBatch] {
        let order = order()
        let end = min(order.count, limit ?? order.count)
        let columns = rows.map { $0.finish() }
        var batches: [RowBatch] = []
        var start = min(offset, end)
        while start < end {
            let next = min(end, start + Block.rowCount)
            let part = Array(order[start..<next])
            batches.append(
                RowBatch(rowCount: part.count, columns: columns.map { $0.gather(part) }))
            start = next
        }
        return batches
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
        case .strings, .codes:
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
