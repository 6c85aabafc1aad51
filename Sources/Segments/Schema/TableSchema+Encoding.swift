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
        Self.append(clusterColumns, to: &writer)
        if isStateTable {
            Self.append(primaryKey, flag: Self.primaryKeyFlag, to: &writer)
            writer.append(UInt32(versionColumn.map { $0 + 1 } ?? 0))
            writer.append(UInt8(isMerge ? 1 : 0))
        } else {
            Self.append(uniqueColumns, to: &writer)
        }
        Self.append(lookupColumns, to: &writer)
        encodeTimeToLive(into: &writer)
        writer.append(string: unknownFields.rawValue)
    }

    /// Set in the count of the unique columns: what follows is a primary key with its version
    /// column and mode. Manifests of a format below 4, and their segments, do not have it.
    private static let primaryKeyFlag: UInt32 = 1 << 31

    private static func append(_ list: [Int], flag: UInt32 = 0, to writer: inout ByteWriter) {
        writer.append(UInt32(list.count) | flag)
        for index in list { writer.append(UInt32(index)) }
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
        let key = try Self.readKey(&reader)
        let lookup = try Self.readPositions(&reader)
        let timeToLiveWord = try reader.readUInt32()
        let timeToLive = try Self.readTimeToLive(timeToLiveWord, &reader, timestamp - 1)
        let sparse = try Self.readSparseLookups(timeToLiveWord, &reader)
        guard let unknownFields = UnknownFields(rawValue: try reader.readString()) else {
            throw .invalid("unknown_fields setting", byteOffset: at)
        }
        self.init(
            id: id, name: name, version: version, columns: columns,
            timestampColumn: timestamp == 0 ? nil : timestamp - 1, granularity: granularity,
            clusterColumns: cluster, uniqueColumns: key.unique, lookupColumns: lookup,
            timeToLive: timeToLive, unknownFields: unknownFields)
        sparseLookups = sparse
        primaryKey = key.primary
        versionColumn = key.version
        isMerge = key.isMerge
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

    /// In the word of the time to live: a column's position instead of a number of days.
    private static let timeToLiveFlag: UInt32 = 1 << 31
    /// In the same word: look-ups of one value stand behind.
    private static let sparseLookupFlag: UInt32 = 1 << 30

    /// A word: 0 for none; a number of days after the table's time; or the flag and a column's
    /// position, and then microseconds. Then, with their flag, the look-ups of one value.
    private func encodeTimeToLive(into writer: inout ByteWriter) {
        let flag = sparseLookups.isEmpty ? 0 : Self.sparseLookupFlag
        if let timeToLive {
            let day = CivilTime.microsecondsPerDay
            let days = timeToLive.microseconds / day
            if timeToLive.column == timestampColumn, days > 0,
                days * day == timeToLive.microseconds
            {
                writer.append(flag | UInt32(days))
            } else {
                writer.append(flag | Self.timeToLiveFlag | UInt32(timeToLive.column))
                writer.append(timeToLive.microseconds)
            }
        } else {
            writer.append(flag)
        }
        guard !sparseLookups.isEmpty else { return }
        writer.append(UInt32(sparseLookups.count))
        for lookup in sparseLookups {
            writer.append(UInt32(lookup.column))
            Value.varchar(lookup.value).encode(into: &writer)
        }
    }

    private static func readTimeToLive(
        _ word: UInt32, _ reader: inout ByteReader, _ timestampColumn: Int
    ) throws(ByteError) -> TimeToLive? {
        let at = reader.byteOffset
        let number = word & ~(timeToLiveFlag | sparseLookupFlag)
        guard word & timeToLiveFlag == 0 else {
            return TimeToLive(column: Int(number), microseconds: try reader.readInt64())
        }
        guard number > 0 else { return nil }
        let longest = TimeToLive.maximumMicroseconds / CivilTime.microsecondsPerDay
        guard timestampColumn >= 0, Int64(number) <= longest else {
            throw .invalid("time to live", byteOffset: at)
        }
        return .days(Int64(number), column: timestampColumn)
    }

    private static func readSparseLookups(
        _ word: UInt32, _ reader: inout ByteReader
    ) throws(ByteError) -> [SparseLookup] {
        guard word & sparseLookupFlag != 0 else { return [] }
        var lookups: [SparseLookup] = []
        for _ in 0..<(try reader.readCount(limit: maximumColumnCount)) {
            let at = reader.byteOffset
            let column = Int(try reader.readUInt32())
            guard case .varchar(let value) = try Value(from: &reader) else {
                throw .invalid("value of a look-up", byteOffset: at)
            }
            lookups.append(SparseLookup(column: column, value: value))
        }
        return lookups
    }

    private static func readPositions(_ reader: inout ByteReader) throws(ByteError) -> [Int] {
        try readPositions(&reader, count: try reader.readUInt32())
    }

    private static func readPositions(
        _ reader: inout ByteReader, count: UInt32
    ) throws(ByteError) -> [Int] {
        guard count <= UInt32(maximumColumnCount) else {
            throw .invalid("number of columns", byteOffset: reader.byteOffset)
        }
        var positions: [Int] = []
        for _ in 0..<count { positions.append(Int(try reader.readUInt32())) }
        return positions
    }

    /// The unique columns, or the primary key with what belongs to it.
    private static func readKey(
        _ reader: inout ByteReader
    ) throws(ByteError) -> (unique: [Int], primary: [Int], version: Int?, isMerge: Bool) {
        let count = try reader.readUInt32()
        guard count & primaryKeyFlag != 0 else {
            return (try readPositions(&reader, count: count), [], nil, false)
        }
        let primary = try readPositions(&reader, count: count & ~primaryKeyFlag)
        let version = Int(try reader.readUInt32())
        let mode = try reader.readUInt8()
        guard mode <= 1 else { throw .invalid("mode of a table", byteOffset: reader.byteOffset) }
        return ([], primary, version == 0 ? nil : version - 1, mode == 1)
    }
}
