/// Which rows of a block have a value, before the values:
///
/// ```
/// u64  0: all of them
/// u64  1, u64 × ⌈n / 64⌉: bit r % 64 of word r / 64 is set where row r has a value
/// u64  2, u64 whether row 0 has a value; u64 count of changes, section of the rows at which having
///      a value begins or ends, in a direct form
/// ```
///
/// The third form is taken where it has half the bytes of the second at most: all NULL, or NULL for
/// long stretches.
enum ValidityEncoding {
    /// Appends which rows have a value.
    static func encode(_ validity: Bitmap?, into bytes: inout [UInt8]) {
        guard let validity, validity.setCount < validity.count else {
            bytes.append(littleEndian: [UInt64(0)].span)
            return
        }
        let limit = validity.words.count * 4
        let changes = changes(of: validity, limit: limit)
        if let changes {
            var section: [UInt8] = []
            _ = IntegerEncoding.encode(changes.span, forms: .direct, into: &section)
            if section.count + 16 <= limit {
                let head = [2, validity[0] ? 1 : 0, UInt64(changes.count)]
                bytes.append(littleEndian: head.span)
                bytes.append(contentsOf: section)
                return
            }
        }
        bytes.append(littleEndian: [UInt64(1)].span)
        bytes.append(littleEndian: validity.words.span)
    }

    /// The rows whose bit differs from the one before; `nil` where there are more than `limit`.
    private static func changes(of validity: Bitmap, limit: Int) -> [Int64]? {
        var changes: [Int64] = []
        var last: UInt64 = validity[0] ? 1 : 0
        for (index, word) in validity.words.enumerated() {
            // A bit is set where it differs from the one below it.
            var differing = word ^ (word << 1 | last)
            last = word >> 63
            while differing != 0 {
                let row = index * 64 + differing.trailingZeroBitCount
                if row < validity.count { changes.append(Int64(row)) }
                differing &= differing &- 1
            }
            if changes.count > limit { return nil }
        }
        return changes
    }

    /// Takes which of `count` rows have a value; `nil` where all have one.
    static func decode(
        _ reader: inout PayloadReader, count: Int
    ) throws(ByteError) -> Bitmap? {
        var words: [UInt64]
        switch try reader.readUInt64() {
        case 0: return nil
        case 1: words = [UInt64](littleEndian: try reader.readBytes((count + 63) / 64 * 8))
        case 2:
            let first = try reader.readUInt64()
            let changeCount = try reader.readUInt64()
            guard first <= 1, changeCount <= UInt64(count) else {
                throw reader.invalid("validity")
            }
            let section = try DirectSection(from: &reader, count: Int(changeCount))
            let changes = try section.values(below: count, "row of a change")
            words = [UInt64](repeating: first == 1 ? ~0 : 0, count: (count + 63) / 64)
            flip(&words, from: changes)
        default: throw reader.invalid("validity flag")
        }
        let bitmap = Bitmap(words: words, count: count)
        return bitmap.setCount == count ? nil : bitmap
    }

    /// Flips all bits from each change on.
    private static func flip(_ words: inout [UInt64], from changes: [UInt32]) {
        for index in stride(from: 0, to: changes.count, by: 2) {
            let start = Int(changes[index])
            let end = index + 1 < changes.count ? Int(changes[index + 1]) : words.count * 64
            guard start < end else { continue }
            let low = ~UInt64(0) << UInt64(start & 63)
            let high = end & 63 == 0 ? 0 : ~(~UInt64(0) << UInt64(end & 63))
            guard start >> 6 < end >> 6 else {
                words[start >> 6] ^= low & high
                continue
            }
            words[start >> 6] ^= low
            for word in start >> 6 + 1..<end >> 6 { words[word] ^= ~0 }
            if high != 0 { words[end >> 6] ^= high }
        }
    }
}

/// What stands in the slots of rows that are NULL.
extension ValidityEncoding {
    /// The values with the smallest one of them in place of NULL: it widens nothing.
    static func filled<Value: FixedWidthInteger>(
        _ values: Span<Value>, _ validity: Bitmap?
    ) -> [Value] {
        var filled: [Value] = []
        filled.reserveCapacity(values.count)
        for index in values.indices { filled.append(values[index]) }
        guard let validity, validity.setCount < validity.count else { return filled }
        var smallest: Value?
        for index in filled.indices where validity[index] {
            smallest = min(smallest ?? filled[index], filled[index])
        }
        for index in filled.indices where !validity[index] { filled[index] = smallest ?? 0 }
        return filled
    }

    /// Puts zero where rows are NULL, as columns have it.
    static func clear<Value: FixedWidthInteger>(_ values: inout [Value], _ validity: Bitmap?) {
        guard let validity else { return }
        for word in validity.words.indices {
            var missing = ~validity.words[word]
            while missing != 0 {
                let row = word &* 64 &+ missing.trailingZeroBitCount
                guard row < values.count else { break }
                values[row] = 0
                missing &= missing &- 1
            }
        }
    }
}
