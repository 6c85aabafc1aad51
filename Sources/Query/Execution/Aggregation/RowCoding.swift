import Segments

/// Gives the rows of a batch codes made of digits, one for each key of GROUP BY, where the keys'
/// values are few: codes of a dictionary, booleans, steps of time.
///
/// ```
/// code := digit₀ + digit₁ · count₀ + digit₂ · count₀ · count₁ + …
/// ```
///
/// The groups of codes are remembered from batch to batch as long as the digits mean the same, so
/// that values are looked up once for each segment.
struct RowCoding {
    private var digits: [Digit] = []
    /// For each code its group's number plus one; 0 where it is not known yet.
    private var marks: [UInt32] = []

    /// More codes than this are not worth an array for each aggregate of a batch.
    static let maximumSize = 4_096
    /// Up to so many codes of several keys, each row's group is looked up in an array.
    static let maximumListedSize = 1 << 16

    /// What the digits of one key mean.
    private enum Digit {
        case constant(Value, LogicalType)
        case steps(first: Int64, step: Int64, count: Int)
        /// Codes of a dictionary, and where there is NULL one behind the last for it.
        case entries(StringDictionary, LogicalType, hasNull: Bool)
        /// The same for false and true.
        case booleans(hasNull: Bool)

        var count: Int {
            switch self {
            case .constant: 1
            case .steps(_, _, let count): count
            case .entries(let dictionary, _, let hasNull): dictionary.count + (hasNull ? 1 : 0)
            case .booleans(let hasNull): hasNull ? 3 : 2
            }
        }

        func isSame(_ other: Digit) -> Bool {
            switch (self, other) {
            case (.constant(let one, _), .constant(let two, _)): one == two
            case (.steps(let first, let step, _), .steps(let otherFirst, let otherStep, _)):
                first == otherFirst && step == otherStep && count == other.count
            case (.entries(let one, _, _), .entries(let two, _, _)):
                one === two && count == other.count
            case (.booleans, .booleans): count == other.count
            default: false
            }
        }
    }

    /// Values of a key whose rows are wanted.
    struct Wanted {
        let key: Int
        /// The truth of each code of the key's dictionary, and behind them of NULL.
        let truths: [UInt8]
    }

    /// The groups of rows by codes; `nil` where keys are not of that kind or their tuples not few.
    ///
    /// - Parameters:
    ///   - truths: The other rows are left out; `nil` for all rows.
    ///   - wanted: Rows with other values of one key, which is a column of codes, are left out too.
    ///   - summing: Values to be added up while rows are counted; asked where they are counted.
    ///   - groups: Where new groups are numbered.
    mutating func rows(
        _ vectors: [KeyVector], where truths: [UInt8]?, wanted: Wanted? = nil, count: Int,
        summing: () throws(QueryError) -> CodedRows.Summed? = { nil },
        _ groups: inout GroupTable
    ) throws(QueryError) -> GroupNumbers? {
        var digits: [Digit] = []
        var size = 1
        for vector in vectors {
            guard let digit = Self.digit(vector) else { return nil }
            digits.append(digit)
            size *= max(1, digit.count)
            guard size <= Self.maximumListedSize else { return nil }
        }
        if size == 1, truths == nil { return nil }
        guard size <= min(Self.maximumSize, count) else {
            // An array of a few codes for each row is the most that a batch is worth.
            guard truths == nil, wanted == nil, vectors.count > 1, size <= 4 * count else {
                return nil
            }
            remember(digits, size)
            return .rows(try listed(vectors, count: count, &groups))
        }
        remember(digits, size)
        return .coded(
            try cells(
                vectors, where: truths, wanted: wanted, size: size, count: count,
                summing: try summing(), &groups))
    }

    /// Rows whose aggregates are found by code.
    private mutating func cells(
        _ vectors: [KeyVector], where truths: [UInt8]?, wanted: Wanted?, size: Int, count: Int,
        summing: CodedRows.Summed?, _ groups: inout GroupTable
    ) throws(QueryError) -> CodedRows {
        var codes = Self.codes(vectors, digits, count: count)
        if let truths {
            codes = CodeKernels.keep(
                codes.span, truths.span, other: UInt32(truncatingIfNeeded: size))
        }
        let counts: [UInt32]
        var sums: [Int64]?
        if let summing {
            let found = CodeKernels.countsAndSums(
                codes.span, summing.values.span, least: summing.least, size: size + 1)
            (counts, sums) = (found.counts, found.sums)
        } else {
            counts = CodeKernels.counts(codes.span, size: size + 1)
        }
        var used = (0..<UInt32(truncatingIfNeeded: size)).filter { counts[Int($0)] > 0 }
        if let wanted { used = used.filter { isWanted(Int($0), wanted) } }
        try number(used.filter { marks[Int($0)] == 0 }, &groups)
        // Codes without a mark are of no group: no row has them, or they are not wanted.
        let rows = CodedRows(
            codes: codes, numbers: marks.map { $0 &- 1 }, used: used, counts: counts)
        guard let summing, let sums else { return rows }
        return rows.with(sums, of: summing.column)
    }

