import Segments

/// The values of one key of a join in many rows, as what they are hashed and compared by.
enum JoinKeyColumn: Sendable {
    /// 64-bit integers, booleans, doubles, packed texts: equal where the words are.
    case words([UInt64])
    /// Exact numbers in 128 bits, long packed texts.
    case wide([UInt128])
    /// Strings.
    case texts(TextOperand, count: Int)

    /// The values of `column`, or as 128 bits where the other side of the join has them so.
    ///
    /// - Precondition: values of the type compare.
    init(_ column: Column, isWide: Bool) {
        switch column.values {
        case .integers(let values) where isWide:
            self = .wide(values.map { UInt128(bitPattern: Int128($0)) })
        case .integers(let values): self = .words(values.map { UInt64(bitPattern: $0) })
        case .booleans(let values): self = .words(values.map { UInt64($0) })
        case .doubles(let values): self = .words(values.map { KeyWord.word($0) })
        case .wideIntegers(let values): self = .wide(values.map { UInt128(bitPattern: $0) })
        case .arrays: preconditionFailure("\(column.type) is no key of a join")
        default: self = .texts(TextOperand(column), count: column.count)
        }
    }

    /// How many rows there are.
    var count: Int {
        switch self {
        case .words(let words): words.count
        case .wide(let words): words.count
        case .texts(_, let count): count
        }
    }

    /// Bytes held.
    var memoryBytes: Int {
        switch self {
        case .words(let words): words.count * 8
        case .wide(let words): words.count * 16
        case .texts(let texts, _): texts.memoryBytes
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

    /// Takes the values of `rows` into the hash of each; hashes count from the first of them.
    func hash(_ rows: Range<Int>, into hashes: inout MutableSpan<UInt64>, seed: UInt64) {
        let first = rows.lowerBound
        switch self {
        case .words(let words):
            let words = words.span
            for row in rows {
                hashes[row &- first] = Hashing.mix(words[row], seed: hashes[row &- first])
            }
        case .wide(let words):
            let words = words.span
            for row in rows {
                hashes[row &- first] = Hashing.hash(words[row], seed: hashes[row &- first])
            }
        case .texts(let texts, _):
            for row in rows {
                let hash = Hashing.hash(texts.span(at: row), seed: seed)
                hashes[row &- first] = Self.combined(hashes[row &- first], hash)
            }
        }
    }

    /// One hash of a row's hash so far and that of a string.
    @inline(__always)
    static func combined(_ hash: UInt64, _ text: UInt64) -> UInt64 {
        Hashing.fold(hash ^ text, 0x9e37_79b9_7f4a_7c15)
    }
}

/// Evaluates the keys of one side of a join, batch by batch.
struct JoinKeyEvaluator {
    private let keys: [Evaluator]

    /// The keys of the rows of one batch.
    struct Keys {
        /// The evaluated keys.
        var columns: [Column]
        /// The rows where no key is NULL; nil for all of them.
        var validity: Bitmap?
    }

    init(_ keys: [BoundExpression]) { self.keys = keys.map { Evaluator($0) } }

    /// The keys of all rows of `batch`.
    func keys(of batch: Batch) throws(QueryError) -> Keys {
        var columns: [Column] = []
        var validity: Bitmap?
        for key in keys {
            let column = try key.evaluate(batch).column(count: batch.rowCount)
            columns.append(column)
            if let bits = column.validity { validity = validity.map { $0.and(bits) } ?? bits }
        }
        return Keys(columns: columns, validity: validity)
    }
}

/// Looks for the keys of the probing side of a join in a table; belongs to one worker.
///
/// Strings behind codes are hashed, or turned into integers, once per entry of the dictionary in
/// use.
final class JoinSearch {
    private let table: JoinTable
    private let isWide: [Bool]
    private let seed: UInt64
    private let keys: JoinKeyEvaluator
    private var readers: [JoinTextReader?]
    private var dictionaries: [(dictionary: StringDictionary, hashes: [UInt64])?]

    /// What was found for the rows of a batch.
    struct Found {
        /// The first row of the table with the same keys, plus one; 0 for none.
        var firstRows: [UInt32]
        /// The rows where no key is NULL; nil for all of them.
        var validity: Bitmap?
    }

    init(_ shape: JoinShape, _ table: JoinTable) {
        self.table = table
        isWide = shape.isWide
        seed = shape.seed
        keys = JoinKeyEvaluator(shape.probeKeys)
        readers = table.textKeys.map { $0.map { JoinTextReader($0) } }
        dictionaries = Array(repeating: nil, count: shape.probeKeys.count)
    }

    /// Looks for the keys of all rows of `batch`.
    func find(_ batch: Batch) throws(QueryError) -> Found {
        let found = try keys.keys(of: batch)
        guard table.rowCount > 0 else {
            return Found(
                firstRows: [UInt32](repeating: 0, count: batch.rowCount), validity: found.validity)
        }
        var candidates = found.validity
        var columns: [JoinKeyColumn] = []
        var hashes = [UInt64](repeating: seed, count: batch.rowCount)
        for (index, column) in found.columns.enumerated() {
            let key: JoinKeyColumn
            if let words = readers[index]?.words(column) {
                key = words.column
                if let strangers = words.strangers {
                    let known = strangers.inverted
                    candidates = candidates.map { $0.and(known) } ?? known
                }
            } else {
                key = JoinKeyColumn(column, isWide: isWide[index])
            }
            hash(column, key, index, into: &hashes)
            columns.append(key)
        }
        return Found(
            firstRows: table.firstRows(hashes, candidates, columns), validity: found.validity)
    }

    private func hash(
        _ column: Column, _ key: JoinKeyColumn, _ index: Int, into hashes: inout [UInt64]
    ) {
        var output = hashes.mutableSpan
        guard case .texts = key, case .codes(let codes, let dictionary) = column.values,
            dictionary.count > 0
        else { return key.hash(0..<key.count, into: &output, seed: seed) }
        let known = entries(of: dictionary, index)
        let entries = known.span
        let rows = codes.span
        for row in 0..<rows.count {
            output[row] = JoinKeyColumn.combined(output[row], entries[Int(rows[row])])
        }
    }

    private func entries(of dictionary: StringDictionary, _ index: Int) -> [UInt64] {
        if let known = dictionaries[index], known.dictionary === dictionary { return known.hashes }
        let values = dictionary.values
        let hashes = (0..<values.count).map { Hashing.hash(values.span(at: $0), seed: seed) }
        dictionaries[index] = (dictionary, hashes)
        return hashes
    }
}

extension Bitmap {
    /// The bits that are set in both.
    func and(_ other: Bitmap) -> Bitmap {
        Bitmap(words: zip(words, other.words).map { $0 & $1 }, count: count)
    }

    /// The bits that are not set.
    fileprivate var inverted: Bitmap { Bitmap(words: words.map { ~$0 }, count: count) }
}
