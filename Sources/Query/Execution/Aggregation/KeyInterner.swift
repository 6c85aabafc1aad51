import Segments

/// The group, or the number of a key's value, of each row of a batch.
enum GroupNumbers {
    /// All rows have the same.
    case single(UInt32)
    case rows([UInt32])

    /// Those of the rows at `rows`.
    func gather(_ rows: [Int32]) -> GroupNumbers {
        guard case .rows(let numbers) = self else { return self }
        let span = numbers.span
        return .rows(rows.map { span[Int($0)] })
    }
}

/// Numbers the distinct values of one key column, NULL among them, in order of first appearance.
///
/// Codes are looked up once per dictionary entry, equal neighbours once per run. Values that are no
/// 64-bit words are numbered by their bytes.
struct KeyInterner {
    private let type: LogicalType
    private var integers = IntegerTable()
    private var texts = TextTable()
    private var nullNumber: UInt32?
    /// The value behind each number, as its table's number; NULL has `noEntry`.
    private var entries: [UInt32] = []
    /// For each entry of the table in use, its number.
    private var numbers: [UInt32] = []
    private var dictionary: StringDictionary?
    /// For each code of `dictionary`, its number plus one; 0 where none was asked for yet.
    private var codeMarks: [UInt32] = []

    private static let noEntry = UInt32.max

    init(_ type: LogicalType) { self.type = type }

    /// How many values there are.
    var count: Int { entries.count }

    /// Bytes held.
    var memoryBytes: Int {
        integers.memoryBytes + texts.memoryBytes + entries.count * 8 + codeMarks.count * 4
    }

    /// The numbers of the values of `vector`.
    mutating func numbers(of vector: Vector, count: Int) -> GroupNumbers {
        switch vector {
        case .constant:
            guard case .rows(let one) = numbers(of: .column(vector.column(count: 1)), count: 1)
            else { preconditionFailure("a column has a number per row") }
            return .single(one[0])
        case .column(let column):
            var result = [UInt32](repeating: 0, count: count)
            number(column, &result)
            return .rows(result)
        }
    }

    private mutating func number(_ column: Column, _ result: inout [UInt32]) {
        switch column.values {
        case .integers(let values): number(words: values, column.validity, &result) { $0 }
        case .booleans(let values):
            number(words: values, column.validity, &result) { Int64($0) }
        case .doubles(let values):
            number(words: values, column.validity, &result) {
                Int64(bitPattern: ($0.isNaN ? Double.nan : $0 + 0).bitPattern)
            }
        case .codes(let codes, let dictionary):
            number(codes.span, dictionary, column.validity, &result)
        case .strings(let values):
            for row in 0..<values.count {
                result[row] =
                    column.isNull(row) ? numberOfNull() : number(text: values.span(at: row))
            }
        case .wideIntegers, .arrays:
            for row in 0..<column.count {
                let bytes = Self.encoded(column.value(at: row))
                result[row] = column.isNull(row) ? numberOfNull() : number(text: bytes.span)
            }
        }
    }

    @inline(__always)
    private mutating func number<Element: Equatable>(
        words: [Element], _ validity: Bitmap?, _ result: inout [UInt32],
        _ word: (Element) -> Int64
    ) {
        var last: UInt32 = 0
        var hasLast = false
        for row in 0..<words.count {
            if let validity, !validity[row] {
                result[row] = numberOfNull()
                hasLast = false
            } else {
                if !hasLast || words[row] != words[row &- 1] {
                    last = number(word: UInt64(bitPattern: word(words[row])))
                    hasLast = true
                }
                result[row] = last
            }
        }
    }

    private mutating func number(
        _ codes: Span<UInt32>, _ dictionary: StringDictionary, _ validity: Bitmap?,
        _ result: inout [UInt32]
    ) {
        if self.dictionary !== dictionary {
            self.dictionary = dictionary
            codeMarks = Array(repeating: 0, count: dictionary.count)
        }
        let texts = dictionary.values
        for row in 0..<codes.count {
            if let validity, !validity[row] {
                result[row] = numberOfNull()
                continue
            }
            let code = Int(codes[row])
            var mark = codeMarks[code]
            if mark == 0 {
                mark = number(text: texts.span(at: code)) + 1
                codeMarks[code] = mark
            }
            result[row] = mark &- 1
        }
    }

    private mutating func numberOfNull() -> UInt32 {
        if let nullNumber { return nullNumber }
        let number = UInt32(entries.count)
        entries.append(Self.noEntry)
        nullNumber = number
        return number
    }

    @inline(__always)
    private mutating func number(word: UInt64) -> UInt32 {
        number(entry: integers.number(of: word))
    }

    private mutating func number(text: Span<UInt8>) -> UInt32 {
        number(entry: texts.number(of: text))
    }

    @inline(__always)
    private mutating func number(entry: UInt32) -> UInt32 {
        if Int(entry) == numbers.count {
            numbers.append(UInt32(entries.count))
            entries.append(entry)
        }
        return numbers[Int(entry)]
    }

    /// Takes over another interner's values.
    ///
    /// - Returns: for each number of the other, the number here.
    mutating func merge(_ other: KeyInterner) -> [UInt32] {
        other.entries.map { entry in
            if entry == Self.noEntry { return numberOfNull() }
            switch type.layout {
            case .integers, .booleans, .doubles:
                return number(word: other.integers.keys[Int(entry)])
            case .strings, .wideIntegers, .arrays:
                return number(text: other.texts.texts.span(at: Int(entry)))
            }
        }
    }

