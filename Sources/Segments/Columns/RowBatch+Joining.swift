/// Several batches of one schema as one, for small live batches that grow together.
extension RowBatch {
    /// The rows of all batches, in order.
    ///
    /// - Precondition: at least one batch; all have columns of the same types.
    /// - Complexity: O(rows × columns).
    public init(joining batches: [RowBatch]) {
        precondition(!batches.isEmpty)
        let columns = batches[0].columns.indices.map { index in
            Column(joining: batches.map { $0.columns[index] })
        }
        self.init(rowCount: batches.reduce(0) { $0 + $1.rowCount }, columns: columns)
    }
}

extension Column {
    /// The rows of all columns, in order; codes become strings.
    ///
    /// - Precondition: at least one column; all of the same type.
    init(joining columns: [Column]) {
        precondition(columns.allSatisfy { $0.type == columns[0].type })
        let type = columns[0].type
        let values: Values =
            switch type.layout {
            case .booleans: .booleans(columns.flatMap(\.values.booleans))
            case .integers: .integers(columns.flatMap(\.values.integers))
            case .wideIntegers: .wideIntegers(columns.flatMap(\.values.wideIntegers))
            case .doubles: .doubles(columns.flatMap(\.values.doubles))
            case .strings: .strings(Self.joinStrings(columns))
            case .arrays: Self.joinArrays(columns)
            }
        self.init(type: type, values: values, validity: Self.joinValidity(columns))
    }

    private static func joinStrings(_ columns: [Column]) -> StringVector {
        var joined = StringVector()
        joined.reserve(
            count: columns.reduce(0) { $0 + $1.count },
            byteCount: columns.reduce(0) { $0 + $1.values.stringByteCount })
        for column in columns {
            switch column.withoutPackedTexts.values {
            case .strings(let strings):
                for row in 0..<strings.count { joined.append(strings.span(at: row)) }
            case .codes(let codes, let dictionary):
                let entries = dictionary.values
                // A NULL's slot holds no code to look up.
                for row in codes.indices {
                    if column.isNull(row) {
                        joined.finishString()
                    } else {
                        joined.append(entries.span(at: Int(codes[row])))
                    }
                }
            default: preconditionFailure("a column of strings in another layout")
            }
        }
        return joined
    }

    private static func joinArrays(_ columns: [Column]) -> Values {
        var joined: [UInt32] = [0]
        var parts: [Column] = []
        var base: UInt32 = 0
        for column in columns {
            guard case .arrays(let offsets, let elements) = column.values else {
                preconditionFailure("a column of arrays in another layout")
            }
            for offset in offsets.dropFirst() { joined.append(base + offset) }
            base += UInt32(elements.count)
            parts.append(elements)
        }
        return .arrays(offsets: joined, elements: Column(joining: parts))
    }

    private static func joinValidity(_ columns: [Column]) -> Bitmap? {
        guard columns.contains(where: { $0.validity != nil }) else { return nil }
        var joined = Bitmap(count: 0)
        for column in columns {
            for row in 0..<column.count { joined.append(!column.isNull(row)) }
        }
        return joined
    }
}

extension Column.Values {
    fileprivate var booleans: [UInt8] {
        guard case .booleans(let values) = self else { preconditionFailure("not booleans") }
        return values
    }

    fileprivate var integers: [Int64] {
        guard case .integers(let values) = self else { preconditionFailure("not integers") }
        return values
    }

    fileprivate var wideIntegers: [Int128] {
        guard case .wideIntegers(let values) = self else { preconditionFailure("not wide") }
        return values
    }

    fileprivate var doubles: [Double] {
        guard case .doubles(let values) = self else { preconditionFailure("not doubles") }
        return values
    }

    fileprivate var stringByteCount: Int {
        if case .strings(let values) = self { return values.bytes.count }
        return 0
    }
}
