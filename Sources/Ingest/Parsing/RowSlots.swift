import Segments

/// One value of a row, checked but not yet in its column.
struct Slot {
    enum Kind: UInt8 {
        /// The row has no such field so far.
        case absent
        /// The field is `null`.
        case null
        /// A number, a time or a truth value in `low`, and in `high` where it needs 128 bits.
        case number
        /// A string without escapes at `low..<high` of the body.
        case plainString
        /// A string with escapes at `low..<high`.
        case escapedString
        /// A JSON text at `low..<high`.
        case json
        /// An array whose elements have been checked, brackets included, at `low..<high`.
        case array
    }

    var kind: Kind
    var low: Int64
    var high: Int64

    static let absent = Slot(kind: .absent, low: 0, high: 0)

    init(kind: Kind, low: Int64, high: Int64) {
        self.kind = kind
        self.low = low
        self.high = high
    }

    init(integer: Int64) { self.init(kind: .number, low: integer, high: 0) }

    init(wide: Int128) {
        self.init(
            kind: .number, low: Int64(truncatingIfNeeded: wide),
            high: Int64(truncatingIfNeeded: wide >> 64))
    }

    init(_ kind: Kind, _ range: Range<Int>) {
        self.init(
            kind: kind, low: Int64(range.lowerBound), high: Int64(range.upperBound))
    }

    /// The two halves as one number.
    var wide: Int128 { Int128(high) << 64 | Int128(UInt64(bitPattern: low)) }

    /// Whether it lies in the body rather than in the slot.
    var isText: Bool { kind.rawValue > Kind.number.rawValue }

    /// Where the text lies.
    var range: Range<Int> { Int(low)..<Int(max(low, high)) }
}

/// The values of a run of rows on their way into columns.
///
/// A row's values wait here until the row is whole and good; a refused row is wiped in O(columns)
/// and leaves no trace. Full, the run goes into the columns one column at a time, in a loop that
/// knows its type.
struct RowSlots {
    /// Rows of a run: enough to amortise the change of column, few enough to stay in cache.
    static let capacity = 128

    let columnCount: Int
    /// Column `c` of row `r` at `c * capacity + r`.
    private(set) var slots: [Slot]
    /// Whole rows waiting.
    var rowCount = 0

    init(columnCount: Int) {
        self.columnCount = columnCount
        slots = Array(repeating: .absent, count: columnCount * Self.capacity)
    }

    /// The slot of a column in the row being read.
    subscript(column: Int) -> Slot {
        @inline(__always) get { slots[column &* Self.capacity &+ rowCount] }
        @inline(__always) set { slots[column &* Self.capacity &+ rowCount] = newValue }
    }

    /// All slots, in place.
    var cells: MutableSpan<Slot> {
        @_lifetime(&self) mutating get { slots.mutableSpan }
    }

    /// Forgets the row being read.
    mutating func wipeRow() {
        for column in 0..<columnCount { self[column] = .absent }
    }

    /// Forgets all rows.
    mutating func wipe() {
        for index in slots.indices { slots[index].kind = .absent }
        rowCount = 0
    }

    /// The slots of one column, one for each whole row.
    @_lifetime(borrow self)
    func column(_ column: Int) -> Span<Slot> {
        let first = column * Self.capacity
        return slots.span.extracting(first..<first + rowCount)
    }
}
