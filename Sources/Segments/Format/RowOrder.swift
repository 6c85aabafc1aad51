/// The order of rows inside a segment: by the cluster columns, then by time, then as they arrived.
///
/// NULL sorts first, strings by bytes, doubles by value with NaN last, `false` before `true`. JSON
/// and arrays sort by their text and their length alone: clustering by them has no use.
public enum RowOrder {
    /// All rows of `batches`, earlier batches having arrived earlier, in segment order.
    ///
    /// - Precondition: every batch has the schema's columns; fewer than 2^31 rows.
    public static func sorted(_ batches: [RowBatch], schema: TableSchema) -> RowBatch {
        sorted(batches.map { RowSelection(batch: $0) }, schema: schema)
    }

    /// The selected rows, earlier batches having arrived earlier, in segment order.
    ///
    /// Each sort column becomes a number per row, as many columns as fit are packed into 64 bits,
    /// and the numbers are sorted by radix: no value is compared with another. The columns are
    /// joined and put in order one after the other, so that no second copy of all rows exists at
    /// any time.
    ///
    /// - Precondition: every batch has the schema's columns; fewer than 2^31 rows.
    /// - Complexity: O(rows) for each column and digit, O(entries log entries) for strings.
    public static func sorted(_ parts: [RowSelection], schema: TableSchema) -> RowBatch {
        arranged(parts, schema, packsTexts: false).batch
    }

    /// As `sorted`, for rows that become a segment at once: texts of one length are packed before
    /// they are put in order, so that it is numbers that move.
    ///
    /// The segment is the same as that of `sorted`.
    public static func ordered(_ parts: [RowSelection], schema: TableSchema) -> OrderedRows {
        arranged(parts, schema, packsTexts: true)
    }

    /// As `sorted`, with where each row comes from.
    public static func traced(_ parts: [RowSelection], schema: TableSchema) -> OrderedRows {
        arranged(parts, schema, packsTexts: false)
    }

    private static func arranged(
        _ parts: [RowSelection], _ schema: TableSchema, packsTexts: Bool
    ) -> OrderedRows {
        let rowCount = parts.reduce(0) { $0 + $1.rowCount }
        func joined(_ index: Int) -> Column {
            Column.concatenating(
                parts.map { $0.column(index) }, type: schema.columns[index].type)
        }
        let order = positions(ofRows: rowCount, by: sortColumns(schema), joined)
        let isInOrder = order.indices.allSatisfy { Int(order[$0]) == $0 }
        var hashes: [Int: [UInt64]] = [:]
        let columns = schema.columns.enumerated().map { index, definition in
            let columns = parts.map { $0.column(index) }
            let packed = packsTexts ? TextPacking.packed(columns) : nil
            if let packed {
                hashes[index] =
                    isInOrder ? packed.hashes : order.map { packed.hashes[Int($0)] }
            }
            let column =
                packed?.column ?? Column.concatenating(columns, type: definition.type)
            return isInOrder ? column : column.gather(order)
        }
        return OrderedRows(
            RowBatch(rowCount: rowCount, columns: columns), textHashes: hashes,
            order: isInOrder ? nil : order)
    }

    /// The columns that order rows: cluster columns, then time.
    static func sortColumns(_ schema: TableSchema) -> [Int] {
        var columns = schema.clusterColumns
        if let time = schema.timestampColumn, !columns.contains(time) { columns.append(time) }
        return columns
    }

    /// The rows of `batch` in segment order.
    static func positions(of batch: RowBatch, schema: TableSchema) -> [Int32] {
        positions(ofRows: batch.rowCount, by: sortColumns(schema)) { batch.columns[$0] }
    }

    private static func positions(
        ofRows rowCount: Int, by columns: [Int], _ column: (Int) -> Column
    ) -> [Int32] {
        guard !columns.isEmpty else { return (0..<Int32(rowCount)).map { $0 } }
        let keys = keys(ofRows: rowCount, columnCount: columns.count) { column(columns[$0]) }
        return RadixOrder.positions(ordering: keys).map { Int32(bitPattern: $0) }
    }

    /// A number per row that orders like the rows do by `columns`, the first one first; equal for
    /// rows that no column orders.
    ///
    /// - Precondition: at least one column.
    static func keys(of columns: [Column]) -> [UInt64] {
        keys(ofRows: columns[0].count, columnCount: columns.count) { columns[$0] }
    }

