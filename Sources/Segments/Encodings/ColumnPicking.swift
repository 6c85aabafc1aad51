/// Reads a few rows of a column, block after block, without decoding the blocks.
///
/// Rows are put together as they come: blocks of one form share one array, so that a row costs its
/// own bits and no column of its own. As total as `ColumnDecoding`.
struct ColumnPicker {
    private let decoding: ColumnDecoding
    private let type: LogicalType
    /// What came before the open part, in other forms.
    private var parts: [Column] = []
    /// The form of the open part; `nil` where none is open.
    private var form: Form?
    // The rows of the open part, in the array of its form.
    private var integers: [Int64] = []
    private var codes: [UInt32] = []
    private var narrow: [UInt64] = []
    private var wide: [UInt128] = []
    /// Which rows of the open part have no value, ascending.
    private var missing: [Int] = []
    private let reservedCount: Int

    private enum Form { case integers, codes, narrow, wide }

    /// Nothing yet of a column.
    ///
    /// - Parameter reservedCount: How many rows there will be, most likely.
    init(_ decoding: ColumnDecoding, type: LogicalType, reservedCount: Int) {
        self.decoding = decoding
        self.type = type
        self.reservedCount = reservedCount
    }

    /// Adds rows that were decoded otherwise.
    mutating func append(_ column: Column) {
        close()
        parts.append(column)
    }

    /// Adds the rows at `rows` of a block of `count`, in that order, repetition allowed.
    ///
    /// - Precondition: every row is below `count`.
    /// - Complexity: O(`rows.count`) and a page for each string; blocks in a form that is read as a
    ///   whole, booleans, wide integers and arrays are decoded whole.
    mutating func append(
        _ rows: Span<Int32>, of payload: Span<UInt8>, count: Int
    ) throws(ByteError) {
        var reader = PayloadReader(payload)
        let validity = try ValiditySection(from: &reader, count: count)
        let header = try SectionHeader(from: &reader)
        switch type.layout {
        case .integers:
            let first = open(.integers)
            try IntegerSection(from: &reader, header: header, count: count)
                .append(rows, to: &integers)
            note(rows, validity, from: first)
            for row in missing.reversed() {
                if row < first { break }
                integers[row] = 0
            }
        case .strings where header.encoding == .packedText:
            guard let pattern = decoding.pattern else {
                throw reader.invalid("column without a pattern")
            }
            let section = try PackedTextSection(
                from: &reader, header: header, pattern: pattern, count: count)
            let first = open(pattern.isWide ? .wide : .narrow)
            if pattern.isWide {
                for index in rows.indices { wide.append(section.code(at: Int(rows[index]))) }
            } else {
                for index in rows.indices {
                    narrow.append(UInt64(truncatingIfNeeded: section.code(at: Int(rows[index]))))
                }
            }
            note(rows, validity, from: first)
            try check(pattern, from: first)
        case .strings where header.encoding == .repeatedText:
            guard let pattern = decoding.pattern else {
                throw reader.invalid("column without a pattern")
            }
            let section = try RepeatedTextSection(
                from: &reader, header: header, pattern: pattern, count: count)
            let first = open(pattern.isWide ? .wide : .narrow)
            for index in rows.indices {
                let code = try section.code(at: Int(rows[index]))
                if pattern.isWide {
                    wide.append(code)
                } else {
                    narrow.append(UInt64(truncatingIfNeeded: code))
                }
            }
            note(rows, validity, from: first)
            try check(pattern, from: first)
        case .strings where header.encoding == .text:
            let section = try TextSection(from: &reader, header: header, count: count)
            let texts = try section.strings(at: rows, decoding.decoders)
            append(
                Column(type: type, values: .strings(texts), validity: validity.picked(rows)))
        case .strings:
            try appendCodes(rows, &reader, header, count: count)
            note(rows, validity, from: codes.count - rows.count)
        case .doubles:
            let values = try DoubleEncoding.pick(
                rows, from: &reader, header: header, count: count)
            append(Column(type: type, values: .doubles(values), validity: validity.picked(rows)))
        default:
            let places = [Int32](capacity: rows.count) { places in
                for index in rows.indices { places.append(rows[index]) }
            }
            append(try decoding.column(payload, type: type, count: count).gather(places))
        }
    }

    private mutating func appendCodes(
        _ rows: Span<Int32>, _ reader: inout PayloadReader, _ header: SectionHeader, count: Int
    ) throws(ByteError) {
        guard let dictionary = decoding.dictionary else {
            throw reader.invalid("column without a dictionary")
        }
        _ = open(.codes)
        // Not in use while codes are: room to read them in.
        integers.removeAll(keepingCapacity: true)
        try IntegerSection(from: &reader, header: header, count: count)
            .append(rows, to: &integers)
        for value in integers {
            guard value >= 0, value < Int64(dictionary.count) else {
                throw .invalid("dictionary code", byteOffset: 0)
            }
            codes.append(UInt32(truncatingIfNeeded: value))
        }
    }

