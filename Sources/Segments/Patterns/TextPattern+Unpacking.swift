/// Codes back to texts.
extension TextPattern {
    /// The text of a code.
    public func text(_ code: UInt128) -> Text {
        var bytes: [UInt8] = []
        append(code, to: &bytes)
        return Text(bytes: bytes)
    }

    /// Appends the text of a code. O(bytes).
    public func append(_ code: UInt128, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: template)
        for field in fields {
            let number = Int(truncatingIfNeeded: code >> UInt128(field.shift)) & 0x7f
            let mask = 1 << Int(field.bitCount) - 1
            bytes[start + Int(field.byteOffset)] =
                AlphabetTables.bytes[Int(field.alphabet) << 7 | number & mask]
        }
    }

    /// The texts of codes; rows without a bit in `validity` become the empty string.
    public func unpack(_ codes: [UInt64], _ validity: Bitmap?) -> StringVector {
        strings(codes.count, unpackedBytes(codes.span), validity)
    }

    /// The texts of codes; rows without a bit in `validity` become the empty string.
    public func unpack(_ codes: [UInt128], _ validity: Bitmap?) -> StringVector {
        strings(codes.count, unpackedBytes(codes.span), validity)
    }

    private func strings(_ count: Int, _ bytes: [UInt8], _ validity: Bitmap?) -> StringVector {
        precondition(bytes.count <= StringVector.maximumByteCount)
        let step = UInt32(byteCount)
        guard let validity else {
            var offsets = [UInt32](repeating: 0, count: count + 1)
            var target = offsets.mutableSpan
            for index in 0..<count + 1 {
                target[index] = UInt32(truncatingIfNeeded: index) &* step
            }
            return StringVector(offsets: offsets, bytes: bytes)
        }
        var result = StringVector()
        result.reserve(count: count, byteCount: bytes.count)
        for row in 0..<count {
            if validity[row] {
                let start = row &* byteCount
                result.append(bytes.span.extracting(start..<start &+ byteCount))
            } else {
                result.finishString()
            }
        }
        return result
    }

    /// Two neighbouring places of one alphabet, spelled with one look-up.
    private struct Pair {
        let byteOffset: Int
        let shift: UInt8
        let mask: Int
        /// Where the alphabet's pairs begin.
        let table: Int
    }

    /// The places as pairs, and those that have no neighbour.
    private func pairs() -> (pairs: [Pair], singles: [Field]) {
        var pairs: [Pair] = []
        var singles: [Field] = []
        var index = 0
        while index < fields.count {
            let first = fields[index]
            let next = index + 1 < fields.count ? fields[index + 1] : nil
            guard let second = next, second.alphabet == first.alphabet,
                second.byteOffset == first.byteOffset + 1,
                Int(first.bitCount) <= AlphabetTables.pairedBitCount
            else {
                singles.append(first)
                index += 1
                continue
            }
            pairs.append(
                Pair(
                    byteOffset: Int(first.byteOffset), shift: second.shift,
                    mask: 1 << (2 * Int(first.bitCount)) - 1,
                    table: Int(first.alphabet) << (2 * AlphabetTables.pairedBitCount)))
            index += 2
        }
        return (pairs, singles)
    }

    /// Every text one after the other: the template, and over it a table look-up and a store for
    /// each place that is not constant, or for two at once.
    private func unpackedBytes<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: Span<Code>
    ) -> [UInt8] {
        let count = codes.count
        let size = byteCount
        // The template is copied in words of eight: the last one may reach behind the text.
        let words = (size + 7) / 8
        let padded = template + [UInt8](repeating: 0, count: words * 8 - size)
        let template = [UInt64](littleEndian: padded.span)
        let (pairs, fields) = pairs()
        let tables = AlphabetTables.bytes
        let pairTables = AlphabetTables.pairs
        // SAFETY: the array has room for `size` bytes a row and 8 behind the last, and every one of
        // the rows' bytes is written below.
        return unsafe [UInt8](unsafeUninitializedCapacity: count * size + 8) { target, filled in
            filled = count * size
            guard let start = target.baseAddress else { return }
            let output = UnsafeMutableRawPointer(start)
            unsafe tables.withUnsafeBufferPointer { tables in
                for row in 0..<count {
                    let code = codes[row]
                    // SAFETY: row `row` owns `size` bytes from here, with 8 more behind the last
                    // row's; words end at most 7 bytes behind, and the next row overwrites them.
                    let text = unsafe output + row &* size
                    for word in template.indices {
                        unsafe text.storeBytes(
                            of: template[word], toByteOffset: word &* 8, as: UInt64.self)
                    }
                    for index in pairs.indices {
                        let pair = pairs[index]
                        let shifted = code &>> Code(truncatingIfNeeded: pair.shift)
                        let number = Int(truncatingIfNeeded: shifted) & pair.mask
                        // SAFETY: both bytes are places of the text.
                        unsafe text.storeBytes(
                            of: pairTables[pair.table | number], toByteOffset: pair.byteOffset,
                            as: UInt16.self)
                    }
                    for index in fields.indices {
                        let field = fields[index]
                        let shifted = code &>> Code(truncatingIfNeeded: field.shift)
                        let mask = 1 &<< Int(field.bitCount) &- 1
                        let number = Int(truncatingIfNeeded: shifted) & mask
                        // SAFETY: an alphabet's number has at most 7 bits, and the table 128
                        // entries for each; `byteOffset` is below `size`.
                        let byte = unsafe tables[Int(field.alphabet) &<< 7 | number]
                        unsafe text.storeBytes(
                            of: byte, toByteOffset: Int(field.byteOffset), as: UInt8.self)
                    }
                }
            }
        }
    }
}
