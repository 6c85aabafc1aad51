import Segments

/// Writes a table's schema as the CREATE TABLE that makes it.
public enum SchemaPrinter {
    /// The statement, one column a line; parsed and bound it gives an equal schema.
    public static func createTable(_ schema: TableSchema) -> String {
        func names(_ positions: [Int]) -> String {
            positions.map { name(schema.columns[$0].name) }.joined(separator: ", ")
        }
        var elements = schema.visibleColumns.map { column in
            "  \(name(column.name)) \(column.type)" + (column.isNullable ? "" : " NOT NULL")
                + (column.defaultValue.isNull ? "" : " DEFAULT " + literal(column.defaultValue))
        }
        if !schema.uniqueColumns.isEmpty {
            elements.append("  UNIQUE (\(names(schema.uniqueColumns)))")
        }
        if schema.isStateTable {
            let version = schema.versionColumn.map { " VERSION BY " + names([$0]) } ?? ""
            elements.append("  PRIMARY KEY (\(names(schema.primaryKey)))" + version)
        }
        var text = "CREATE TABLE \(name(schema.name)) (\n\(elements.joined(separator: ",\n"))\n)"
        if let timestamp = schema.timestampColumn {
            text += "\nTIMESTAMP (\(names([timestamp])))"
            text += "\nPARTITION BY \(schema.granularity.rawValue)"
        }
        if !schema.clusterColumns.isEmpty {
            text += "\nCLUSTER BY (\(names(schema.clusterColumns)))"
        }
        if !schema.lookupColumns.isEmpty { text += "\nLOOKUP (\(names(schema.lookupColumns)))" }
        for lookup in schema.sparseLookups {
            let column = names([lookup.column])
            text += "\nLOOKUP (\(column)) WHERE \(column) = \(literal(.varchar(lookup.value)))"
        }
        if let live = schema.timeToLive { text += "\nTTL " + self.text(of: live, in: schema) }
        let mode = schema.isMerge ? ", mode = 'merge'" : ""
        return text + "\nWITH (unknown_fields = '\(schema.unknownFields.rawValue)'\(mode))"
    }

    /// What stands behind TTL: the longest unit that counts it out.
    private static func text(of live: TimeToLive, in schema: TableSchema) -> String {
        let units: [(name: String, length: Int64)] = [
            ("DAYS", CivilTime.microsecondsPerDay), ("HOURS", CivilTime.microsecondsPerHour),
            ("MINUTES", CivilTime.microsecondsPerMinute),
            ("SECONDS", CivilTime.microsecondsPerSecond),
        ]
        let unit = units.first { live.microseconds % $0.length == 0 } ?? units[3]
        let time = "\(live.microseconds / unit.length) \(unit.name)"
        if live.column == schema.timestampColumn, live.microseconds > 0 { return time }
        return "(\(name(schema.columns[live.column].name)))"
            + (live.microseconds > 0 ? " + " + time : "")
    }

    /// A name, quoted where it must be.
    static func name(_ name: String) -> String {
        let isPlain =
            name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (byte | 0x20) &- UInt8(ascii: "a") < 26
                    || byte &- UInt8(ascii: "0") < 10
            } && name.utf8.first.map { !($0 &- UInt8(ascii: "0") < 10) } == true
        let isFree = Keyword(upperCased: name.uppercased())?.isReserved != true
        return isPlain && isFree ? name : SyntaxPrinter.quoted(name, "\"")
    }

    /// A constant as SQL.
    static func literal(_ value: Value) -> String {
        switch value {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .bigint(let value): String(value)
        case .double(let value): SyntaxPrinter.literal(.double(value))
        case .decimal(let value): value.description
        case .varchar(let text), .json(let text): SyntaxPrinter.quoted(text.string, "'")
        case .timestamp: "TIMESTAMP '\(value)'"
        case .date: "DATE '\(value)'"
        case .array(let elements):
            "ARRAY[" + elements.map(literal).joined(separator: ", ") + "]"
        }
    }
}
