import Segments

/// Rows of one partition that wait for their groups.
final class RowChunk {
    /// The words of the rows' keys, one row after the other.
    private(set) var words: [UInt64] = []
    /// What the aggregates need, part by part.
    private(set) var parts: [NarrowIntegers]
    /// How many rows there are.
    private(set) var count = 0

    /// The most rows, but for those of a batch that come together.
    static let rowCount = 4_096

    /// No rows yet.
    init(wordCount: Int, _ formats: [NarrowIntegers.Format]) {
        words.reserveCapacity(wordCount * Self.rowCount)
        parts = formats.map { NarrowIntegers($0, capacity: Self.rowCount) }
    }

    /// Bytes of the rows.
    var memoryBytes: Int { words.count * 8 + parts.reduce(0) { $0 + $1.byteCount * count } }

    /// Adds the rows at `rows` of a batch.
    func append(_ batch: RowExchange.Rows, at rows: Span<Int32>) {
        let source = batch.words
        Self.append(source.span, batch.wordCount, rows, to: &words)
        for part in parts.indices {
            parts[part].append(batch.parts[part].integers, batch.parts[part].validity, at: rows)
        }
        count += rows.count
    }

    private static func append(
        _ source: Span<UInt64>, _ wordCount: Int, _ rows: Span<Int32>, to words: inout [UInt64]
    ) {
        words.append(addingCapacity: rows.count * wordCount) { output in
            switch wordCount {
            case 1: for index in 0..<rows.count { output.append(source[Int(rows[index])]) }
            case 2:
                for index in 0..<rows.count {
                    output.append(source[Int(rows[index]) &* 2])
                    output.append(source[Int(rows[index]) &* 2 &+ 1])
                }
            default:
                for index in 0..<rows.count {
                    let start = Int(rows[index]) &* wordCount
                    for word in 0..<wordCount { output.append(source[start &+ word]) }
                }
            }
        }
    }
}

/// The rows of one worker, cut by the hash of their keys, each waiting for its group.
///
/// Where most groups have few rows, a look into a table that has outgrown the cache costs more than
/// writing the row down: each partition's rows meet in a table that fits.
final class RowExchange {
    private let layout: RowLayout
    private let keys: GroupKeys
    private let evaluators: [Evaluator]
    private let flags: RowFlags?
    private var formats: [NarrowIntegers.Format]
    private var open: [RowChunk?]
    private var full: [[RowChunk]]
    /// Bytes of all rows.
    private(set) var memoryBytes = 0

    /// What of a batch's rows waits.
    struct Rows {
        let wordCount: Int
        let words: [UInt64]
        let parts: [(integers: [Int64], validity: Bitmap?)]
    }

    /// No rows.
    init(_ layout: RowLayout, _ keys: GroupKeys) {
        self.layout = layout
        self.keys = keys
        evaluators = layout.parts.map { Evaluator($0.expression) }
        flags = layout.flags.isEmpty ? nil : RowFlags(layout.flags)
        let partCount = layout.parts.count + (layout.flags.isEmpty ? 0 : 1)
        formats = Array(repeating: NarrowIntegers.Format(), count: partCount)
        open = Array(repeating: nil, count: RadixPartitions.count)
        full = Array(repeating: [], count: RadixPartitions.count)
    }

    /// Takes the rows of a batch, given the values of their keys.
    func add(_ vectors: [KeyVector], _ batch: Batch) throws(QueryError) {
        let words = try keys.words(of: vectors, count: batch.rowCount)
        var parts: [(integers: [Int64], validity: Bitmap?)] = []
        for (index, evaluator) in evaluators.enumerated() {
            let vector = try evaluator.evaluate(batch)
            let integers = try layout.integers(index, vector, count: batch.rowCount)
            parts.append((integers, Self.validity(vector, count: batch.rowCount)))
        }
        if let flags { parts.append((try flags.integers(batch), nil)) }
        let rows = Rows(wordCount: keys.wordCount, words: words, parts: parts)
        widen(for: rows)
        let order = PartitionedPositions(keys.hashes(of: words))
        let positions = order.positions
        for partition in open.indices {
            let range = order.range(of: partition)
            if range.isEmpty { continue }
            chunk(partition).append(rows, at: positions.span.extracting(range))
        }
        let rowBytes = keys.wordCount * 8 + formats.reduce(0) { $0 + $1.byteCount }
        memoryBytes += rowBytes * batch.rowCount
    }

    private static func validity(_ vector: Vector, count: Int) -> Bitmap? {
        vector.isNullConstant ? Bitmap(count: count) : vector.validity
    }

    /// The chunk of a partition that takes rows.
    private func chunk(_ partition: Int) -> RowChunk {
        if let chunk = open[partition] {
            if chunk.count < RowChunk.rowCount { return chunk }
            full[partition].append(chunk)
        }
        let chunk = RowChunk(wordCount: keys.wordCount, formats)
        open[partition] = chunk
        return chunk
    }

    /// Closes all chunks where the rows of a batch need a wider format.
    private func widen(for rows: Rows) {
        let wider = zip(formats, rows.parts).map {
            $0.union(NarrowIntegers.format(of: $1.integers, $1.validity))
        }
        guard wider != formats else { return }
        close()
        formats = wider
    }

    private func close() {
        for partition in open.indices {
            if let chunk = open[partition] { full[partition].append(chunk) }
            open[partition] = nil
        }
    }

    /// Hands over all rows, by partition.
    func take() -> [[RowChunk]] {
        close()
        defer {
            full = Array(repeating: [], count: RadixPartitions.count)
            memoryBytes = 0
        }
        return full
    }
}
