/// The schema's stable byte form, used by the manifest and by segment footers.
extension TableSchema {
    /// Appends the schema: strings length-prefixed, positions as 32-bit counts.
    public func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(string: name)
        writer.append(version)
        writer.append(UInt32(columns.count))
        for column in columns {
            writer.append(column.id)
            writer.append(string: column.name)
            column.type.encode(into: &writer)
            writer.append(UInt8(column.isNullable ? 1 : 0))
            column.defaultValue.encode(into: &writer)
        }
        writer.append(UInt32(timestampColumn.map { $0 + 1 } ?? 0))
        writer.append(string: granularity.rawValue)
        for list in [clusterColumns, uniqueColumns, lookupColumns] {
            writer.append(UInt32(list.count))
            for index in list { writer.append(UInt32(index)) }
        }
        encodeTimeToLive(into: &writer)
        writer.append(string: unknownFields.rawValue)
    }

    /// Reads what `encode(into:)` wrote and validates it; throws on anything else.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        let id = TableID(try reader.readUInt32())
        let name = try reader.readString()
        let version = try reader.readUInt32()
        let columns = try Self.readColumns(&reader)
        let timestamp = Int(try reader.readUInt32())
        guard let granularity = Granularity(rawValue: try reader.readString()) else {
            throw .invalid("granularity", byteOffset: at)
        }
        let cluster = try Self.readPositions(&reader)
        let unique = try Self.readPositions(&reader)
        let lookup = try Self.readPositions(&reader)
        let timeToLive = try Self.readTimeToLive(&reader, timestamp - 1)
        guard let unknownFields = UnknownFields(rawValue: try reader.readString()) else {
            throw .invalid("unknown_fields setting", byteOffset: at)
        }
        self.init(
            id: id, name: name, version: version, columns: columns,
            timestampColumn: timestamp == 0 ? nil : timestamp - 1, granularity: granularity,
            clusterColumns: cluster, uniqueColumns: unique, lookupColumns: lookup,
            timeToLive: timeToLive, unknownFields: unknownFields)
        do throws(SchemaError) {
            try validate()
        } catch {
            throw .invalid("schema: \(error.message)", byteOffset: at)
        }
    }

    private static func readColumns(
        _ reader: inout ByteReader
    ) throws(ByteError) -> [ColumnDefinition] {
        let count = try reader.readCount(limit: maximumStoredColumnCount)
        var columns: [ColumnDefinition] = []
        columns.reserveCapacity(count)
        for _ in 0..<count {
            let id = try reader.readUInt32()
            let name = try reader.readString()
            let type = try LogicalType(from: &reader)
            let isNullable = try reader.readUInt8() != 0
            let defaultValue = try Value(from: &reader)
            columns.append(
                ColumnDefinition(
                    id: id, name: name, type: type, isNullable: isNullable,
                    defaultValue: defaultValue))
        }
        return columns
    }

    /// In place of a number of days: more than days after the table's time stands behind it.
    private static let timeToLiveFlag: UInt32 = 1 << 31

    /// 0 for none; a number of days after the table's time; or the flag and a column's position,
    /// and then microseconds.
    private func encodeTimeToLive(into writer: inout ByteWriter) {
        guard let timeToLive else { return writer.append(UInt32(0)) }
        let day = CivilTime.microsecondsPerDay
        let days = timeToLive.microseconds / day
        if timeToLive.column == timestampColumn, days > 0, days * day == timeToLive.microseconds {
            return writer.append(UInt32(days))
        }
        writer.append(Self.timeToLiveFlag | UInt32(timeToLive.column))
        writer.append(timeToLive.microseconds)
    }

    private static func readTimeToLive(
        _ reader: inout ByteReader, _ timestampColumn: Int
    ) throws(ByteError) -> TimeToLive? {
        let at = reader.byteOffset
        let word = try reader.readUInt32()
        guard word & timeToLiveFlag == 0 else {
            return TimeToLive(
                column: Int(word & ~timeToLiveFlag), microseconds: try reader.readInt64())
        }
        guard word > 0 else { return nil }
        let longest = TimeToLive.maximumMicroseconds / CivilTime.microsecondsPerDay
        guard timestampColumn >= 0, Int64(word) <= longest else {
            throw .invalid("time to live", byteOffset: at)
        }
        return .days(Int64(word), column: timestampColumn)
    }

    private static func readPositions(_ reader: inout ByteReader) throws(ByteError) -> [Int] {
        let count = try reader.readCount(limit: maximumColumnCount)
        var positions: [Int] = []
        for _ in 0..<count { positions.append(Int(try reader.readUInt32())) }
        return positions
    }
}
