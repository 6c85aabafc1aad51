import Segments

/// The distinct values of one column, NULL not among them, in radix partitions.
///
/// Words (what is kept in 64 bits or less) are held as such; strings, and everything else in its
/// encoded form, as bytes. Codes are looked up once per dictionary entry.
final class DistinctSet {
    private let type: LogicalType
    private let seed: UInt64
    private var parts: Parts
    private var dictionary: StringDictionary?
    /// Which codes of `dictionary` are in the set.
    private var seenCodes: [Bool] = []

    private enum Parts {
        case words([WordSet])
        case texts([TextSet])
    }

    /// No values of `type`. Sets that merge have the same seed.
    init(_ type: LogicalType, seed: UInt64) {
        self.type = type
        self.seed = seed
        switch type.layout {
        case .integers, .booleans, .doubles: parts = .words(Self.words(seed: seed))
        case .strings, .wideIntegers, .arrays:
            parts = .texts((0..<RadixPartitions.count).map { _ in TextSet(seed: seed) })
        }
    }

    private static func words(seed: UInt64) -> [WordSet] {
        (0..<RadixPartitions.count).map { _ in WordSet(seed: seed) }
    }

    /// How many values there are.
    var count: Int {
        switch parts {
        case .words(let parts): parts.reduce(0) { $0 + $1.count }
        case .texts(let parts): parts.reduce(0) { $0 + $1.count }
        }
    }

    /// Bytes held.
    var memoryBytes: Int {
        switch parts {
        case .words(let parts): parts.reduce(seenCodes.count) { $0 + $1.memoryBytes }
        case .texts(let parts): parts.reduce(seenCodes.count) { $0 + $1.memoryBytes }
        }
    }

    /// Adds the values of a column that are not NULL.
    func insert(_ column: Column) {
        let validity = column.validity
        switch column.withoutPackedTexts.values {
        case .integers(let values): insert(words: values, validity) { KeyWord.word($0) }
        case .booleans(let values): insert(words: values, validity) { KeyWord.word($0) }
        case .doubles(let values): insert(words: values, validity) { KeyWord.word($0) }
        case .codes(let codes, let dictionary): insert(codes.span, dictionary, validity)
        case .strings(let texts): insert(texts, Self.rows(of: column))
        case .packedTexts, .widePackedTexts: preconditionFailure("packed texts were unpacked")
        case .wideIntegers, .arrays:
            let rows = Self.rows(of: column)
            var encoded = StringVector()
            for row in rows { encoded.append(column.value(at: Int(row)).keyBytes.span) }
            insert(encoded, rows.indices.map { Int32(truncatingIfNeeded: $0) })
        }
    }

    /// The rows that are not NULL.
    private static func rows(of column: Column) -> [Int32] {
        let rows = 0..<Int32(truncatingIfNeeded: column.count)
        guard let validity = column.validity else { return Array(rows) }
        return rows.filter { validity[Int($0)] }
    }

    @inline(__always)
    private func insert<Element: Equatable>(
        words values: [Element], _ validity: Bitmap?, _ word: (Element) -> UInt64
    ) {
        guard case .words(let parts) = parts else {
            preconditionFailure("\(type) is not kept in words")
        }
        var words: [UInt64] = []
        words.reserveCapacity(values.count)
        for row in 0..<values.count {
            if let validity, !validity[row] { continue }
            let word = word(values[row])
            // Equal neighbours, as in sorted blocks, count once.
            if let last = words.last, last == word { continue }
            words.append(word)
        }
        parts.insert(words, seed: seed)
    }

    private func insert(
        _ codes: Span<UInt32>, _ dictionary: StringDictionary, _ validity: Bitmap?
    ) {
        if self.dictionary !== dictionary {
            self.dictionary = dictionary
            seenCodes = Array(repeating: false, count: dictionary.count)
        }
        var new: [Int32] = []
        for row in 0..<codes.count {
            if let validity, !validity[row] { continue }
            let code = Int(codes[row])
            if seenCodes[code] { continue }
            seenCodes[code] = true
            new.append(Int32(truncatingIfNeeded: code))
        }
        insert(dictionary.values, new)
    }

    /// Adds the strings at `indices`.
    private func insert(_ texts: StringVector, _ indices: [Int32]) {
        guard case .texts(let parts) = parts else {
            preconditionFailure("\(type) is not kept in bytes")
        }
        let seed = seed
        let hashes = indices.map { Hashing.hash(texts.span(at: Int($0)), seed: seed) }
        let order = PartitionedPositions(hashes)
        for partition in parts.indices {
            let range = order.range(of: partition)
            if range.isEmpty { continue }
            parts[partition].insert(
                texts, indices.span, hashes.span, at: order.positions.span.extracting(range))
        }
    }

    /// Takes the values of another set, and leaves it empty.
    func merge(_ other: DistinctSet, _ context: QueryContext) throws(QueryError) {
        other.release()
        switch (parts, other.parts) {
        case (.words(let parts), .words(let others)):
            try PartitionMerge.run(from: others, into: parts, context)
        case (.texts(let parts), .texts(let others)):
            try PartitionMerge.run(from: others, into: parts, context)
        default: preconditionFailure("two sets of different types are merged")
        }
    }

    private func release() {
        dictionary = nil
        seenCodes = []
    }

    /// Calls `body` with all values, in columns of a block or so.
    func forEachColumn(_ body: (Column) -> Void) {
        switch parts {
        case .words(let parts):
            for part in parts where part.count > 0 {
                let words = part.words
                for start in stride(from: 0, to: words.count, by: Block.rowCount) {
                    let end = min(words.count, start + Block.rowCount)
                    body(KeyWord.column(Array(words[start..<end]), type, nil))
                }
            }
        case .texts(let parts):
            for part in parts where part.count > 0 {
                var builder = ColumnBuilder(type: type)
                var rowCount = 0
                part.forEach { bytes in
                    builder.append(Value(keyBytes: bytes, of: type))
                    rowCount += 1
                    if rowCount == Block.rowCount {
                        body(builder.finish())
                        builder = ColumnBuilder(type: type)
                        rowCount = 0
                    }
                }
                if rowCount > 0 { body(builder.finish()) }
            }
        }
    }
}

extension [WordSet] {
    /// Adds words to the partitions of their hashes.
    func insert(_ words: [UInt64], seed: UInt64) {
        guard !words.isEmpty else { return }
        let hashes = words.map { WordSet.hash($0, seed: seed) }
        let order = PartitionedPositions(hashes)
        for partition in indices {
            let range = order.range(of: partition)
            if range.isEmpty { continue }
            self[partition].insert(
                words.span, hashes.span, at: order.positions.span.extracting(range))
        }
    }
}
