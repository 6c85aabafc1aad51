/// Decides from the data whether a column's strings become codes of a dictionary, and makes it.
///
/// A dictionary is sorted by bytes, holds exactly the strings in use, and is worth its space where
/// each string is used four times on average.
enum DictionaryEncoding {
    /// Rows that a dictionary entry must serve on average.
    static let minimumUseCount = 4
    /// Up to this many entries the average does not matter.
    static let freeEntryCount = 64

    /// The same rows, strings replaced by codes of a sorted dictionary, or codes by strings.
    static func prepare(_ column: Column) -> Column {
        let column = column.withoutPackedTexts
        switch column.values {
        case .strings(let strings):
            return interned(column, strings) ?? column
        case .codes(let codes, let dictionary):
            return recoded(column, codes, dictionary) ?? withoutCodes(column)
        case .arrays(let offsets, let elements):
            return Column(
                type: column.type,
                values: .arrays(offsets: offsets, elements: prepare(elements)),
                validity: column.validity)
        default: return column
        }
    }

    /// As `prepare`, but packed texts stay packed where a dictionary does not pay.
    static func preparePacked(_ column: Column) -> Column {
        switch column.values {
        case .packedTexts(let codes, let pattern):
            interned(column, codes, pattern) { pattern.unpack($0, nil) } ?? column
        case .widePackedTexts(let codes, let pattern):
            interned(column, codes, pattern) { pattern.unpack($0, nil) } ?? column
        default: prepare(column)
        }
    }

    /// Packed texts order as their codes do: the dictionary is made of the codes alone.
    private static func interned<Code: FixedWidthInteger & UnsignedInteger>(
        _ column: Column, _ codes: [Code], _ pattern: TextPattern,
        _ texts: ([Code]) -> StringVector
    ) -> Column? {
        let limit = min(
            limit(rowCount: column.count), byteLimit(column) / max(1, pattern.byteCount))
        guard
            let (places, distinct) = RepeatedTextEncoding.distinct(
                codes, column.validity, limit: limit),
            !distinct.isEmpty
        else { return nil }
        let order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
        var ranks = [UInt32](repeating: 0, count: order.count)
        for rank in order.indices { ranks[order[rank]] = UInt32(truncatingIfNeeded: rank) }
        var recoded = places.map { ranks[Int($0)] }
        if let validity = column.validity {
            for row in recoded.indices where !validity[row] { recoded[row] = 0 }
        }
        let dictionary = StringDictionary(texts(order.map { distinct[$0] }), isSorted: true)
        return Column(
            type: column.type, values: .codes(recoded, dictionary), validity: column.validity)
    }

    /// The dictionary that a prepared column refers to.
    static func dictionary(of column: Column) -> StringDictionary? {
        switch column.values {
        case .codes(_, let dictionary): dictionary
        case .arrays(_, let elements): dictionary(of: elements)
        default: nil
        }
    }

    /// The most entries of a dictionary for so many values.
    static func limit(rowCount: Int) -> Int {
        min(max(rowCount / minimumUseCount, freeEntryCount), SegmentFormat.maximumDictionaryCount)
    }

    private static func byteLimit(_ column: Column) -> Int {
        column.type == .json
            ? SegmentFormat.maximumJSONDictionaryByteCount
            : SegmentFormat.maximumDictionaryByteCount
    }

    /// Of so many rows the first few are looked at before all are: an eighth, in runs, because
    /// equal strings often lie together.
    private static let sampleStep = 256
    private static let sampleRunCount = 32