    /// The rows so far.
    consuming func finish() -> Column {
        if parts.isEmpty, let column = openPart() { return column }
        close()
        return Column.concatenating(parts, type: type)
    }

    // MARK: The open part

    /// Makes sure that the open part has that form.
    ///
    /// - Returns: How many rows it has.
    private mutating func open(_ wanted: Form) -> Int {
        if form != wanted {
            close()
            form = wanted
            switch wanted {
            case .integers: integers.reserveCapacity(reservedCount)
            case .codes: codes.reserveCapacity(reservedCount)
            case .narrow: narrow.reserveCapacity(reservedCount)
            case .wide: wide.reserveCapacity(reservedCount)
            }
        }
        return switch wanted {
        case .integers: integers.count
        case .codes: codes.count
        case .narrow: narrow.count
        case .wide: wide.count
        }
    }

    /// Notes which of the rows added from `first` on have no value.
    private mutating func note(
        _ rows: Span<Int32>, _ validity: borrowing ValiditySection, from first: Int
    ) {
        if validity.isWhole { return }
        for index in rows.indices where !validity[Int(rows[index])] {
            missing.append(first + index)
        }
    }

    /// Clears the codes of missing rows from `first` on, and checks the others.
    private mutating func check(_ pattern: TextPattern, from first: Int) throws(ByteError) {
        for row in missing.reversed() {
            if row < first { break }
            if pattern.isWide { wide[row] = 0 } else { narrow[row] = 0 }
        }
        guard
            pattern.isWide
                ? pattern.areCodes(wide, from: first) : pattern.areCodes(narrow, from: first)
        else { throw .invalid("code of a packed text", byteOffset: 0) }
    }

    private func openPart() -> Column? {
        guard let form else { return nil }
        let (values, count): (Column.Values, Int)
        switch (form, decoding.dictionary, decoding.pattern) {
        case (.integers, _, _): (values, count) = (.integers(integers), integers.count)
        case (.codes, let dictionary?, _):
            (values, count) = (.codes(codes, dictionary), codes.count)
        case (.narrow, _, let pattern?):
            (values, count) = (.packedTexts(narrow, pattern), narrow.count)
        case (.wide, _, let pattern?):
            (values, count) = (.widePackedTexts(wide, pattern), wide.count)
        default: preconditionFailure("codes without what they are codes of")
        }
        var validity: Bitmap?
        if !missing.isEmpty {
            var bits = Bitmap(repeating: true, count: count)
            for row in missing { bits.set(row, to: false) }
            validity = bits
        }
        return Column(type: type, values: values, validity: validity)
    }

    private mutating func close() {
        if let column = openPart() { parts.append(column) }
        form = nil
        integers = []
        codes = []
        narrow = []
        wide = []
        missing = []
    }
}

/// Which rows of a block have a value, found in a payload, to be asked of a few rows; see
/// `ValidityEncoding` for the layout.
struct ValiditySection: ~Escapable {
    /// Whether all rows have one for sure.
    let isWhole: Bool
    /// A bit a row; empty where changes tell.
    private let bits: Span<UInt8>
    /// Whether rows before the first change have a value, and the rows where that changes.
    private let isFirstValid: Bool
    private let changes: [UInt32]

    /// Takes which of `count` rows have a value.
    @_lifetime(copy reader)
    init(from reader: inout PayloadReader, count: Int) throws(ByteError) {
        let flag = try reader.readUInt64()
        var isFirstValid = false
        var changes: [UInt32] = []
        switch flag {
        case 0, 1: break
        case 2:
            let first = try reader.readUInt64()
            let changeCount = try reader.readUInt64()
            guard first <= 1, changeCount <= UInt64(count) else {
                throw reader.invalid("validity")
            }
            changes = try DirectSection(from: &reader, count: Int(changeCount))
                .values(below: count, "row of a change")
            isFirstValid = first == 1
        default: throw reader.invalid("validity flag")
        }
        isWhole = flag == 0
        bits = try reader.readBytes(flag == 1 ? (count + 63) / 64 * 8 : 0)
        self.isFirstValid = isFirstValid
        self.changes = changes
    }

    /// Whether row `row` has a value. O(1), or O(log changes).
    ///
    /// - Precondition: the row is below the block's count.
    subscript(row: Int) -> Bool {
        if isWhole { return true }
        if !bits.isEmpty { return bits[row >> 3] >> UInt8(row & 7) & 1 == 1 }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(changes[middle]) <= row { low = middle + 1 } else { high = middle }
        }
        return isFirstValid == (low & 1 == 0)
    }

    /// Which of `rows` have a value; `nil` where all have one.
    func picked(_ rows: Span<Int32>) -> Bitmap? {
        if isWhole { return nil }
        var picked = Bitmap(count: 0)
        for index in rows.indices { picked.append(self[Int(rows[index])]) }
        return picked.setCount == rows.count ? nil : picked
    }
}
