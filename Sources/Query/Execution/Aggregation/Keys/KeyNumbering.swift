import Segments

/// Numbers the distinct values of one key column, NULL among them, in order of first appearance.
///
/// Codes are looked up once per dictionary entry, integers that lie close together in an array,
/// other words in a hash table. Values that are no 64-bit words are numbered by their bytes.
struct KeyNumbering {
    /// The type of the values.
    let type: LogicalType
    private var words = WordTable<UInt64>()
    private var texts = TextTable()
    /// The number of NULL, where it has one.
    private(set) var nullNumber: UInt32?
    private var ranges = RangeMarks()
    /// `nil` until packed texts come.
    private var packed: PackedTextNumbers?
    private var dictionary: StringDictionary?
    /// For each code of `dictionary`, its number plus one; 0 where none was asked for yet.
    private var codeMarks: [UInt32] = []
    private var entryMarks: EntryMarks
    private let isWord: Bool

    /// Of no values.
    ///
    /// - Parameter entryNumbers: What numbers the entries of dictionaries that may come.
    init(_ type: LogicalType, entryNumbers: EntryNumbers? = nil) {
        self.type = type
        entryMarks = EntryMarks(entryNumbers)
        switch type.layout {
        case .integers, .booleans, .doubles: isWord = true
        case .strings, .wideIntegers, .arrays: isWord = false
        }
    }

    /// How many values there are.
    var count: Int { isWord ? words.count : texts.count }

    /// Bytes held.
    var memoryBytes: Int {
        (isWord ? words.memoryBytes : texts.memoryBytes) + codeMarks.count * 4
            + entryMarks.memoryBytes + ranges.marks.count * 4 + (packed?.memoryBytes ?? 0)
    }

    /// The numbers of the values of `key`.
    ///
    /// - Throws: `query_memory_limit` where the strings are too many to be held at all.
    mutating func numbers(of key: KeyVector, count: Int) throws(QueryError) -> GroupNumbers {
        switch key {
        case .buckets(let buckets):
            if let numbers = number(buckets) { return .rows(numbers) }
            let values = buckets.codes.map { code in
                KeyWord.word(buckets.first &+ Int64(code) &* buckets.step)
            }
            return .rows(words.numbers(of: values.span))
        case .vector(let vector):
            guard case .column(let column) = vector else {
                return .single(try numbers(of: vector.column(count: 1))[0])
            }
            return .rows(try numbers(of: column))
        }
    }

    /// The number of the value of each run.
    ///
    /// - Throws: as `numbers(of:count:)`.
    mutating func numbers(of runs: CodeRuns) throws(QueryError) -> [UInt32] {
        try number(runs.codes, runs.dictionary, nil)
    }

    private mutating func numbers(of column: Column) throws(QueryError) -> [UInt32] {
        switch column.values {
        case .integers(let values):
            if column.validity == nil { return numbers(of: values) }
            return number(words: values.map { KeyWord.word($0) }, column.validity)
        case .booleans(let values):
            return number(words: values.map { KeyWord.word($0) }, column.validity)
        case .doubles(let values):
            return number(words: values.map { KeyWord.word($0) }, column.validity)
        case .codes(let codes, let dictionary):
            return try number(codes, dictionary, column.validity)
        case .strings(let values): return try number(values, column.validity)
        case .packedTexts, .widePackedTexts: return try number(packed: column)
        case .wideIntegers, .arrays:
            var encoded = StringVector()
            for row in 0..<column.count { encoded.append(column.value(at: row).keyBytes.span) }
            return try number(encoded, column.validity)
        }
    }

    // MARK: - Words

    /// The numbers of integers, none of them NULL.
    mutating func numbers(of integers: [Int64]) -> [UInt32] {
        if let bounds = BucketKernels.bounds(integers.span),
            let numbers = number(integers.span, within: bounds)
        {
            return numbers
        }
        let words = integers.map { KeyWord.word($0) }
        return self.words.numbers(of: words.span)
    }

    private mutating func number(words values: [UInt64], _ validity: Bitmap?) -> [UInt32] {
        guard let validity else { return words.numbers(of: values.span) }
        var numbers = [UInt32](repeating: 0, count: values.count)
        for row in values.indices {
            numbers[row] = validity[row] ? words.number(of: values[row]) : numberOfNull()
        }
        return numbers
    }