    private static func keys(
        ofRows rowCount: Int, columnCount: Int, _ column: (Int) -> Column
    ) -> [UInt64] {
        var keys = [UInt64](repeating: 0, count: rowCount)
        var bits = 0
        for index in 0..<columnCount {
            var next = codes(of: column(index))
            var nextBits = width(of: next)
            if bits + nextBits > 64 {
                let ranked = RadixOrder.ranks(of: keys)
                keys = ranked.ranks
                bits = BitPacking.width(of: UInt64(max(0, ranked.count - 1)))
            }
            if bits + nextBits > 64 {
                // Both have at most as many values as there are rows now: 31 bits each.
                next = RadixOrder.ranks(of: next).ranks
                nextBits = width(of: next)
            }
            for row in keys.indices {
                keys[row] = (nextBits == 64 ? 0 : keys[row] << UInt64(nextBits)) | next[row]
            }
            bits += nextBits
        }
        return keys
    }

    private static func width(of codes: [UInt64]) -> Int {
        var all: UInt64 = 0
        for code in codes { all |= code }
        return BitPacking.width(of: all)
    }

    /// A number per row that orders like the values; 0 for NULL alone.
    private static func codes(of column: Column) -> [UInt64] {
        var codes: [UInt64]
        switch column.values {
        case .integers(let values): codes = distances(values)
        case .booleans(let values): codes = values.map { UInt64($0) }
        case .doubles(let values): codes = RadixOrder.ranks(of: values.map(ordered)).ranks
        case .wideIntegers(let values): codes = ranks(values)
        case .strings(let strings): codes = ranks(strings)
        case .codes(let numbers, let dictionary):
            let ranks = ranks(dictionary.values)
            codes = numbers.map { ranks.isEmpty ? 0 : ranks[Int($0)] }
        case .packedTexts(let packed, _): codes = distances(packed)
        case .widePackedTexts(let packed, _): codes = ranks(packed)
        case .arrays(let offsets, _):
            codes = (0..<column.count).map { UInt64(offsets[$0 + 1] - offsets[$0]) }
        }
        guard let validity = column.validity else { return codes }
        if codes.contains(.max) { codes = RadixOrder.ranks(of: codes).ranks }
        for row in codes.indices { codes[row] = validity[row] ? codes[row] + 1 : 0 }
        return codes
    }

    /// The distances from the smallest value, which need few bits where the values lie together.
    private static func distances(_ values: [Int64]) -> [UInt64] {
        let smallest = values.min() ?? 0
        return values.map { UInt64(bitPattern: $0 &- smallest) }
    }

    private static func distances(_ values: [UInt64]) -> [UInt64] {
        let smallest = values.min() ?? 0
        return values.map { $0 &- smallest }
    }

    private static func ordered(_ value: Double) -> UInt64 {
        // Plus zero for both zeros, one NaN behind everything.
        let bits = value.isNaN ? Double.nan.bitPattern : (value == 0 ? 0 : value.bitPattern)
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    private static func ranks(_ values: [Int128]) -> [UInt64] {
        let high = RadixOrder.ranks(
            of: values.map { UInt64(bitPattern: Int64(truncatingIfNeeded: $0 >> 64)) ^ 1 << 63 })
        let low = RadixOrder.ranks(of: values.map { UInt64(truncatingIfNeeded: $0) })
        return values.indices.map { high.ranks[$0] << 32 | low.ranks[$0] }
    }

    private static func ranks(_ values: [UInt128]) -> [UInt64] {
        let high = RadixOrder.ranks(of: values.map { UInt64(truncatingIfNeeded: $0 >> 64) })
        let low = RadixOrder.ranks(of: values.map { UInt64(truncatingIfNeeded: $0) })
        return values.indices.map { high.ranks[$0] << 32 | low.ranks[$0] }
    }

    private static func ranks(_ strings: StringVector) -> [UInt64] {
        var interner = StringInterner()
        let numbers = (0..<strings.count).map { interner.intern(strings.span(at: $0)) }
        let positions = ByteOrder.sortedPositions(interner.strings)
        var ranks = [UInt64](repeating: 0, count: positions.count)
        for rank in positions.indices { ranks[Int(positions[rank])] = UInt64(rank) }
        return numbers.map { ranks[Int($0)] }
    }
}
