/// Counting rows so that nothing can be lost or made up unnoticed.
extension ControlTotals {
    /// The totals of a batch's rows. O(values), no allocation per row.
    ///
    /// A row's hash is the wrapping sum, over its columns that are not NULL, of
    /// `mix(hash(value) + seed(column id))`: it does not depend on the order of columns, on how
    /// they are encoded, nor on columns added later that are NULL. The system's columns do not
    /// count: the same rows sent twice have the same totals.
    ///
    /// - Precondition: `batch` has the schema's columns.
    public init(of batch: RowBatch, schema: TableSchema) {
        self.init(of: OrderedRows(batch), schema: schema)
    }

    /// The totals of rows whose texts' hashes may be known.
    init(of rows: OrderedRows, schema: TableSchema) {
        let batch = rows.batch
        precondition(batch.columns.count == schema.columns.count)
        var hashes = [UInt64](repeating: 0, count: batch.rowCount)
        var sums: [ColumnSum] = []
        for (index, definition) in schema.columns.enumerated() where !definition.isHidden {
            let column = batch.columns[index]
            if let texts = rows.textHashes[index] {
                RowHash.add(
                    textHashes: texts, column.validity, columnID: definition.id, to: &hashes)
            } else {
                RowHash.add(column, columnID: definition.id, to: &hashes)
            }
            if definition.type.isExactNumeric {
                sums.append(ColumnSum(of: column, columnID: definition.id))
            }
        }
        var multiset = MultisetHash()
        for hash in hashes { multiset.add(rowHash: hash) }
        self.init(
            rowCount: batch.rowCount, sums: sums.sorted { $0.columnID < $1.columnID },
            rows: multiset)
    }
}

extension ControlTotals.ColumnSum {
    /// The sum of a column's values.
    fileprivate init(of column: Column, columnID: UInt32) {
        var sum: Int128 = 0
        switch column.values {
        case .integers(let values):
            for row in values.indices where !column.isNull(row) { sum &+= Int128(values[row]) }
        case .wideIntegers(let values):
            for row in values.indices where !column.isNull(row) { sum &+= values[row] }
        default: preconditionFailure("only exact numbers are summed")
        }
        self.init(columnID: columnID, valueCount: column.count - column.nullCount, sum: sum)
    }
}

/// The hash of a row's values, column by column.
enum RowHash {
    /// What a column adds to the sum under its id.
    static func seed(columnID: UInt32) -> UInt64 {
        Hashing.mix(UInt64(columnID), seed: 0x636f_6c75_6d6e_6964)
    }

    /// Adds the part of a column of texts whose hashes are known.
    static func add(
        textHashes: [UInt64], _ validity: Bitmap?, columnID: UInt32, to hashes: inout [UInt64]
    ) {
        add(validity, seed(columnID: columnID), &hashes) { textHashes[$0] }
    }

    /// Adds a column's part to each row's hash.
    static func add(_ column: Column, columnID: UInt32, to hashes: inout [UInt64]) {
        let seed = seed(columnID: columnID)
        switch column.withoutPackedTexts.values {
        case .integers(let values):
            add(column.validity, seed, &hashes) { UInt64(bitPattern: values[$0]) }
        case .booleans(let values):
            add(column.validity, seed, &hashes) { UInt64(values[$0]) }
        case .doubles(let values):
            add(column.validity, seed, &hashes) { values[$0].bitPattern }
        case .wideIntegers(let values):
            add(column.validity, seed, &hashes) { row in
                Hashing.hash(UInt128(truncatingIfNeeded: values[row]))
            }
        case .strings(let strings):
            add(column.validity, seed, &hashes) { Hashing.hash(strings.span(at: $0)) }
        case .codes(let codes, let dictionary):
            let entries = dictionary.values
            if entries.count <= column.count {
                let parts = (0..<entries.count).map { Hashing.hash(entries.span(at: $0)) }
                add(column.validity, seed, &hashes) { parts[Int(codes[$0])] }
            } else {
                add(column.validity, seed, &hashes) { row in
                    Hashing.hash(entries.span(at: Int(codes[row])))
                }
            }
        case .packedTexts, .widePackedTexts: preconditionFailure("packed texts were unpacked")
        case .arrays(let offsets, let elements):
            var parts = [UInt64](repeating: 0, count: elements.count)
            add(elements, columnID: 0, to: &parts)
            add(column.validity, seed, &hashes) { row in
                // Order matters inside an array: every element is folded over those before.
                var hash = UInt64(offsets[row + 1] - offsets[row])
                for element in offsets[row]..<offsets[row + 1] {
                    hash = Hashing.mix(hash &+ parts[Int(element)])
                }
                return hash
            }
        }
    }

    @inline(__always)
    private static func add(
        _ validity: Bitmap?, _ seed: UInt64, _ hashes: inout [UInt64],
        _ hash: (Int) -> UInt64
    ) {
        if let validity {
            for row in hashes.indices where validity[row] {
                hashes[row] &+= Hashing.mix(hash(row) &+ seed)
            }
        } else {
            for row in hashes.indices { hashes[row] &+= Hashing.mix(hash(row) &+ seed) }
        }
    }
}
