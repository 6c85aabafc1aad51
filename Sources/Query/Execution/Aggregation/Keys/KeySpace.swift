import Segments
import Synchronization

/// How the values of one key become codes: unsigned integers that are equal where the values are,
/// and mean the same to all workers of a query.
///
/// ```
/// words     the value's word; with the bit above: NULL
/// range     0: NULL, else 1 + (value - first) / step
/// numbers   0: NULL, else 1 + n
/// pattern   the text's code of the pattern; with the bit above: 0: NULL, else 1 + n
/// short     the text's bytes (`ShortTexts`), or 0: NULL, else 1 + n
///
/// n: the number of a text that has no code of its own, given by `domain`
/// ```
///
/// Which form it is decides what is known of the column before the query runs; whatever the rows
/// hold then has a code all the same.
final class KeySpace: Sendable {
    /// The type of the values.
    let type: LogicalType
    /// Bits of a code, at most 128.
    let bitCount: Int
    /// What codes are.
    let form: Form
    /// Numbers texts.
    let domain: TextDomain
    /// From the patterns that are known, by the pattern's identity.
    private let conversions: [ObjectIdentifier: TextConversion]
    private let dictionaries = Mutex<[ObjectIdentifier: DictionaryCodes]>([:])

    /// What codes are.
    enum Form {
        case words
        case range(first: Int64, step: Int64, count: Int)
        /// Codes of at most so many bits.
        case numbers(bitCount: Int)
        /// A pattern of at most 127 bits.
        case pattern(TextPattern)
        case shortTexts
    }

    /// The codes of a dictionary's entries.
    private struct DictionaryCodes {
        let dictionary: StringDictionary
        let codes: KeyCodes
    }

    /// Bits of the number of a text, and of NULL beside it.
    static let numberBitCount = 33

    /// A space of values of `type`.
    ///
    /// - Parameters:
    ///   - domain: Sharded where rows and not only dictionaries are expected to be numbered.
    ///   - patterns: Those that rows of the column are expected to have.
    init(_ type: LogicalType, _ form: Form, domain: TextDomain, patterns: [TextPattern] = []) {
        self.type = type
        self.form = form
        self.domain = domain
        var conversions: [ObjectIdentifier: TextConversion] = [:]
        switch form {
        case .words: bitCount = 65
        case .range(_, _, let count): bitCount = Int.bitWidth - count.leadingZeroBitCount
        case .numbers(let count): bitCount = count
        case .pattern(let target):
            bitCount = Self.flagBit(target) + 1
            for pattern in patterns {
                conversions[ObjectIdentifier(pattern)] = TextConversion(from: pattern, to: target)
            }
        case .shortTexts: bitCount = ShortTexts.bitCount
        }
        precondition(bitCount <= 128, "a key's code has at most 128 bits")
        self.conversions = conversions
    }

    /// The bit above a pattern's codes, with room for a number below it.
    private static func flagBit(_ pattern: TextPattern) -> Int {
        max(pattern.bitCount, numberBitCount)
    }

    /// Whether the texts of all rows are numbered, one by one.
    var numbersRows: Bool {
        if case .numbers = form { domain.isSharded } else { false }
    }

    /// Whether codes need a second word.
    var isWide: Bool { bitCount > 64 }

    /// Bytes held.
    var memoryBytes: Int {
        domain.memoryBytes
            + dictionaries.withLock { $0.values.reduce(0) { $0 + $1.codes.memoryBytes } }
    }

    // MARK: - Values to codes

    /// The codes of a key's values in `count` rows.
    func codes(_ key: KeyVector, count: Int) throws(QueryError) -> KeyCodes {
        switch key {
        case .buckets(let buckets):
            if case .range(let first, let step, let codeCount) = form, buckets.step == step,
                let offset = Self.offset(of: buckets, first, step, codeCount)
            {
                return KeyCodes(low: buckets.codes.map { UInt64($0) &+ offset })
            }
            let values = buckets.codes.map { buckets.first &+ Int64($0) &* buckets.step }
            return try codes(integers: values)
        case .vector(.constant(let value, let type)):
            let column = Column.repeating(value, of: type, count: 1)
            return try codes(column).repeated(count)
        case .vector(.column(let column)): return try codes(column)
        }
    }

