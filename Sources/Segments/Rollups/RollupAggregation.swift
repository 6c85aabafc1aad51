/// Makes a rollup's rows of its table's rows.
///
/// Rows are ordered by the dimensions, by radix over a number per row (`RowOrder`), and runs of
/// equal numbers become one row each: the result is in the rollup's order as it comes out.
public struct RollupAggregation {
    /// The columns of the table that are read, each once.
    public let columns: [ColumnDefinition]
    /// The schema of the rows that come out.
    public let schema: TableSchema

    private let rollup: Rollup
    /// Positions in `columns` of the dimensions and of the measures.
    private let dimensionColumns: [Int]
    private let measureColumns: [Int]

    /// An aggregation of `table`.
    ///
    /// - Precondition: the rollup is valid for the table.
    public init(_ rollup: Rollup, table: TableSchema) {
        self.rollup = rollup
        schema = rollup.schema(of: table)
        var columns: [ColumnDefinition] = []
        func position(_ column: ColumnDefinition) -> Int {
            if let known = columns.firstIndex(where: { $0.id == column.id }) { return known }
            columns.append(column)
            return columns.count - 1
        }
        dimensionColumns = rollup.dimensions.map { position(table.definition(of: $0)) }
        measureColumns = rollup.measures.map {
            position(table.definition(of: .column($0.columnID)))
        }
        self.columns = columns
    }

    /// The rollup's rows; `nil` where a sum is too large for its column.
    ///
    /// - Parameter batch: At least one row, fewer than 2^31, of `columns`.
    /// - Complexity: O(rows) for each dimension, digit and measure.
    public func rows(of batch: RowBatch) -> RowBatch? {
        precondition(batch.rowCount > 0 && batch.columns.count == columns.count)
        let dimensions = rollup.dimensions.indices.map { index in
            dimension(rollup.dimensions[index], batch.columns[dimensionColumns[index]])
        }
        let keys = RowOrder.keys(of: schema.clusterColumns.map { dimensions[$0] })
        let groups = RowGroups(keys)
        var result = dimensions.map { $0.gather(groups.firstRows) }
        result.append(Column(type: .bigint, values: .integers(groups.rowCounts)))
        for (measure, index) in zip(rollup.measures, measureColumns) {
            guard let column = groups.column(measure.function, of: batch.columns[index]) else {
                return nil
            }
            result.append(column)
        }
        return RowBatch(rowCount: groups.count, columns: result)
    }

    private func dimension(_ dimension: Rollup.Dimension, _ column: Column) -> Column {
        guard case .time(let step) = dimension, case .integers(let times) = column.values else {
            return column
        }
        return Column(
            type: column.type, values: .integers(times.map { $0.roundedDown(toMultipleOf: step) }))
    }
}

/// Rows in order, cut into runs of equal keys.
private struct RowGroups {
    /// All rows, those of a group together.
    private let order: [UInt32]
    /// Where each group begins in `order`, and the end of the last.
    private let starts: [Int]

    init(_ keys: [UInt64]) {
        order = RadixOrder.positions(ordering: keys)
        var starts: [Int] = []
        for index in order.indices
        where index == 0 || keys[Int(order[index])] != keys[Int(order[index - 1])] {
            starts.append(index)
        }
        starts.append(order.count)
        self.starts = starts
    }

    var count: Int { starts.count - 1 }

    /// A row of each group.
    var firstRows: [Int32] {
        (0..<count).map { Int32(bitPattern: order[starts[$0]]) }
    }

    var rowCounts: [Int64] { (0..<count).map { Int64(starts[$0 + 1] - starts[$0]) } }

    /// What a measure keeps of a column, one value a group; `nil` where one is too large.
    func column(_ function: Rollup.Function, of column: Column) -> Column? {
        switch function {
        case .count: return counts(of: column)
        case .sum: return exact(column, function.type(over: column.type)) { $0 &+ $1 }
        case .minimum: return exact(column, column.type) { $0 < $1 ? $0 : $1 }
        case .maximum: return exact(column, column.type) { $0 > $1 ? $0 : $1 }
        }
    }

    private func counts(of column: Column) -> Column {
        guard let validity = column.validity else {
            return Column(type: .bigint, values: .integers(rowCounts))
        }
        let counts = (0..<count).map { group in
            order[starts[group]..<starts[group + 1]].reduce(into: Int64(0)) { count, row in
                if validity[Int(row)] { count += 1 }
            }
        }
        return Column(type: .bigint, values: .integers(counts))
    }

    /// The folded values in the layout of `type`; `nil` where one does not fit.
    private func exact(
        _ column: Column, _ type: LogicalType, _ combine: (Int128, Int128) -> Int128
    ) -> Column? {
        let found = wide(column, type, combine)
        guard type.layout == .integers, case .wideIntegers(let values) = found.values else {
            return found
        }
        guard values.allSatisfy({ fits($0, type) }) else { return nil }
        return Column(
            type: type, values: .integers(values.map { Int64(truncatingIfNeeded: $0) }),
            validity: found.validity)
    }

    private func fits(_ value: Int128, _ type: LogicalType) -> Bool {
        guard case .decimal(let precision, _) = type else { return Int64(exactly: value) != nil }
        return value.magnitude < Decimal.powersOfTen[precision].magnitude
    }

    /// Folds the values of each group; NULL where a group has none.
    @inline(__always)
    private func wide(
        _ column: Column, _ type: LogicalType, _ combine: (Int128, Int128) -> Int128
    ) -> Column {
        switch column.values {
        case .integers(let values): fold(column, type, { Int128(values[$0]) }, combine)
        case .wideIntegers(let values): fold(column, type, { values[$0] }, combine)
        default: preconditionFailure("only exact values are folded")
        }
    }

    @inline(__always)
    private func fold(
        _ column: Column, _ type: LogicalType, _ value: (Int) -> Int128,
        _ combine: (Int128, Int128) -> Int128
    ) -> Column {
        var folded = [Int128](repeating: 0, count: count)
        var validity = Bitmap(count: 0)
        var hasNull = false
        for group in 0..<count {
            var result: Int128 = 0
            var isKnown = false
            for index in starts[group]..<starts[group + 1] {
                let row = Int(order[index])
                if column.isNull(row) { continue }
                result = isKnown ? combine(result, value(row)) : value(row)
                isKnown = true
            }
            folded[group] = result
            validity.append(isKnown)
            hasNull = hasNull || !isKnown
        }
        return Column(
            type: type, values: .wideIntegers(folded), validity: hasNull ? validity : nil)
    }
}