    private func isWanted(_ code: Int, _ wanted: Wanted) -> Bool {
        var rest = code
        for digit in digits[..<wanted.key] { rest /= max(1, digit.count) }
        let digit = rest % max(1, digits[wanted.key].count)
        return digit < wanted.truths.count && wanted.truths[digit] == Truth.yes
    }

    /// The group of each row, looked up by code.
    private mutating func listed(
        _ vectors: [KeyVector], count: Int, _ groups: inout GroupTable
    ) throws(QueryError) -> [UInt32] {
        var codes = Self.codes(vectors, digits, count: count)
        if let missing = GroupKernels.translate(&codes, from: 0, marks.span, offset: 0) {
            let unknown = GroupKernels.unmarked(codes.span, from: missing, &marks)
            try number(unknown, &groups)
            let next = GroupKernels.translate(&codes, from: missing, marks.span, offset: 0)
            precondition(next == nil, "a code has no group")
        }
        return codes
    }

    /// Forgets all groups: their numbers have changed.
    mutating func forget() {
        digits = []
        marks = []
    }

    private mutating func remember(_ digits: [Digit], _ size: Int) {
        let isSame =
            digits.count == self.digits.count
            && zip(digits, self.digits).allSatisfy { $0.isSame($1) }
        if isSame, marks.count == size { return }
        self.digits = digits
        marks = Array(repeating: 0, count: size)
    }

    private static func digit(_ vector: KeyVector) -> Digit? {
        switch vector {
        case .buckets(let buckets):
            return .steps(first: buckets.first, step: buckets.step, count: buckets.count)
        case .vector(.constant(let value, let type)): return .constant(value, type)
        case .vector(.column(let column)):
            let hasNull = column.validity?.unlessFull != nil
            switch column.values {
            case .codes(_, let dictionary):
                return .entries(dictionary, column.type, hasNull: hasNull)
            case .booleans: return .booleans(hasNull: hasNull)
            default: return nil
            }
        }
    }

    // MARK: - Codes

    private static func codes(
        _ vectors: [KeyVector], _ digits: [Digit], count: Int
    ) -> [UInt32] {
        var codes: [UInt32]?
        var factor = 1
        for (vector, digit) in zip(vectors, digits) {
            guard let own = Self.codes(vector, digit) else { continue }
            if var sum = codes {
                codes = nil
                CodeKernels.add(own.span, times: UInt32(truncatingIfNeeded: factor), to: &sum)
                codes = sum
            } else {
                codes = own
            }
            factor *= max(1, digit.count)
        }
        return codes ?? [UInt32](repeating: 0, count: count)
    }

    /// The digits of one key; `nil` where all are 0.
    private static func codes(_ vector: KeyVector, _ digit: Digit) -> [UInt32]? {
        switch vector {
        case .buckets(let buckets): return buckets.codes
        case .vector(.constant): return nil
        case .vector(.column(let column)):
            let codes = Self.codes(column.values)
            guard let valid = column.validity?.unlessFull?.words else { return codes }
            let null = UInt32(truncatingIfNeeded: digit.count - 1)
            return CodeKernels.replace(codes.span, where: valid.span, by: null)
        }
    }

    private static func codes(_ values: Column.Values) -> [UInt32] {
        switch values {
        case .codes(let codes, _): codes
        case .booleans(let values): values.map { UInt32($0) }
        default: preconditionFailure("the values of a key have digits")
        }
    }

    // MARK: - Groups

    /// Numbers the groups of codes that have none.
    private mutating func number(
        _ codes: [UInt32], _ groups: inout GroupTable
    ) throws(QueryError) {
        if codes.isEmpty { return }
        var vectors: [KeyVector] = []
        var factor = 1
        for digit in digits {
            let count = max(1, digit.count)
            let own = codes.map { UInt32(truncatingIfNeeded: Int($0) / factor % count) }
            vectors.append(Self.values(own, digit))
            factor *= count
        }
        switch try groups.groups(vectors, count: codes.count).expanded {
        case .single(let group): for code in codes { marks[Int(code)] = group + 1 }
        case .rows(let numbers):
            for (code, number) in zip(codes, numbers) { marks[Int(code)] = number + 1 }
        case .coded, .runs: preconditionFailure("codes were written out")
        }
    }

    /// The values behind digits.
    private static func values(_ digits: [UInt32], _ meaning: Digit) -> KeyVector {
        switch meaning {
        case .constant(let value, let type): return .vector(.constant(value, type))
        case .steps(let first, let step, let count):
            return .buckets(KeyBuckets(codes: digits, first: first, step: step, count: count))
        case .entries(let dictionary, let type, let hasNull):
            let null = UInt32(truncatingIfNeeded: dictionary.count)
            let validity = hasNull ? validity(digits, null) : nil
            let codes = digits.map { hasNull && $0 == null ? 0 : $0 }
            return .vector(
                .column(Column(type: type, values: .codes(codes, dictionary), validity: validity)))
        case .booleans(let hasNull):
            let values = digits.map { UInt8(truncatingIfNeeded: $0 & 1) }
            return .vector(.column(.booleans(values, hasNull ? validity(digits, 2) : nil)))
        }
    }

    private static func validity(_ digits: [UInt32], _ null: UInt32) -> Bitmap? {
        var validity = Bitmap(count: 0)
        for digit in digits { validity.append(digit != null) }
        return validity.unlessFull
    }
}