    /// Whether a sample's strings are so many, and so few of them come back in another run, that a
    /// dictionary cannot pay.
    ///
    /// A dictionary of the most entries allowed, all as frequent, would show one in sixteen of the
    /// strings again where the sample had a third of its rows distinct, and more of them where it
    /// had more.
    private static func hasManyStrings(_ column: Column, _ strings: StringVector) -> Bool {
        let sampleCount = column.count / sampleStep * sampleRunCount
        guard sampleCount > 4 * freeEntryCount else { return false }
        var interner = StringInterner(minimumCapacity: sampleCount)
        var repeatCount = 0
        for start in stride(from: 0, to: column.count - sampleRunCount, by: sampleStep) {
            let known = interner.count
            for row in start..<start + sampleRunCount where !column.isNull(row) {
                repeatCount += Int(interner.intern(strings.span(at: row))) < known ? 1 : 0
            }
        }
        return interner.count * 3 > sampleCount && repeatCount * 16 < interner.count
    }

    /// Codes by first appearance, then by rank; `nil` where a dictionary does not pay.
    private static func interned(_ column: Column, _ strings: StringVector) -> Column? {
        guard !hasManyStrings(column, strings) else { return nil }
        let limit = limit(rowCount: column.count)
        let byteLimit = byteLimit(column)
        var interner = StringInterner()
        var codes = [UInt32](repeating: 0, count: column.count)
        for row in codes.indices where !column.isNull(row) {
            codes[row] = interner.intern(strings.span(at: row))
            if interner.count > limit
                || interner.strings.bytes.count > byteLimit
            {
                return nil
            }
        }
        guard interner.count > 0 else { return nil }
        return ranked(column, codes, interner.strings)
    }

    /// Codes of the entries in use alone; `nil` where a dictionary does not pay.
    private static func recoded(
        _ column: Column, _ codes: [UInt32], _ dictionary: StringDictionary
    ) -> Column? {
        var isUsed = [Bool](repeating: false, count: dictionary.count)
        for row in codes.indices where !column.isNull(row) { isUsed[Int(codes[row])] = true }
        var numbers = [UInt32](repeating: 0, count: dictionary.count)
        let entries = dictionary.values
        var used = StringVector()
        for code in isUsed.indices where isUsed[code] {
            numbers[code] = UInt32(truncatingIfNeeded: used.count)
            used.append(entries.span(at: code))
        }
        guard used.count > 0, used.count <= limit(rowCount: column.count),
            used.bytes.count <= byteLimit(column)
        else { return nil }
        var renumbered = [UInt32](repeating: 0, count: codes.count)
        for row in codes.indices where !column.isNull(row) {
            renumbered[row] = numbers[Int(codes[row])]
        }
        return ranked(column, renumbered, used)
    }

    /// Replaces each code by the rank of its string.
    private static func ranked(
        _ column: Column, _ codes: [UInt32], _ strings: StringVector
    ) -> Column {
        let positions = ByteOrder.sortedPositions(strings)
        var ranks = [UInt32](repeating: 0, count: positions.count)
        var sorted = StringVector()
        sorted.reserve(count: strings.count, byteCount: strings.bytes.count)
        for rank in positions.indices {
            ranks[Int(positions[rank])] = UInt32(truncatingIfNeeded: rank)
            sorted.append(strings.span(at: Int(positions[rank])))
        }
        var recoded = codes
        for row in recoded.indices { recoded[row] = ranks[Int(codes[row])] }
        if let validity = column.validity {
            for row in recoded.indices where !validity[row] { recoded[row] = 0 }
        }
        return Column(
            type: column.type, values: .codes(recoded, StringDictionary(sorted, isSorted: true)),
            validity: column.validity)
    }

    /// The same rows with every string in place.
    static func withoutCodes(_ column: Column) -> Column {
        let column = column.withoutPackedTexts
        guard case .codes(let codes, let dictionary) = column.values else { return column }
        let entries = dictionary.values
        var strings = StringVector()
        strings.reserve(count: codes.count, byteCount: codes.count * 16)
        for row in codes.indices {
            if column.isNull(row) {
                strings.finishString()
            } else {
                strings.append(entries.span(at: Int(codes[row])))
            }
        }
        return Column(type: column.type, values: .strings(strings), validity: column.validity)
    }
}
