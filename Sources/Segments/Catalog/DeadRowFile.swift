/// The dead rows of a segment as a file: a segment of its own, listed beside the one it is of.
///
/// ```
/// row    BIGINT   ascending
/// lsn    BIGINT   the log position at which it died; 0 where that is forgotten
/// ```
///
/// It has the place of a rollup (`SegmentEntry.sourceID`), under a table number that no table has:
/// it is replaced, retired, collected and checked like one. Unlike a rollup it is needed: without
/// it rows would come back.
public enum DeadRowFile {
    /// The number under which manifests list the files.
    static let tableID = TableID(.max)

    private static let schema = TableSchema(
        id: tableID, name: "dead rows",
        columns: [
            ColumnDefinition(id: 1, name: "row", type: .bigint, isNullable: false),
            ColumnDefinition(id: 2, name: "lsn", type: .bigint, isNullable: false),
        ])

    /// Writes the dead rows of a segment.
    ///
    /// - Parameters:
    ///   - dead: At least one row, as of a flush position.
    ///   - flushedLSN: That position.
    ///   - id: A number that the catalog gave.
    /// - Returns: What the manifest says about the file; its first log position is up to where
    ///   deaths are forgotten, its last one is `flushedLSN`.
    static func write(
        _ dead: DeadRows, of source: SegmentEntry, flushedLSN: UInt64, as id: SegmentID,
        in fileSystem: any FileSystem
    ) throws(SegmentError) -> SegmentEntry {
        let rows = dead.rows.members
        var positions = [Int64](repeating: 0, count: rows.count)
        for kill in dead.history.kills {
            positions[dead.rows.rank(below: kill.row)] = Int64(truncatingIfNeeded: kill.lsn)
        }
        let batch = RowBatch(
            rowCount: rows.count,
            columns: [
                Column(type: .bigint, values: .integers(rows.map { Int64($0) })),
                Column(type: .bigint, values: .integers(positions)),
            ])
        var entry = try SegmentWriter(fileSystem: fileSystem).write(
            batch, schema: schema,
            as: SegmentDescription(
                id: id, chunk: source.chunk, level: 0,
                firstLSN: min(dead.forgottenLSN, flushedLSN), lastLSN: flushedLSN))
        entry.sourceID = source.id
        return entry
    }

    /// Reads what `write` wrote, every block of it.
    static func read(
        _ reader: SegmentReader, of source: SegmentEntry
    ) throws(SegmentError) -> DeadRows {
        var rows: [UInt32] = []
        var kills: [Kill] = []
        func damaged(_ found: String) -> SegmentError {
            .damaged(
                SegmentDamage(
                    path: reader.path, byteOffset: 0,
                    expected: "ascending rows below \(source.rowCount)", found: found))
        }
        for block in 0..<reader.blockCount {
            let numbers = try reader.column(schema.columns[0], block: block)
            let positions = try reader.column(schema.columns[1], block: block)
            guard case .integers(let numbers) = numbers.values,
                case .integers(let positions) = positions.values
            else { throw damaged("other columns") }
            for index in numbers.indices {
                guard let row = UInt32(exactly: numbers[index]), row < source.rowCount,
                    rows.last.map({ $0 < row }) ?? true
                else { throw damaged("row \(numbers[index])") }
                rows.append(row)
                if positions[index] != 0 {
                    kills.append(Kill(row: row, lsn: UInt64(bitPattern: positions[index])))
                }
            }
        }
        return DeadRows(
            rows: RoaringBitmap(ascending: rows),
            history: KillHistory(kills, forgottenLSN: reader.entry.firstLSN))
    }

    /// Reads every byte of a file of dead rows.
    ///
    /// - Returns: What is wrong with it; nothing where it is sound.
    public static func findings(
        fileSystem: any FileSystem, entry: SegmentEntry, of source: SegmentEntry
    ) -> [SegmentFinding] {
        let findings = SegmentCheck.findings(fileSystem: fileSystem, entry: entry)
        guard findings.isEmpty else { return findings }
        do throws(SegmentError) {
            _ = try read(try SegmentReader(fileSystem: fileSystem, entry: entry), of: source)
            return []
        } catch {
            return [SegmentFinding(path: entry.path, message: error.description)]
        }
    }
}