    /// The values behind `numbers`, in that order.
    func column(_ numbers: [UInt32]) -> Column {
        var validity: Bitmap?
        if let nullNumber, numbers.contains(nullNumber) {
            var bits = Bitmap(count: 0)
            for number in numbers { bits.append(number != nullNumber) }
            validity = bits
        }
        func words() -> [Int64] {
            numbers.map { number in
                let entry = entries[Int(number)]
                return entry == Self.noEntry
                    ? 0 : Int64(bitPattern: integers.keys[Int(entry)])
            }
        }
        switch type.layout {
        case .integers: return .integers(words(), type, validity)
        case .booleans:
            return .booleans(words().map { UInt8(truncatingIfNeeded: $0) }, validity)
        case .doubles:
            return .doubles(
                words().map { Double(bitPattern: UInt64(bitPattern: $0)) }, type, validity)
        case .strings:
            var strings = StringVector()
            for number in numbers {
                let entry = entries[Int(number)]
                if entry == Self.noEntry {
                    strings.finishString()
                } else {
                    strings.append(texts.texts.span(at: Int(entry)))
                }
            }
            return Column(type: type, values: .strings(strings), validity: validity)
        case .wideIntegers, .arrays:
            let builder = ColumnBuilder(type: type)
            for number in numbers { builder.append(decoded(entries[Int(number)])) }
            return builder.finish()
        }
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        var writer = ByteWriter()
        value.encode(into: &writer)
        return writer.bytes
    }

    private func decoded(_ entry: UInt32) -> Value {
        if entry == Self.noEntry { return .null }
        var reader = ByteReader([UInt8](copying: texts.texts.span(at: Int(entry))))
        guard let value = try? Value(from: &reader) else {
            preconditionFailure("a value reads back as it was written")
        }
        return value
    }
}

/// Numbers the distinct combinations of several keys: the groups of an aggregation.
struct GroupTable {
    private var interners: [KeyInterner]
    /// Level `i` numbers pairs of a combination of the keys `0...i` and a value of key `i + 1`.
    private var levels: [PairTable]

    /// Groups by keys of these types; without keys there is one group, from the start.
    init(_ types: [LogicalType]) {
        interners = types.map { KeyInterner($0) }
        levels = types.dropFirst().map { _ in PairTable() }
    }

    /// How many groups there are.
    var count: Int { levels.last?.count ?? interners.first?.count ?? 1 }

    /// Bytes held.
    var memoryBytes: Int {
        interners.reduce(0) { $0 + $1.memoryBytes } + levels.reduce(0) { $0 + $1.memoryBytes }
    }

    /// The group of each row, by the values of its keys.
    mutating func groups(_ keys: [Vector], count: Int) -> GroupNumbers {
        guard !keys.isEmpty else { return .single(0) }
        var groups = interners[0].numbers(of: keys[0], count: count)
        for key in keys.indices.dropFirst() {
            let numbers = interners[key].numbers(of: keys[key], count: count)
            groups = Self.pair(groups, numbers, &levels[key - 1], count: count)
        }
        return groups
    }

    private static func pair(
        _ groups: GroupNumbers, _ numbers: GroupNumbers, _ table: inout PairTable, count: Int
    ) -> GroupNumbers {
        if case .single(let group) = groups, case .single(let number) = numbers {
            return .single(table.number(of: group, number))
        }
        var result = [UInt32](repeating: 0, count: count)
        var output = result.mutableSpan
        switch (groups, numbers) {
        case (.rows(let groups), .rows(let numbers)):
            for row in 0..<count {
                output[row] = table.number(of: groups[row], numbers[row])
            }
        case (.single(let group), .rows(let numbers)):
            for row in 0..<count { output[row] = table.number(of: group, numbers[row]) }
        case (.rows(let groups), .single(let number)):
            for row in 0..<count { output[row] = table.number(of: groups[row], number) }
        case (.single, .single): break
        }
        return .rows(result)
    }

    /// Takes over another table's groups.
    ///
    /// - Returns: for each group of the other, the group here.
    mutating func merge(_ other: GroupTable) -> [UInt32] {
        guard !interners.isEmpty else { return [0] }
        var map = interners[0].merge(other.interners[0])
        for level in levels.indices {
            let values = interners[level + 1].merge(other.interners[level + 1])
            var next: [UInt32] = []
            next.reserveCapacity(other.levels[level].count)
            for number in 0..<other.levels[level].count {
                let (group, value) = other.levels[level].pair(number)
                next.append(levels[level].number(of: map[Int(group)], values[Int(value)]))
            }
            map = next
        }
        return map
    }

    /// The key columns of the groups in `range`.
    func columns(_ range: Range<Int>) -> [Column] {
        var groups = range.map { UInt32(truncatingIfNeeded: $0) }
        var columns: [Column] = []
        for key in interners.indices.reversed() {
            guard key > 0 else {
                columns.append(interners[0].column(groups))
                break
            }
            var values: [UInt32] = []
            values.reserveCapacity(groups.count)
            for index in groups.indices {
                let (group, value) = levels[key - 1].pair(Int(groups[index]))
                groups[index] = group
                values.append(value)
            }
            columns.append(interners[key].column(values))
        }
        return columns.reversed()
    }
}
