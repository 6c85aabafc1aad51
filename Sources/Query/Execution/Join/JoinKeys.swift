import Segments

/// The values of one key of a join in many rows, as what they are hashed and compared by.
enum JoinKeyColumn: Sendable {
    /// 64-bit integers, booleans, doubles: equal where the words are.
    case words([UInt64])
    /// Exact numbers in 128 bits.
    case wide([Int128])
    /// Strings.
    case texts(TextOperand, count: Int)

    /// The values of `column`, or as 128 bits where the other side of the join has them so.
    ///
    /// - Precondition: values of the type compare.
    init(_ column: Column, isWide: Bool) {
        switch column.values {
        case .integers(let values) where isWide: self = .wide(values.map { Int128($0) })
        case .integers(let values): self = .words(values.map { UInt64(bitPattern: $0) })
        case .booleans(let values): self = .words(values.map { UInt64($0) })
        case .doubles(let values): self = .words(values.map { KeyWord.word($0) })
        case .wideIntegers(let values): self = .wide(values)
        case .arrays: preconditionFailure("\(column.type) is no key of a join")
        default: self = .texts(TextOperand(column), count: column.count)
        }
    }

    /// Whether row `row` equals row `other` of another column of the same key.
    @inline(__always)
    func equals(_ row: Int, _ others: JoinKeyColumn, _ other: Int) -> Bool {
        switch (self, others) {
        case (.words(let one), .words(let two)): one[row] == two[other]
        case (.wide(let one), .wide(let two)): one[row] == two[other]
        case (.texts(let one, _), .texts(let two, _)):
            ByteStrings.equal(one.span(at: row), two.span(at: other))
        default: preconditionFailure("the sides of a join have keys of different kinds")
        }
    }

    /// Takes the values into the hash of each row.
    func hash(into hashes: inout [UInt64], seed: UInt64) {
        var output = hashes.mutableSpan
        switch self {
        case .words(let words):
            let words = words.span
            for row in 0..<words.count {
                output[row] = Hashing.mix(words[row], seed: output[row])
            }
        case .wide(let words):
            let words = words.span
            for row in 0..<words.count {
                output[row] = Hashing.hash(UInt128(bitPattern: words[row]), seed: output[row])
            }
        case .texts(let texts, let count):
            for row in 0..<count {
                let hash = Hashing.hash(texts.span(at: row), seed: seed)
                output[row] = Self.combined(output[row], hash)
            }
        }
    }

    /// One hash of a row's hash so far and that of a string.
    @inline(__always)
    static func combined(_ hash: UInt64, _ text: UInt64) -> UInt64 {
        Hashing.fold(hash ^ text, 0x9e37_79b9_7f4a_7c15)
    }
}

/// Hashes the keys of one side of a join, batch by batch; belongs to one worker.
///
/// Strings behind codes are hashed once per entry of the dictionary in use.
final class JoinKeyHasher {
    private let keys: [Evaluator]
    private let isWide: [Bool]
    private let seed: UInt64
    private var dictionaries: [(dictionary: StringDictionary, hashes: [UInt64])?]

    /// The keys of the rows of one batch.
    struct Keys {
        /// The evaluated keys.
        var columns: [Column]
        /// One hash per row.
        var hashes: [UInt64]
        /// The rows where no key is NULL; nil for all of them.
        var validity: Bitmap?
    }

    /// Hashes `keys` with a seed that both sides of a join share.
    init(_ keys: [BoundExpression], isWide: [Bool], seed: UInt64) {
        self.keys = keys.map { Evaluator($0) }
        self.isWide = isWide
        self.seed = seed
        dictionaries = Array(repeating: nil, count: keys.count)
    }

    /// The keys of all rows of `batch`.
    func keys(of batch: Batch) throws(QueryError) -> Keys {
        var columns: [Column] = []
        for key in keys {
            columns.append(try key.evaluate(batch).column(count: batch.rowCount))
        }
        var hashes = [UInt64](repeating: seed, count: batch.rowCount)
        var validity: Bitmap?
        for index in columns.indices {
            add(columns[index], key: index, to: &hashes)
            if let bits = columns[index].validity {
                validity = validity.map { Self.both($0, bits) } ?? bits
            }
        }
        return Keys(columns: columns, hashes: hashes, validity: validity)
    }

    /// The keys as what they are compared by.
    func comparable(_ keys: Keys) -> [JoinKeyColumn] {
        zip(keys.columns, isWide).map { JoinKeyColumn($0, isWide: $1) }
    }

    private static func both(_ one: Bitmap, _ other: Bitmap) -> Bitmap {
        Bitmap(words: zip(one.words, other.words).map { $0 & $1 }, count: one.count)
    }

    private func add(_ column: Column, key: Int, to hashes: inout [UInt64]) {
        guard case .codes(let codes, let dictionary) = column.values, dictionary.count > 0 else {
            return JoinKeyColumn(column, isWide: isWide[key]).hash(into: &hashes, seed: seed)
        }
        let known = self.hashes(of: dictionary, key: key)
        let entries = known.span
        let rows = codes.span
        var output = hashes.mutableSpan
        for row in 0..<rows.count {
            output[row] = JoinKeyColumn.combined(output[row], entries[Int(rows[row])])
        }
    }

    private func hashes(of dictionary: StringDictionary, key: Int) -> [UInt64] {
        if let known = dictionaries[key], known.dictionary === dictionary { return known.hashes }
        let values = dictionary.values
        let hashes = (0..<values.count).map { Hashing.hash(values.span(at: $0), seed: seed) }
        dictionaries[key] = (dictionary, hashes)
        return hashes
    }
}