    private mutating func number(
        _ values: Span<Int64>, within bounds: ClosedRange<Int64>
    ) -> [UInt32]? {
        let distance = bounds.upperBound.subtractingReportingOverflow(bounds.lowerBound)
        // A range much longer than the batch is not worth an array.
        guard !distance.overflow, distance.partialValue < 2 * Int64(values.count),
            let codes = BucketKernels.codes(
                values, first: bounds.lowerBound, last: bounds.upperBound, step: 1)
        else { return nil }
        return number(
            KeyBuckets(
                codes: codes, first: bounds.lowerBound, step: 1,
                count: Int(distance.partialValue) + 1))
    }

    private mutating func number(_ buckets: KeyBuckets) -> [UInt32]? {
        guard
            let offset = ranges.place(
                first: buckets.first, step: buckets.step, count: buckets.count)
        else { return nil }
        var numbers = buckets.codes
        Self.number(&numbers, buckets, &ranges.marks, offset, &words)
        return numbers
    }

    private static func number(
        _ codes: inout [UInt32], _ buckets: KeyBuckets, _ marks: inout [UInt32], _ offset: Int,
        _ words: inout WordTable<UInt64>
    ) {
        var row = 0
        while let missing = GroupKernels.translate(&codes, from: row, marks.span, offset: offset) {
            let value = buckets.first &+ Int64(codes[missing]) &* buckets.step
            marks[offset + Int(codes[missing])] = words.number(of: KeyWord.word(value)) + 1
            row = missing
        }
    }

    // MARK: - Texts

    private mutating func number(
        _ codes: [UInt32], _ dictionary: StringDictionary, _ validity: Bitmap?
    ) throws(QueryError) -> [UInt32] {
        let validity = validity?.unlessFull
        if self.dictionary !== dictionary {
            self.dictionary = dictionary
            codeMarks = Array(repeating: 0, count: dictionary.count)
            entryMarks.begin(dictionary)
        }
        try checkRoom(for: dictionary.values)
        var numbers = codes
        let null = validity == nil ? 0 : numberOfNull()
        Self.number(&numbers, validity, null, &codeMarks, dictionary, &texts, &entryMarks)
        return numbers
    }

    private static func number(
        _ codes: inout [UInt32], _ validity: Bitmap?, _ null: UInt32, _ marks: inout [UInt32],
        _ dictionary: StringDictionary, _ texts: inout TextTable, _ known: inout EntryMarks
    ) {
        let entries = dictionary.values
        if let validity {
            for row in codes.indices {
                let code = Int(codes[row])
                if validity[row], marks[code] == 0 {
                    marks[code] = texts.number(of: entries.span(at: code)) + 1
                }
                codes[row] = validity[row] ? marks[code] - 1 : null
            }
            return
        }
        guard let missing = GroupKernels.translate(&codes, from: 0, marks.span, offset: 0)
        else { return }
        let unknown = GroupKernels.unmarked(codes.span, from: missing, &marks)
        let numbers = known.numbers(of: unknown) { texts.numbers(of: $0, in: entries) }
        for (code, number) in zip(unknown, numbers) { marks[Int(code)] = number + 1 }
        let next = GroupKernels.translate(&codes, from: missing, marks.span, offset: 0)
        precondition(next == nil, "a code has no number")
    }

    private mutating func number(
        _ values: StringVector, _ validity: Bitmap?
    ) throws(QueryError) -> [UInt32] {
        try checkRoom(for: values)
        var numbers = [UInt32](repeating: 0, count: values.count)
        for row in 0..<values.count {
            let isNull = validity.map { !$0[row] } ?? false
            numbers[row] = isNull ? numberOfNull() : texts.number(of: values.span(at: row))
        }
        return numbers
    }

    private mutating func number(packed column: Column) throws(QueryError) -> [UInt32] {
        guard let validity = column.validity?.unlessFull else {
            return try numberValid(packed: column)
        }
        let rows = (0..<Int32(truncatingIfNeeded: column.count)).filter { validity[Int($0)] }
        let valid = try numberValid(packed: column.gather(rows))
        var numbers = [UInt32](repeating: numberOfNull(), count: column.count)
        for (row, number) in zip(rows, valid) { numbers[Int(row)] = number }
        return numbers
    }

    /// The numbers of packed texts, none of them NULL.
    private mutating func numberValid(packed column: Column) throws(QueryError) -> [UInt32] {
        guard let pattern = column.textPattern,
            texts.hasRoom(for: column.count * pattern.byteCount)
        else { throw TextTable.overflow }
        var known = packed ?? PackedTextNumbers()
        packed = nil
        defer { packed = known }
        return Self.number(packed: column, &known, &texts)
    }

