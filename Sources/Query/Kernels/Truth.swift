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
    func withNulls(where validity: Bitmap?) -> Truth {
        guard let validity, case .rows(var truths) = self else { return self }
        for (index, word) in validity.words.enumerated() where word != ~0 {
            let end = min(truths.count, index * 64 + 64)
            for row in index * 64..<end where word >> UInt64(row & 63) & 1 == 0 {
                truths[row] = Self.unknown
            }
        }
        return .rows(truths)
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

    /// How many of `rowCount` rows are true.
    func trueCount(of rowCount: Int) -> Int {
        switch self {
        case .constant(let truth): return truth == Self.yes ? rowCount : 0
        case .rows(let truths):
            var count = 0
            for truth in truths { count &+= Int(truth & 1) }
            return count
        }
    }

    /// The rows, ascending, whose truth is in `mask` (bit `t` for truth `t`).
    func rows(of rowCount: Int, where mask: UInt8) -> [Int32] {
        switch self {
        case .constant(let truth):
            return mask >> truth & 1 == 1 ? Array(0..<Int32(truncatingIfNeeded: rowCount)) : []
        case .rows(let truths):
            var rows = [Int32](repeating: 0, count: rowCount + 1)
            var kept = 0
            var output = rows.mutableSpan
            for row in 0..<rowCount {
                output[kept] = Int32(truncatingIfNeeded: row)
                kept &+= Int(mask &>> truths[row] & 1)
            }
            rows.removeLast(rowCount + 1 - kept)
            return rows
        }
    }

    /// The mask of `rows(of:where:)` for true rows.
    static let whereTrue: UInt8 = 0b010
    /// The mask for rows that are not false.
    static let whereNotFalse: UInt8 = 0b110
    /// The mask for rows that are not true.
    static let whereNotTrue: UInt8 = 0b101
}
