extension Rollup {
    /// Checks what every user of a rollup relies on: columns that are there and of types that add
    /// up exactly, a step that divides a day and a time chunk, and a COUNT beside every SUM of
    /// values that may be NULL.
    public func validate(for table: TableSchema) throws(SchemaError) {
        guard !name.isEmpty, name.utf8.count <= 128 else {
            throw SchemaError("a rollup name has 1 to 128 bytes")
        }
        guard (1...Self.maximumDimensionCount).contains(dimensions.count) else {
            throw SchemaError("a rollup has 1 to \(Self.maximumDimensionCount) dimensions")
        }
        guard measures.count <= Self.maximumMeasureCount else {
            throw SchemaError("a rollup has at most \(Self.maximumMeasureCount) measures")
        }
        guard Set(dimensions).count == dimensions.count, Set(measures).count == measures.count
        else { throw SchemaError("a rollup names each dimension and each measure once") }
        guard dimensions.count(where: { if case .time = $0 { true } else { false } }) <= 1 else {
            throw SchemaError("a rollup has one step of time")
        }
        for dimension in dimensions { try validate(dimension, table) }
        for measure in measures { try validate(measure, table) }
        guard Set(clusterDimensions).count == clusterDimensions.count,
            clusterDimensions.allSatisfy({ dimensions.indices.contains($0) })
        else { throw SchemaError("CLUSTER BY of a rollup names its dimensions, each once") }
        try schema(of: table).validate()
    }

    private func validate(_ dimension: Dimension, _ table: TableSchema) throws(SchemaError) {
        switch dimension {
        case .column(let id):
            guard let column = table.column(id: id) else {
                throw SchemaError("a dimension names a column that does not exist")
            }
            guard column.type.isRollupDimension else {
                throw SchemaError(
                    "column '\(column.name)' cannot be a dimension of a rollup: \(column.type)")
            }
        case .time(let step):
            guard table.timestampColumn != nil else {
                throw SchemaError("a step of time needs a table with TIMESTAMP (column)")
            }
            try Self.validate(stepMicroseconds: step, table.granularity)
        }
    }

    /// A step must divide the table's time chunks, so that no group is in two of them.
    public static func validate(
        stepMicroseconds step: Int64, _ granularity: Granularity
    ) throws(SchemaError) {
        let unit =
            granularity == .hour ? CivilTime.microsecondsPerHour : CivilTime.microsecondsPerDay
        guard step > 0, unit % step == 0, step % CivilTime.microsecondsPerSecond == 0 else {
            throw SchemaError(
                granularity == .hour
                    ? "a whole number of a rollup's steps makes an hour, the table's partition"
                    : "a whole number of a rollup's steps makes a day: PT1M, PT15M, PT1H, P1D")
        }
    }

    private func validate(_ measure: Measure, _ table: TableSchema) throws(SchemaError) {
        guard let column = table.column(id: measure.columnID) else {
            throw SchemaError("a measure names a column that does not exist")
        }
        guard measure.function.takes(column.type) else {
            throw SchemaError(
                "\(measure.function.name)(\(column.name)) of \(column.type) cannot be in a rollup")
        }
        if measure.function == .sum, column.isNullable,
            !measures.contains(Measure(.count, of: column.id))
        {
            throw SchemaError("SUM(\(column.name)) needs COUNT(\(column.name)) beside it")
        }
    }
}

/// The rollup's stable byte form, used by the manifest.
extension Rollup {
    /// Appends number, name, table, dimensions, measures and order.
    func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(string: name)
        writer.append(tableID.rawValue)
        writer.append(UInt32(dimensions.count))
        for dimension in dimensions {
            switch dimension {
            case .column(let id):
                writer.append(UInt8(1))
                writer.append(id)
            case .time(let step):
                writer.append(UInt8(2))
                writer.append(step)
            }
        }
        writer.append(UInt32(measures.count))
        for measure in measures {
            writer.append(measure.function.rawValue)
            writer.append(measure.columnID)
        }
        writer.append(UInt32(clusterDimensions.count))
        for index in clusterDimensions { writer.append(UInt32(index)) }
    }

    /// Reads what `encode(into:)` wrote; whether it fits its table is checked by the manifest.
    init(from reader: inout ByteReader) throws(ByteError) {
        let id = TableID(try reader.readUInt32())
        let name = try reader.readString()
        let tableID = TableID(try reader.readUInt32())
        var dimensions: [Dimension] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumDimensionCount)) {
            let at = reader.byteOffset
            switch try reader.readUInt8() {
            case 1: dimensions.append(.column(try reader.readUInt32()))
            case 2: dimensions.append(.time(stepMicroseconds: try reader.readInt64()))
            default: throw .invalid("kind of dimension", byteOffset: at)
            }
        }
        var measures: [Measure] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumMeasureCount)) {
            let at = reader.byteOffset
            guard let function = Function(rawValue: try reader.readUInt8()) else {
                throw .invalid("function of a measure", byteOffset: at)
            }
            measures.append(Measure(function, of: try reader.readUInt32()))
        }
        var order: [Int] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumDimensionCount)) {
            order.append(Int(try reader.readUInt32()))
        }
        self.init(
            id: id, name: name, tableID: tableID, dimensions: dimensions, measures: measures,
            clusterDimensions: order)
    }
}
