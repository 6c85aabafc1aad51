import Segments

/// One side of a kernel: a value per row, or one value for all of them.
enum Operand<Element> {
    case constant(Element)
    case rows([Element])
}

/// The loops that every element-wise kernel is made of.
///
/// The case is chosen once per vector, so that each loop is plain and the compiler can use wide
/// registers; bodies are inlined.
enum Elementwise {
    /// `body(one[r], other[r])` for every row.
    @inline(__always)
    static func zip<One, Other, Result>(
        _ one: Operand<One>, _ other: Operand<Other>, count: Int, zero: Result,
        _ body: (One, Other) -> Result
    ) -> [Result] {
        var result = [Result](repeating: zero, count: count)
        var output = result.mutableSpan
        switch (one, other) {
        case (.rows(let ones), .rows(let others)):
            let (ones, others) = (ones.span, others.span)
            precondition(ones.count >= count && others.count >= count)
            for row in 0..<count { output[row] = body(ones[row], others[row]) }
        case (.rows(let ones), .constant(let other)):
            let ones = ones.span
            precondition(ones.count >= count)
            for row in 0..<count { output[row] = body(ones[row], other) }
        case (.constant(let one), .rows(let others)):
            let others = others.span
            precondition(others.count >= count)
            for row in 0..<count { output[row] = body(one, others[row]) }
        case (.constant(let one), .constant(let other)):
            let value = body(one, other)
            for row in 0..<count { output[row] = value }
        }
        return result
    }

    /// `body(value[r])` for every row.
    @inline(__always)
    static func map<Element, Result>(
        _ operand: Operand<Element>, count: Int, zero: Result, _ body: (Element) -> Result
    ) -> [Result] {
        zip(operand, .constant(()), count: count, zero: zero) { value, _ in body(value) }
    }
}

extension Operand {
    /// The value of one row.
    @inline(__always)
    func value(at row: Int) -> Element {
        switch self {
        case .constant(let value): value
        case .rows(let values): values[row]
        }
    }
}

extension Bitmap {
    /// The rows valid in both; `nil` stands for all.
    static func intersection(_ one: Bitmap?, _ other: Bitmap?) -> Bitmap? {
        guard let one else { return other }
        guard let other else { return one }
        precondition(one.count == other.count)
        var words = one.words
        for index in words.indices { words[index] &= other.words[index] }
        return Bitmap(words: words, count: one.count)
    }

    /// The bitmap, or `nil` where every bit is set: what `Column` wants as validity.
    var unlessFull: Bitmap? { setCount == count ? nil : self }
}

extension Column {
    /// A column of these values whose NULL slots hold `zero`, as every column's must.
    static func made<Element>(
        _ values: [Element], zero: Element, type: LogicalType, validity: Bitmap?,
        _ wrap: ([Element]) -> Column.Values
    ) -> Column {
        guard let validity = validity?.unlessFull else {
            return Column(type: type, values: wrap(values))
        }
        var cleared = values
        for (index, word) in validity.words.enumerated() where word != ~0 {
            var missing = ~word
            while missing != 0 {
                let row = index * 64 + missing.trailingZeroBitCount
                if row < cleared.count { cleared[row] = zero }
                missing &= missing - 1
            }
        }
        return Column(type: type, values: wrap(cleared), validity: validity)
    }

    /// Integers of a type, NULL slots cleared.
    static func integers(_ values: [Int64], _ type: LogicalType, _ validity: Bitmap?) -> Column {
        made(values, zero: 0, type: type, validity: validity) { .integers($0) }
    }

    /// Doubles, NULL slots cleared.
    static func doubles(_ values: [Double], _ type: LogicalType, _ validity: Bitmap?) -> Column {
        made(values, zero: 0, type: type, validity: validity) { .doubles($0) }
    }

    /// Booleans, NULL slots cleared.
    static func booleans(_ values: [UInt8], _ validity: Bitmap?) -> Column {
        made(values, zero: 0, type: .boolean, validity: validity) { .booleans($0) }
    }
}
