import Segments

extension Column {
    /// The rows at `rows`, NULL where the number is below zero.
    func gather(orNull rows: [Int32]) -> Column {
        guard let first = rows.firstIndex(where: { $0 < 0 }) else { return gather(rows) }
        guard count > 0 else { return .nulls(of: type, count: rows.count) }
        var bits = Bitmap(repeating: true, count: rows.count)
        for index in first..<rows.count where rows[index] < 0 { bits.set(index, to: false) }
        if let validity {
            for index in 0..<rows.count where rows[index] >= 0 && !validity[Int(rows[index])] {
                bits.set(index, to: false)
            }
        }
        return Column(type: type, values: values.gather(orZero: rows), validity: bits)
    }
}

extension Column.Values {
    /// The slots at `rows`; zero, or what is empty, where the number is below zero: whoever adds
    /// up a column relies on what the slots of NULL rows hold.
    fileprivate func gather(orZero rows: [Int32]) -> Column.Values {
        switch self {
        case .booleans(let values): return .booleans(Self.pick(values, rows, or: 0))
        case .integers(let values): return .integers(Self.pick(values, rows, or: 0))
        case .wideIntegers(let values): return .wideIntegers(Self.pick(values, rows, or: 0))
        case .doubles(let values): return .doubles(Self.pick(values, rows, or: 0))
        case .codes(let codes, let dictionary):
            return .codes(Self.pick(codes, rows, or: 0), dictionary)
        case .packedTexts(let codes, let pattern):
            return .packedTexts(Self.pick(codes, rows, or: 0), pattern)
        case .widePackedTexts(let codes, let pattern):
            return .widePackedTexts(Self.pick(codes, rows, or: 0), pattern)
        case .strings(let strings):
            var picked = StringVector()
            for row in rows {
                if row < 0 {
                    picked.finishString()
                } else {
                    picked.append(strings.span(at: Int(row)))
                }
            }
            return .strings(picked)
        case .arrays(let offsets, let elements):
            var picked: [Int32] = []
            var ends: [UInt32] = [0]
            for row in rows {
                if row >= 0 {
                    for element in offsets[Int(row)]..<offsets[Int(row) + 1] {
                        picked.append(Int32(truncatingIfNeeded: element))
                    }
                }
                ends.append(UInt32(picked.count))
            }
            return .arrays(offsets: ends, elements: elements.gather(picked))
        }
    }

    private static func pick<Element>(
        _ values: [Element], _ rows: [Int32], or zero: Element
    ) -> [Element] {
        rows.map { $0 < 0 ? zero : values[Int($0)] }
    }
}
