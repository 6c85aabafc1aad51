import Segments

/// Codes back to values.
extension KeySpace {
    /// The column of the values behind codes.
    func column(_ codes: KeyCodes) -> Column {
        var validity = Bitmap(repeating: true, count: codes.count)
        var areOwn = true
        for row in 0..<codes.count {
            switch content(codes, row) {
            case .own: break
            case .null: validity.set(row, to: false)
            case .numbered: areOwn = false
            }
        }
        let valid = validity.unlessFull
        switch form {
        case .words: return KeyWord.column(codes.low, type, valid)
        case .range(let first, let step, _):
            let values = codes.low.map { first &+ (Int64(bitPattern: $0) &- 1) &* step }
            if type.layout == .booleans {
                return .booleans(values.map { UInt8(truncatingIfNeeded: $0) }, valid)
            }
            return .integers(values, type, valid)
        case .numbers:
            if type == .varchar, let column = coded(codes, valid) { return column }
        case .pattern(let pattern):
            if areOwn { return packed(codes, pattern, valid) }
        case .shortTexts: break
        }
        return unpacked(codes, valid)
    }

    /// Numbers as codes of a dictionary; `nil` where there is none.
    private func coded(_ codes: KeyCodes, _ validity: Bitmap?) -> Column? {
        guard let dictionary = domain.dictionary(), dictionary.count > 0 else { return nil }
        let numbers = codes.low.map { UInt32(truncatingIfNeeded: max($0, 1) - 1) }
        return Column(type: type, values: .codes(numbers, dictionary), validity: validity)
    }

    private func packed(_ codes: KeyCodes, _ pattern: TextPattern, _ validity: Bitmap?) -> Column {
        func slots<Code: FixedWidthInteger>(_ code: (Int) -> Code) -> [Code] {
            (0..<codes.count).map { row in validity?[row] ?? true ? code(row) : 0 }
        }
        let values: Column.Values =
            pattern.isWide
            ? .widePackedTexts(slots { codes.code(at: $0) }, pattern)
            : .packedTexts(slots { codes.low[$0] }, pattern)
        return Column(type: type, values: values, validity: validity)
    }

    /// Each value from its bytes.
    private func unpacked(_ codes: KeyCodes, _ validity: Bitmap?) -> Column {
        let texts = texts(codes)
        if type.layout == .strings {
            return Column(type: type, values: .strings(texts), validity: validity)
        }
        let builder = ColumnBuilder(type: type)
        for row in 0..<texts.count {
            let isValid = validity?[row] ?? true
            builder.append(isValid ? Value(keyBytes: texts.span(at: row), of: type) : .null)
        }
        return builder.finish()
    }

    /// The bytes of each value; none where it is NULL.
    private func texts(_ codes: KeyCodes) -> StringVector {
        var texts = StringVector()
        for row in 0..<codes.count {
            switch content(codes, row) {
            case .null: texts.finishString()
            case .numbered(let number): domain.append(number, to: &texts)
            case .own:
                if case .pattern(let pattern) = form {
                    var bytes: [UInt8] = []
                    pattern.append(codes.code(at: row), to: &bytes)
                    texts.append(bytes.span)
                } else {
                    ShortTexts.append(codes.low[row], to: &texts)
                }
            }
        }
        return texts
    }
}
