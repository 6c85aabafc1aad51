/// Joining columns of one type end to end.
extension Column {
    /// The rows of `parts` in order.
    ///
    /// Codes stay codes where all parts have them: of the shared dictionary, or of an unsorted one
    /// that joins them. O(rows) and O(entries of the dictionaries).
    ///
    /// - Precondition: every part is of `type`.
    static func concatenating(_ parts: [Column], type: LogicalType) -> Column {
        if parts.count == 1 { return parts[0] }
        return Column(
            type: type, values: values(of: parts, type.layout), validity: validity(of: parts))
    }

    /// Which rows of all parts have a value.
    static func validity(of parts: [Column]) -> Bitmap? {
        guard parts.contains(where: { $0.validity != nil }) else { return nil }
        var joined = Bitmap(count: 0)
        for part in parts {
            for row in 0..<part.count { joined.append(!part.isNull(row)) }
        }
        return joined
    }

    private static func values(of parts: [Column], _ layout: ColumnLayout) -> Values {
        switch layout {
        case .booleans:
            .booleans(join(parts) { if case .booleans(let values) = $0 { values } else { nil } })
        case .integers:
            .integers(join(parts) { if case .integers(let values) = $0 { values } else { nil } })
        case .wideIntegers:
            .wideIntegers(
                join(parts) { if case .wideIntegers(let values) = $0 { values } else { nil } })
        case .doubles:
            .doubles(join(parts) { if case .doubles(let values) = $0 { values } else { nil } })
        case .strings: codes(of: parts) ?? packedTexts(of: parts) ?? strings(of: parts)
        case .arrays: arrays(of: parts)
        }
    }

    private static func join<Element>(
        _ parts: [Column], _ values: (Values) -> [Element]?
    ) -> [Element] {
        var joined: [Element] = []
        joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts {
            guard let values = values(part.values) else {
                preconditionFailure("a column of \(part.type) in another layout")
            }
            joined.append(contentsOf: values)
        }
        return joined
    }

    private static func codes(of parts: [Column]) -> Values? {
        var joined: [UInt32] = []
        var shared: StringDictionary?
        var isShared = true
        for part in parts {
            guard case .codes(_, let dictionary) = part.values else { return nil }
            isShared = isShared && (shared == nil || shared === dictionary)
            shared = dictionary
        }
        joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        if isShared, let shared {
            for part in parts {
                if case .codes(let codes, _) = part.values { joined.append(contentsOf: codes) }
            }
            return .codes(joined, shared)
        }
        var interner = StringInterner()
        var known: [ObjectIdentifier: [UInt32]] = [:]
        for part in parts {
            guard case .codes(let codes, let dictionary) = part.values else { return nil }
            let entries = dictionary.values
            let numbers =
                known[ObjectIdentifier(dictionary)]
                ?? (0..<entries.count).map { interner.intern(entries.span(at: $0)) }
            known[ObjectIdentifier(dictionary)] = numbers
            for code in codes { joined.append(numbers[Int(code)]) }
        }
        guard interner.count > 0 || joined.isEmpty else { return nil }
        return .codes(joined, StringDictionary(interner.strings, isSorted: false))
    }

    /// Codes of the pattern that all parts share, or of one that holds theirs.
    private static func packedTexts(of parts: [Column]) -> Values? {
        var union: TextPattern?
        for part in parts {
            guard let pattern = part.textPattern else { return nil }
            if union === pattern { continue }
            guard let wider = union.map({ $0.union(pattern) }) ?? pattern else { return nil }
            union = wider
        }
        guard let union else { return nil }
        var narrow: [UInt64] = []
        var wide: [UInt128] = []
        for part in parts {
            guard let pattern = part.textPattern,
                let conversion = TextConversion(from: pattern, to: union)
            else { return nil }
            let (start, wideStart) = (narrow.count, wide.count)
            switch part.values {
            case .packedTexts(let codes, _) where !union.isWide:
                narrow.append(contentsOf: conversion.convert(codes))
            case .packedTexts(let codes, _): wide.append(contentsOf: conversion.widen(codes))
            case .widePackedTexts(let codes, _):
                wide.append(contentsOf: conversion.convert(codes))
            default: return nil
            }
            guard let validity = part.validity else { continue }
            for row in 0..<part.count where !validity[row] {
                if union.isWide { wide[wideStart + row] = 0 } else { narrow[start + row] = 0 }
            }
        }
        return union.isWide ? .widePackedTexts(wide, union) : .packedTexts(narrow, union)
    }

    private static func strings(of parts: [Column]) -> Values {
        var joined = StringVector()
        joined.reserve(
            count: parts.reduce(0) { $0 + $1.count },
            byteCount: parts.reduce(0) { $0 + $1.values.textByteCount })
        for part in parts {
            guard case .strings(let strings) = DictionaryEncoding.withoutCodes(part).values else {
                preconditionFailure("a column of \(part.type) in another layout")
            }
            joined.append(contentsOf: strings)
        }
        return .strings(joined)
    }

    private static func arrays(of parts: [Column]) -> Values {
        var offsets: [UInt32] = [0]
        var elements: [Column] = []
        for part in parts {
            guard case .arrays(let partOffsets, let partElements) = part.values else {
                preconditionFailure("a column of \(part.type) in another layout")
            }
            let base = offsets[offsets.count - 1]
            for row in 0..<part.count { offsets.append(base + partOffsets[row + 1]) }
            elements.append(partElements)
        }
        let type = elements.first?.type ?? .varchar
        return .arrays(
            offsets: offsets, elements: concatenating(elements, type: type))
    }
}

extension Column.Values {
    /// Bytes of the strings that stand in place; 0 where there are none.
    fileprivate var textByteCount: Int {
        if case .strings(let strings) = self { return strings.bytes.count }
        return 0
    }
}

extension RowBatch {
    /// The rows of `batches` in order.
    ///
    /// - Precondition: every batch has the schema's columns.
    public static func concatenating(_ batches: [RowBatch], schema: TableSchema) -> RowBatch {
        if batches.count == 1 { return batches[0] }
        let rowCount = batches.reduce(0) { $0 + $1.rowCount }
        let columns = schema.columns.indices.map { index in
            Column.concatenating(
                batches.map { $0.columns[index] }, type: schema.columns[index].type)
        }
        return RowBatch(rowCount: rowCount, columns: columns)
    }
}