    private static func offset(
        of buckets: KeyBuckets, _ first: Int64, _ step: Int64, _ count: Int
    ) -> UInt64? {
        let distance = buckets.first.subtractingReportingOverflow(first)
        guard !distance.overflow, distance.partialValue >= 0, distance.partialValue % step == 0,
            distance.partialValue / step <= Int64(count - buckets.count)
        else { return nil }
        return UInt64(distance.partialValue / step) + 1
    }

    /// The codes of a column's rows.
    func codes(_ column: Column) throws(QueryError) -> KeyCodes {
        var codes = try slots(column)
        if let validity = column.validity?.unlessFull { codes.set(code(ofNumber: nil), validity) }
        return codes
    }

    /// The codes of rows, where NULL rows do not matter.
    private func slots(_ column: Column) throws(QueryError) -> KeyCodes {
        switch column.values {
        case .integers(let values): return try codes(integers: values, column.validity)
        case .booleans(let values): return try codes(integers: values.map { Int64($0) })
        case .doubles(let values):
            return KeyCodes(low: values.map { KeyWord.word($0) }, isWide: isWide)
        case .codes(let codes, let dictionary):
            // Where all rows are NULL the dictionary may be empty.
            guard dictionary.count > 0 else {
                return KeyCodes(low: Array(repeating: 0, count: codes.count), isWide: isWide)
            }
            return try self.codes(of: dictionary).gather(codes.span)
        case .strings(let texts): return try self.codes(of: texts, column.validity)
        case .packedTexts(let codes, let pattern):
            guard let conversion = conversion(from: pattern) else { break }
            if conversion.target.isWide { return KeyCodes(wide: conversion.widen(codes)) }
            return KeyCodes(low: conversion.convert(codes), isWide: isWide)
        case .widePackedTexts(let codes, let pattern):
            guard let conversion = conversion(from: pattern) else { break }
            return KeyCodes(wide: conversion.convert(codes))
        case .wideIntegers, .arrays:
            var encoded = StringVector()
            for row in 0..<column.count { encoded.append(column.value(at: row).keyBytes.span) }
            return try self.codes(of: encoded, nil)
        }
        guard case .strings(let texts) = column.withoutPackedTexts.values else {
            preconditionFailure("packed texts were unpacked")
        }
        return try codes(of: texts, column.validity)
    }

    private func conversion(from pattern: TextPattern) -> TextConversion? {
        guard case .pattern(let target) = form else { return nil }
        return conversions[ObjectIdentifier(pattern)] ?? TextConversion(from: pattern, to: target)
    }

    private func codes(
        integers values: [Int64], _ validity: Bitmap? = nil
    ) throws(QueryError) -> KeyCodes {
        guard case .range(let first, let step, let count) = form else {
            return KeyCodes(low: values.map { UInt64(bitPattern: $0) }, isWide: isWide)
        }
        var codes: [UInt64] = []
        codes.reserveCapacity(values.count)
        var greatest: UInt64 = 0
        let divisor = UInt64(step)
        for row in values.indices {
            let distance = UInt64(bitPattern: values[row] &- first)
            let code = divisor == 1 ? distance : distance / divisor
            let isNull = validity.map { !$0[row] } ?? false
            greatest = isNull ? greatest : max(greatest, code)
            codes.append(code &+ 1)
        }
        guard greatest < UInt64(count) else {
            throw QueryError(
                .damagedSegment, "a value lies outside of its column's zone map",
                hint: "check the data directory, or restore the segment")
        }
        return KeyCodes(low: codes)
    }

