import Segments

/// Three-valued truth of the rows of a batch, one byte a row.
///
/// ```
/// 0 false    1 true    2 NULL
/// ```
enum Truth {
    case constant(UInt8)
    case rows([UInt8])

    static let no: UInt8 = 0
    static let yes: UInt8 = 1
    static let unknown: UInt8 = 2

    /// The truth of a boolean column.
    init(_ column: Column) {
        guard case .booleans(let values) = column.values else {
            preconditionFailure("\(column.type) is no truth")
        }
        self = Truth.rows(values).withNulls(where: column.validity)
    }

    /// The truth of a constant.
    init(_ value: Value) {
        switch value {
        case .boolean(let truth): self = .constant(truth ? Self.yes : Self.no)
        default: self = .constant(Self.unknown)
        }
    }

    /// NULL where `validity` has no bit.
    func withNulls(where validity: Bitmap?) -> Truth { with(Self.unknown, where: validity) }

    /// `truth` where `validity` has no bit; a constant stays as it is.
    func with(_ truth: UInt8, where validity: Bitmap?) -> Truth {
        guard let words = validity?.words, case .rows(var truths) = self else { return self }
        Self.set(&truths, to: truth, where: words.span)
        return .rows(truths)
    }

    private static func set(_ truths: inout [UInt8], to truth: UInt8, where words: Span<UInt64>) {
        var output = truths.mutableSpan
        for index in 0..<words.count where words[index] != ~0 {
            let word = words[index]
            let (start, end) = (index &* 64, min(output.count, index &* 64 &+ 64))
            precondition(start >= 0 && end <= output.count)
            for row in start..<end {
                let bit = UInt8(truncatingIfNeeded: word &>> UInt64(row &- start)) & 1
                let mask = 0 &- bit
                output[row] = output[row] & mask | truth & ~mask
            }
        }
    }

    /// As a column or a constant.
    func vector() -> Vector {
        switch self {
        case .constant(Self.unknown): return .constant(.null, .boolean)
        case .constant(let truth): return .constant(.boolean(truth == Self.yes), .boolean)
        case .rows(let truths):
            var words = [UInt64](repeating: 0, count: (truths.count + 63) / 64)
            var seen: UInt8 = 0
            for truth in truths { seen |= truth }
            guard seen & Self.unknown != 0 else {
                return .column(Column(type: .boolean, values: .booleans(truths)))
            }
            var values = truths
            for row in truths.indices {
                if truths[row] == Self.unknown {
                    values[row] = 0
                } else {
                    words[row >> 6] |= 1 << UInt64(row & 63)
                }
            }
            let validity = Bitmap(words: words, count: truths.count)
            return .column(Column(type: .boolean, values: .booleans(values), validity: validity))
        }
    }

    private var operand: Operand<UInt8> {
        switch self {
        case .constant(let truth): .constant(truth)
        case .rows(let truths): .rows(truths)
        }
    }

    private static func combine(
        _ one: Truth, _ other: Truth, _ body: (UInt8, UInt8) -> UInt8
    ) -> Truth {
        switch (one, other) {
        case (.constant(let left), .constant(let right)): .constant(body(left, right))
        case (.rows(let rows), _), (_, .rows(let rows)):
            .rows(
                Elementwise.zip(one.operand, other.operand, count: rows.count, zero: 0, body))
        }
    }

    /// Both: false wins over NULL, NULL over true.
    static func and(_ one: Truth, _ other: Truth) -> Truth {
        combine(one, other) { left, right in
            // Neither is false: 1 for two trues, 2 where one is NULL.
            let isOpen: UInt8 = (left != 0 ? 1 : 0) & (right != 0 ? 1 : 0)
            return isOpen &* (1 &+ ((left | right) >> 1))
        }
    }

    /// Either: true wins over NULL, NULL over false.
    static func or(_ one: Truth, _ other: Truth) -> Truth {
        combine(one, other) { left, right in
            let isTrue: UInt8 = (left | right) & 1
            return isTrue | ((left | right) & 2) &* (1 &- isTrue)
        }
    }

    /// The opposite; NULL stays.
    func inverted() -> Truth { mapped { $0 == Self.unknown ? $0 : 1 &- $0 } }

    /// Each truth replaced.
    func mapped(_ body: (UInt8) -> UInt8) -> Truth {
        switch self {
        case .constant(let truth): .constant(body(truth))
        case .rows(let truths):
            .rows(Elementwise.map(.rows(truths), count: truths.count, zero: 0, body))
        }
    }

    /// The mask of `rows(of:where:)` for true rows.
    static let whereTrue: UInt8 = 0b010
    /// The mask for rows that are not false.
    static let whereNotFalse: UInt8 = 0b110
    /// The mask for rows that are not true.
    static let whereNotTrue: UInt8 = 0b101
}
