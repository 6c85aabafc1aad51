import Segments

/// Writes a rollup as the CREATE ROLLUP that makes it.
public enum RollupPrinter {
    /// The statement; parsed and bound it gives an equal rollup.
    public static func createRollup(_ rollup: Rollup, of table: TableSchema) -> String {
        let keys = rollup.dimensions.map { dimension($0, table) }
        let measures =
            ["COUNT(*)"]
            + rollup.measures.map { "\($0.function.name)(\(name($0.columnID, table)))" }
        let positions = (1...max(1, keys.count)).map(String.init).joined(separator: ", ")
        var text =
            "CREATE ROLLUP \(SchemaPrinter.name(rollup.name)) ON \(SchemaPrinter.name(table.name))"
            + " AS\nSELECT \((keys + measures).joined(separator: ", "))\nGROUP BY \(positions)"
        if !rollup.clusterDimensions.isEmpty {
            let names = rollup.clusterDimensions.map { column(rollup.dimensions[$0], table) }
            text += "\nCLUSTER BY (\(names.joined(separator: ", ")))"
        }
        return text
    }

    /// A dimension as SQL.
    static func dimension(_ dimension: Rollup.Dimension, _ table: TableSchema) -> String {
        let column = column(dimension, table)
        guard case .time(let step) = dimension else { return column }
        return "TIME_FLOOR(\(column), '\(period(step))')"
    }

    private static func column(_ dimension: Rollup.Dimension, _ table: TableSchema) -> String {
        switch dimension {
        case .column(let id): name(id, table)
        case .time: SchemaPrinter.name(table.timestampColumn.map { table.columns[$0].name } ?? "")
        }
    }

    private static func name(_ columnID: UInt32, _ table: TableSchema) -> String {
        SchemaPrinter.name(table.column(id: columnID)?.name ?? "")
    }

    /// A step of whole seconds as an ISO 8601 period.
    static func period(_ microseconds: Int64) -> String {
        let units: [(Int64, String)] = [
            (CivilTime.microsecondsPerDay, "P%D"), (CivilTime.microsecondsPerHour, "PT%H"),
            (CivilTime.microsecondsPerMinute, "PT%M"),
        ]
        for (length, form) in units where microseconds % length == 0 {
            return form.replacing("%", with: String(microseconds / length))
        }
        return "PT\(microseconds / CivilTime.microsecondsPerSecond)S"
    }
}
