/// A rollup as declared: by which columns the rows of each segment are grouped, and what is kept of
/// the others.
///
/// The rows of one rollup of one segment are a segment file of their own, whose schema is
/// `schema(of:)`: the dimensions, the number of rows, the measures, in that order.
public struct Rollup: Hashable, Sendable {
    /// The rollup's number, of the same sequence as those of tables.
    public var id: TableID
    /// The name as written in `CREATE ROLLUP`.
    public var name: String
    /// Whose rows it sums up.
    public var tableID: TableID
    /// What rows are grouped by.
    public var dimensions: [Dimension]
    /// What is kept besides the number of rows.
    public var measures: [Measure]
    /// Positions in `dimensions` that order its rows before time does.
    public var clusterDimensions: [Int]

    /// One thing that rows are grouped by.
    public enum Dimension: Hashable, Sendable {
        /// The table's column of that id.
        case column(UInt32)
        /// The start of the step that the row's time lies in; steps are counted from 1970 and a
        /// whole number of them makes a day.
        case time(stepMicroseconds: Int64)
    }

    /// One value kept for each group.
    public struct Measure: Hashable, Sendable {
        /// How the group's values become one.
        public var function: Function
        /// Of which column, by its id.
        public var columnID: UInt32

        /// A measure of a column.
        public init(_ function: Function, of columnID: UInt32) {
            self.function = function
            self.columnID = columnID
        }
    }

    /// Functions whose results over parts give the result over the whole, exactly.
    public enum Function: UInt8, Hashable, Sendable, CaseIterable {
        /// Values that are not NULL.
        case count = 1
        /// Exact, in 64 bits where its column is: a segment with a larger sum has no rollup. NULL
        /// over no values.
        case sum = 2
        case minimum = 3
        case maximum = 4
    }

    /// A rollup; see `validate(for:)` for what must hold.
    public init(
        id: TableID, name: String, tableID: TableID, dimensions: [Dimension],
        measures: [Measure], clusterDimensions: [Int] = []
    ) {
        self.id = id
        self.name = name
        self.tableID = tableID
        self.dimensions = dimensions
        self.measures = measures
        self.clusterDimensions = clusterDimensions
    }

    /// The most rollups of a table: each is written with every segment.
    public static let maximumCount = 16
    /// The most dimensions of one.
    public static let maximumDimensionCount = 32
    /// The most measures of one.
    public static let maximumMeasureCount = 128
    /// Sums of decimals of more digits could leave 38 digits.
    public static let maximumSumPrecision = 28
}

extension Rollup {
    /// The step of its time dimension; `nil` where it has none.
    public var stepMicroseconds: Int64? {
        for case .time(let step) in dimensions { return step }
        return nil
    }

    /// The position of the time dimension in `dimensions`.
    public var timeDimension: Int? {
        dimensions.firstIndex { if case .time = $0 { true } else { false } }
    }

    /// The position of a dimension by its column's id.
    public func dimension(ofColumn columnID: UInt32) -> Int? {
        dimensions.firstIndex(of: .column(columnID))
    }

    /// The position, in the rollup's own schema, of the number of rows.
    public var rowsColumn: Int { dimensions.count }

    /// The position, in the rollup's own schema, of a measure; `nil` where it is not kept.
    public func column(of measure: Measure) -> Int? {
        measures.firstIndex(of: measure).map { rowsColumn + 1 + $0 }
    }

    /// The schema of the rollup's rows: column ids count from 1.
    ///
    /// Rows are ordered by all dimensions: the clustered ones, then time, then the others.
    ///
    /// - Precondition: the rollup is valid for `table`.
    public func schema(of table: TableSchema) -> TableSchema {
        var columns: [ColumnDefinition] = []
        func add(_ name: String, _ type: LogicalType, isNullable: Bool) {
            columns.append(
                ColumnDefinition(
                    id: UInt32(columns.count + 1), name: name, type: type, isNullable: isNullable))
        }
        for dimension in dimensions {
            let column = table.definition(of: dimension)
            add(column.name, column.type, isNullable: column.isNullable)
        }
        add("COUNT(*)", .bigint, isNullable: false)
        for measure in measures {
            guard let column = table.column(id: measure.columnID) else { continue }
            add(
                "\(measure.function.name)(\(column.name))",
                measure.function.type(over: column.type),
                isNullable: measure.function != .count && column.isNullable)
        }
        let time = timeDimension
        var order = clusterDimensions
        if let time, !order.contains(time) { order.append(time) }
        for index in dimensions.indices where !order.contains(index) { order.append(index) }
        return TableSchema(
            id: id, name: name, version: table.version, columns: columns, timestampColumn: time,
            granularity: time == nil ? .all : table.granularity, clusterColumns: order)
    }
}

extension Rollup.Function {
    /// As SQL calls it.
    public var name: String {
        switch self {
        case .count: "COUNT"
        case .sum: "SUM"
        case .minimum: "MIN"
        case .maximum: "MAX"
        }
    }

    /// The type of what is kept of values of `type`.
    public func type(over type: LogicalType) -> LogicalType {
        switch self {
        case .count: .bigint
        case .sum: type.sum
        case .minimum, .maximum: type
        }
    }

    /// Whether a rollup may keep it of values of `type`.
    public func takes(_ type: LogicalType) -> Bool {
        switch self {
        case .count: return true
        case .sum:
            if case .decimal(let precision, _) = type {
                return precision <= Rollup.maximumSumPrecision
            }
            return type == .bigint
        case .minimum, .maximum:
            return type.isExactNumeric || type == .timestamp || type == .date
        }
    }
}

extension LogicalType {
    /// The type of a rollup's sums: as many bits as the column's values have, all digits of them.
    fileprivate var sum: LogicalType {
        guard case .decimal(let precision, let scale) = self else { return self }
        return .decimal(
            precision: precision <= Self.narrowDecimalPrecision
                ? Self.narrowDecimalPrecision : Self.maximumDecimalPrecision, scale: scale)
    }

    /// Whether rollups group by values of the type: those that are equal in one way only.
    public var isRollupDimension: Bool {
        switch self {
        case .boolean, .bigint, .decimal, .varchar, .date: true
        case .double, .timestamp, .json, .array: false
        }
    }
}

extension TableSchema {
    /// The column of that id.
    public func column(id: UInt32) -> ColumnDefinition? { columns.first { $0.id == id } }

    /// The column that a dimension is made of.
    ///
    /// - Precondition: the rollup is valid for the table.
    func definition(of dimension: Rollup.Dimension) -> ColumnDefinition {
        switch dimension {
        case .column(let id):
            if let column = column(id: id) { return column }
        case .time:
            if let timestampColumn { return columns[timestampColumn] }
        }
        preconditionFailure("a dimension without its column")
    }
}
