import Segments

/// The rows that may have one of a scan's keys, in all segments of the table that have an index of
/// them: asked once for a query, key by key, before any segment is looked at by itself.
struct ScanKeys {
    /// The column of the keys.
    let columnName: String
    private let rows: [SegmentID: [Int32]]
    /// Segments older than the index.
    private let unindexed: Set<SegmentID>

    /// Longer lists of keys are cheaper to scan for.
    static let maximumKeyCount = 1_000

    /// The rows of the first condition that demands keys; `nil` where none does, or where some
    /// segment cannot be opened: whoever needs that one says so.
    init?(_ conditions: [BoundExpression], _ scan: TableScan, in table: TableSnapshot) {
        let indexed = table.schema.keyIndexColumns.map { table.schema.columns[$0].id }
        for condition in conditions {
            guard let (index, keys) = condition.demandedKeys, keys.count <= Self.maximumKeyCount,
                scan.path(index) == nil, indexed.contains(scan.definition(index).id)
            else { continue }
            let column = scan.definition(index)
            do throws(SegmentError) {
                let directory = try table.keys.column(column.id)
                var rows: [SegmentID: [Int32]] = [:]
                let probes = keys.compactMap { KeyProbe($0) }
                for candidate in try directory.candidates(of: probes) {
                    rows[candidate.reader.entry.id] = Self.ascending(candidate.rows)
                }
                self.rows = rows
                unindexed = Set(directory.unindexed.map(\.entry.id))
                columnName = column.name
                return
            } catch {
                return nil
            }
        }
        return nil
    }

    /// Different keys may name the same row.
    private static func ascending(_ rows: [Int]) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(rows.count)
        for row in rows.sorted() {
            let row = Int32(truncatingIfNeeded: row)
            if row != result.last { result.append(row) }
        }
        return result
    }

    /// The rows of a segment that may have one of the keys; `nil` where its index was not asked.
    func rows(of segment: SegmentID) -> [Int32]? {
        rows[segment] ?? (unindexed.contains(segment) ? nil : [])
    }
}

extension BoundExpression {
    /// The values of which a column must have one, where the condition says so.
    var demandedKeys: (index: Int, keys: [Value])? {
        switch self {
        case .compare(.equal, .column(let index, _), .literal(let value, _)),
            .compare(.equal, .literal(let value, _), .column(let index, _)):
            (index, value.isNull ? [] : [value])
        case .inList(.column(let index, _), let values, _): (index, Array(values))
        default: nil
        }
    }
}