    private static func number(
        packed column: Column, _ packed: inout PackedTextNumbers, _ texts: inout TextTable
    ) -> [UInt32] {
        func number(_ new: StringVector) -> [UInt32] {
            (0..<new.count).map { texts.number(of: new.span(at: $0)) }
        }
        switch column.values {
        case .packedTexts(let codes, let pattern):
            return packed.numbers(of: codes, pattern, number)
        case .widePackedTexts(let codes, let pattern):
            return packed.numbers(of: codes, pattern, number)
        default: preconditionFailure("\(column.type) is not packed")
        }
    }

    private func checkRoom(for values: StringVector) throws(QueryError) {
        guard texts.hasRoom(for: values.bytes.count) else {
            throw TextTable.overflow
        }
    }

    private mutating func numberOfNull() -> UInt32 {
        if let nullNumber { return nullNumber }
        let number = isWord ? words.appendUnfindable() : texts.appendUnfindable()
        nullNumber = number
        return number
    }

    // MARK: - Values

    /// Takes over another numbering's values.
    ///
    /// - Returns: for each number of the other, the number here.
    mutating func merge(_ other: KeyNumbering) throws(QueryError) -> [UInt32] {
        if !isWord { try checkRoom(for: other.texts.texts) }
        if !isWord, other.nullNumber == nil {
            let known = entryMarks
            return known.map(of: other.entryMarks, count: other.count) { codes in
                texts.numbers(of: codes, in: other.texts.texts)
            }
        }
        var map: [UInt32] = []
        map.reserveCapacity(other.count)
        for number in 0..<other.count {
            if other.nullNumber == UInt32(truncatingIfNeeded: number) {
                map.append(numberOfNull())
            } else if isWord {
                map.append(words.number(of: other.words.keys[number]))
            } else {
                map.append(texts.number(of: other.texts.texts.span(at: number)))
            }
        }
        return map
    }

    /// The values behind `numbers`, in that order.
    func column(_ numbers: [UInt32]) -> Column {
        var validity: Bitmap?
        if let nullNumber, numbers.contains(nullNumber) {
            var bits = Bitmap(count: 0)
            for number in numbers { bits.append(number != nullNumber) }
            validity = bits
        }
        if isWord {
            return KeyWord.column(numbers.map { words.keys[Int($0)] }, type, validity)
        }
        if type == .varchar, nullNumber == nil, 0 < texts.count, texts.count <= numbers.count {
            // Whoever reads them next looks at each text once.
            let dictionary = StringDictionary(texts.texts, isSorted: false)
            return Column(type: type, values: .codes(numbers, dictionary))
        }
        if type.layout == .strings {
            let indices = numbers.map { Int32(bitPattern: $0) }
            let strings = texts.texts.gather(indices.span)
            return Column(type: type, values: .strings(strings), validity: validity)
        }
        let builder = ColumnBuilder(type: type)
        for number in numbers {
            builder.append(
                number == nullNumber
                    ? .null : Value(keyBytes: texts.texts.span(at: Int(number)), of: type))
        }
        return builder.finish()
    }

    /// A numbering of the values behind marks alone, and the marks' like in it.
    func part(marks: [UInt32]) -> (values: KeyNumbering, marks: [UInt32]) {
        var part = KeyNumbering(type)
        var known: [UInt32: UInt32] = [:]
        let marks = marks.map { mark -> UInt32 in
            if mark == 0 { return 0 }
            if let number = known[mark] { return number + 1 }
            let number = Int(mark - 1)
            let own =
                isWord
                ? part.words.number(of: words.keys[number])
                : part.texts.number(of: texts.texts.span(at: number))
            known[mark] = own
            return own + 1
        }
        return (part, marks)
    }

    /// The values behind marks, which are numbers plus one; NULL where the mark is 0.
    func column(marks: [UInt32]) -> Column {
        guard marks.contains(0) else { return column(marks.map { $0 - 1 }) }
        var known: [UInt32] = []
        var rows: [Int32] = []
        for mark in marks {
            rows.append(mark == 0 ? -1 : Int32(truncatingIfNeeded: known.count))
            if mark != 0 { known.append(mark - 1) }
        }
        return column(known).gather(orNull: rows)
    }

    /// Whether the value of one number comes before another's; NULL is no value.
    func isLess(_ one: UInt32, _ other: UInt32) -> Bool {
        let column = column([one, other])
        guard column.type.isComparable else { return false }
        return ValueOrder.compare(column.value(at: 0), column.value(at: 1)) < 0
    }
}
