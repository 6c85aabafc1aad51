/// Writes the rollup of one segment: a segment file of its own, made of the segment's file.
///
/// The same segment gives the same bytes, always, but for the number. The rows written hold exactly
/// what the segment's control totals say, or nothing is written.
public struct RollupWriter {
    private let fileSystem: any FileSystem

    /// A writer into `fileSystem`, for one thread at a time.
    public init(fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Reads a segment and writes its rollup. After an error the file may exist in part.
    ///
    /// - Parameters:
    ///   - source: A segment of the rollup's table; it need not be published yet.
    ///   - table: The rollup's table.
    ///   - id: A number that the catalog gave.
    /// - Returns: What the manifest says about the file.
    public func write(
        _ rollup: Rollup, of source: SegmentReader, table: TableSchema, as id: SegmentID
    ) throws(SegmentError) -> SegmentEntry {
        let rows = try Self.rows(rollup, of: source, table: table)
        let source = source.entry
        var entry = try SegmentWriter(fileSystem: fileSystem).write(
            rows, schema: rollup.schema(of: table),
            as: SegmentDescription(
                id: id, chunk: source.chunk, level: source.level, firstLSN: source.firstLSN,
                lastLSN: source.lastLSN))
        entry.sourceID = source.id
        return entry
    }

    /// The rows of a segment's rollup, compared with the segment's control totals.
    static func rows(
        _ rollup: Rollup, of reader: SegmentReader, table: TableSchema
    ) throws(SegmentError) -> RowBatch {
        let aggregation = RollupAggregation(rollup, table: table)
        var columns: [Column] = []
        for definition in aggregation.columns {
            var parts: [Column] = []
            for block in 0..<reader.blockCount {
                parts.append(try reader.column(definition, block: block))
            }
            columns.append(Column.concatenating(parts, type: definition.type))
        }
        let batch = RowBatch(rowCount: reader.rowCount, columns: columns)
        guard let rows = aggregation.rows(of: batch) else {
            throw .limit(
                path: reader.path, what: "bits of a sum in rollup \(rollup.name)", limit: 64,
                found: 128)
        }
        try compare(rows, rollup, reader)
        return rows
    }

    /// Counts and sums in equal counts and sums out.
    private static func compare(
        _ rows: RowBatch, _ rollup: Rollup, _ reader: SegmentReader
    ) throws(SegmentError) {
        func check(_ what: String, _ column: Int, _ expected: Int128) throws(SegmentError) {
            let found = total(rows.columns[column])
            guard found != expected else { return }
            throw .damaged(
                SegmentDamage(
                    path: reader.path, byteOffset: 0,
                    expected: "\(what) of \(expected) in rollup \(rollup.name)",
                    found: "\(found)"))
        }
        let totals = reader.entry.totals
        try check("a row count", rollup.rowsColumn, Int128(totals.rowCount))
        for measure in rollup.measures {
            guard let sum = totals.sums.first(where: { $0.columnID == measure.columnID }),
                let column = rollup.column(of: measure)
            else { continue }
            switch measure.function {
            case .count: try check("a value count", column, Int128(sum.valueCount))
            case .sum: try check("a sum", column, sum.sum)
            case .minimum, .maximum: break
            }
        }
    }

    /// The wrapping sum of a column.
    private static func total(_ column: Column) -> Int128 {
        switch column.values {
        case .integers(let values): values.reduce(0) { $0 &+ Int128($1) }
        case .wideIntegers(let values): values.reduce(0, &+)
        default: 0
        }
    }
}

/// Makes a segment's rollup again and compares.
public enum RollupCheck {
    /// What is wrong with a rollup beyond what `SegmentCheck` finds; nothing where it is sound.
    public static func findings(
        fileSystem: any FileSystem, entry: SegmentEntry, of source: SegmentEntry, rollup: Rollup,
        table: TableSchema
    ) -> [SegmentFinding] {
        do throws(SegmentError) {
            let reader = try SegmentReader(fileSystem: fileSystem, entry: source)
            let rows = try RollupWriter.rows(rollup, of: reader, table: table)
            let expected = ControlTotals(of: rows, schema: rollup.schema(of: table))
            guard expected != entry.totals else { return [] }
            return [
                SegmentFinding(
                    path: entry.path,
                    message: "rollup \(rollup.name) is not that of \(source.path)")
            ]
        } catch {
            return [SegmentFinding(path: entry.path, message: error.description)]
        }
    }
}
