/// Which fields each row of a body has, `null` ones included: what a table that merges overwrites.
public struct FieldPresence: Sendable {
    /// Of each row.
    private let wordCount: Int
    /// Bit `c` of a row's words is column `c`'s.
    private var words: [UInt64] = []

    /// No rows yet, of a table with so many columns.
    init(columnCount: Int) { wordCount = (columnCount + 63) / 64 }

    /// Whether row `row` has a field for column `column`.
    @inline(__always)
    func has(_ column: Int, row: Int) -> Bool {
        words[row &* wordCount &+ column >> 6] >> UInt64(column & 63) & 1 == 1
    }

    /// Adds the rows whose slots these are, column by column.
    mutating func append(_ slots: RowSlots) {
        let first = words.count
        let width = wordCount
        words.append(contentsOf: repeatElement(0, count: slots.rowCount * width))
        var bits = words.mutableSpan
        for column in 0..<slots.columnCount {
            let cells = slots.column(column)
            let bit: UInt64 = 1 << UInt64(column & 63)
            for row in cells.indices where cells[row].kind != .absent {
                bits[first &+ row &* width &+ column >> 6] |= bit
            }
        }
    }
}