    /// The codes of a dictionary's entries; made once for all workers.
    private func codes(of dictionary: StringDictionary) throws(QueryError) -> KeyCodes {
        let id = ObjectIdentifier(dictionary)
        if let known = dictionaries.withLock({ $0[id]?.codes }) { return known }
        let codes = try codes(of: dictionary.values, nil)
        dictionaries.withLock { $0[id] = DictionaryCodes(dictionary: dictionary, codes: codes) }
        return codes
    }

    private func codes(
        of texts: StringVector, _ validity: Bitmap?
    ) throws(QueryError) -> KeyCodes {
        switch form {
        case .pattern(let pattern):
            if pattern.isWide {
                if let codes = pattern.packWide(texts, validity) { return KeyCodes(wide: codes) }
            } else if let codes = pattern.packNarrow(texts, validity) {
                return KeyCodes(low: codes, isWide: isWide)
            }
            return try codes(of: texts, validity) { pattern.pack($0).map { KeyCodes.Pair($0) } }
        case .shortTexts:
            if let codes = ShortTexts.codes(of: texts) { return KeyCodes(low: codes) }
            return try codes(of: texts, validity) { text in
                ShortTexts.code(of: text).map { KeyCodes.Pair(low: $0, high: 0) }
            }
        case .numbers:
            let codes = try domain.numbers(of: texts).map { UInt64($0) + 1 }
            precondition(
                codes.reduce(0, |) >> UInt64(bitCount) == 0, "more texts than were foreseen")
            return KeyCodes(low: codes)
        case .words, .range: preconditionFailure("\(type) is no text")
        }
    }

    /// The codes of texts of which some have none of their own.
    private func codes(
        of texts: StringVector, _ validity: Bitmap?, _ code: (Span<UInt8>) -> KeyCodes.Pair?
    ) throws(QueryError) -> KeyCodes {
        var codes = KeyCodes(low: Array(repeating: 0, count: texts.count), isWide: isWide)
        var misfits: [Int32] = []
        for row in 0..<texts.count {
            if let code = code(texts.span(at: row)) {
                codes.set(row, to: code)
            } else if validity?[row] ?? true {
                misfits.append(Int32(truncatingIfNeeded: row))
            }
        }
        let numbers = try domain.numbers(of: texts.gather(misfits.span))
        for (row, number) in zip(misfits, numbers) {
            codes.set(Int(row), to: self.code(ofNumber: number))
        }
        return codes
    }

    /// The code of a numbered text, or of NULL.
    private func code(ofNumber number: UInt32?) -> KeyCodes.Pair {
        let payload = number.map { UInt64($0) + 1 } ?? 0
        switch form {
        case .words: return KeyCodes.Pair(low: 0, high: 1)
        case .range, .numbers: return KeyCodes.Pair(low: payload, high: 0)
        case .shortTexts: return KeyCodes.Pair(low: ShortTexts.escape(payload), high: 0)
        case .pattern(let pattern):
            let flag = UInt128(1) << UInt128(Self.flagBit(pattern))
            return KeyCodes.Pair(flag | UInt128(payload))
        }
    }

    // MARK: - Codes to values

    /// What stands behind a code.
    enum Content {
        case null
        /// A value of the form itself.
        case own
        case numbered(UInt32)
    }

    /// What stands behind the code at `row`.
    @inline(__always)
    func content(_ codes: KeyCodes, _ row: Int) -> Content {
        let payload: UInt64
        switch form {
        case .words: return codes.high[row] == 0 ? .own : .null
        case .range: return codes.low[row] == 0 ? .null : .own
        case .numbers: payload = codes.low[row]
        case .shortTexts:
            guard let found = ShortTexts.escaped(codes.low[row]) else { return .own }
            payload = found
        case .pattern(let pattern):
            let flag = Self.flagBit(pattern)
            let word = flag < 64 ? codes.low[row] : codes.high[row]
            guard word >> UInt64(flag & 63) & 1 == 1 else { return .own }
            payload = codes.low[row] & (1 << UInt64(Self.numberBitCount) - 1)
        }
        return payload == 0 ? .null : .numbered(UInt32(truncatingIfNeeded: payload - 1))
    }
}
