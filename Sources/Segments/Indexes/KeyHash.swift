/// The hash under which key indexes file a value; stable, part of the segment format.
///
/// It only finds the place: every hit is confirmed by comparing the whole value.
public enum KeyHash {
    /// The hash of a VARCHAR or BIGINT; `nil` for NULL, which is not indexed, and other types.
    public static func hash(of value: Value) -> UInt64? {
        switch value {
        case .bigint(let integer): hash(integer: integer)
        case .varchar(let text): hash(string: text.bytes.span)
        default: nil
        }
    }

    /// The hash of a BIGINT.
    @inlinable
    public static func hash(integer: Int64) -> UInt64 {
        Hashing.mix(UInt64(bitPattern: integer))
    }

    /// The hash of a VARCHAR.
    @inlinable
    public static func hash(string: Span<UInt8>) -> UInt64 { Hashing.hash(string) }

    /// The hash of a key of several columns: of what there is so far and of the next one's value.
    @inlinable
    public static func combined(_ hash: UInt64, _ next: UInt64) -> UInt64 {
        Hashing.hash(UInt128(hash) | UInt128(next) << 64)
    }

    /// The hashes of the rows of a key column that are not NULL, with their row indices.
    ///
    /// - Parameter textHashes: The hash of every row's text, where it is known.
    static func hashes(
        of column: Column, textHashes: [UInt64]? = nil
    ) -> (hashes: [UInt64], rows: [UInt32]) {
        var hashes: [UInt64] = []
        var rows: [UInt32] = []
        hashes.reserveCapacity(column.count)
        rows.reserveCapacity(column.count)
        for row in 0..<column.count where !column.isNull(row) {
            rows.append(UInt32(truncatingIfNeeded: row))
        }
        if let textHashes {
            for row in rows { hashes.append(textHashes[Int(row)]) }
            return (hashes, rows)
        }
        switch column.withoutPackedTexts.values {
        case .integers(let values):
            for row in rows { hashes.append(hash(integer: values[Int(row)])) }
        case .strings(let strings):
            for row in rows { hashes.append(hash(string: strings.span(at: Int(row)))) }
        case .codes(let codes, let dictionary):
            let strings = dictionary.values
            let entries = (0..<strings.count).map { hash(string: strings.span(at: $0)) }
            for row in rows { hashes.append(entries[Int(codes[Int(row)])]) }
        case .booleans, .wideIntegers, .doubles, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("keys are VARCHAR or BIGINT")
        }
        return (hashes, rows)
    }
}

extension Column {
    /// Whether row `row` holds exactly the key `value`.
    public func holds(_ value: Value, at row: Int) -> Bool {
        if isNull(row) { return false }
        switch (values, value) {
        case (.integers(let integers), .bigint(let key)): return integers[row] == key
        case (.strings(let strings), .varchar(let key)):
            return ByteOrder.equal(strings.span(at: row), key.bytes.span)
        case (.codes(let codes, let dictionary), .varchar(let key)):
            let entries = dictionary.values
            return ByteOrder.equal(entries.span(at: Int(codes[row])), key.bytes.span)
        case (.packedTexts(let codes, let pattern), .varchar(let key)):
            return pattern.packNarrow(key.bytes.span) == codes[row]
        case (.widePackedTexts(let codes, let pattern), .varchar(let key)):
            return pattern.pack(key.bytes.span) == codes[row]
        default: return false
        }
    }
}
