import Segments

/// Finds the rows of a segment that satisfy conditions by the code indexes of its columns, and by
/// the column that orders its rows.
///
/// A condition over one column with codes is a set of codes, which the index turns into rows; AND
/// intersects, OR unites. NOT and everything else over a single column is decided per entry of the
/// dictionary, NULL included, so that three-valued logic stays exact. What cannot be found this way
/// is left to a scan.
struct CodeFilter {
    let reader: SegmentReader
    let scan: TableScan
    /// More rows than this are read faster than picked.
    let limit: Int

    /// Rows that may satisfy a condition.
    struct Found {
        /// No other row does.
        var rows: RoaringBitmap
        /// Whether each of `rows` does for sure.
        var isExact: Bool
        /// Names of the columns, or column and path, whose index was used.
        var columns: Set<String>
    }

    /// Rows are picked where at most one in so many is. Beyond, whole blocks are decoded anyway.
    static let pickedShare = 8

    /// Longer lists are looked up code by code in a scan.
    private static let maximumListCount = 1_000

    /// The rows that satisfy `condition`; `nil` where the indexes do not tell, or too many rows do.
    func rows(_ condition: BoundExpression) throws(SegmentError) -> Found? {
        switch condition {
        case .and(let operands): return try all(operands)
        case .or(let operands): return try any(operands)
        case .isTruth(true, let operand): return try rows(operand)
        case .compare(.equal, .column(let index, _), .literal(let value, _)),
            .compare(.equal, .literal(let value, _), .column(let index, _)):
            return try rows(index, value.isNull ? [] : [value])
        case .inList(.column(let index, _), let values, _):
            return values.count <= Self.maximumListCount ? try rows(index, Array(values)) : nil
        case .column(let index, .boolean): return try rows(index, [.boolean(true)])
        case .not(.column(let index, .boolean)), .isTruth(false, .column(let index, .boolean)):
            return try rows(index, [.boolean(false)])
        case .call(.arrayContains, let operands, _, _):
            guard case .column(let index, _) = operands[0],
                case .literal(let value, _) = operands[1]
            else { return nil }
            return try rows(index, value.isNull ? [] : [value])
        default: return try entries(condition)
        }
    }

    /// The rows that may satisfy all conditions: those of the ones that can be found.
    func all(_ conditions: [BoundExpression]) throws(SegmentError) -> Found? {
        var result: Found?
        var isExact = true
        for condition in conditions {
            guard let found = try rows(condition) else {
                isExact = false
                continue
            }
            isExact = isExact && found.isExact
            guard let other = result else {
                result = found
                continue
            }
            result = Found(
                rows: other.rows.intersection(found.rows), isExact: false,
                columns: other.columns.union(found.columns))
        }
        result?.isExact = isExact
        return result
    }

    private func any(_ conditions: [BoundExpression]) throws(SegmentError) -> Found? {
        var parts: [Found] = []
        for condition in conditions {
            guard let found = try rows(condition) else { return nil }
            parts.append(found)
        }
        let rows = RoaringBitmap.union(parts.map(\.rows))
        guard rows.cardinality <= limit else { return nil }
        return Found(
            rows: rows, isExact: parts.allSatisfy(\.isExact),
            columns: parts.reduce(into: []) { $0.formUnion($1.columns) })
    }

    /// The rows that have, or hold, one of `values`.
    private func rows(_ index: Int, _ values: [Value]) throws(SegmentError) -> Found? {
        guard findsRows(index) else { return nil }
        let dictionary = try dictionary(index)
        var codes: [UInt32] = []
        for value in values {
            switch value {
            case .boolean(let truth): codes.append(truth ? 1 : 0)
            case .varchar(let text):
                if let code = dictionary?.code(of: text) { codes.append(code) }
            default: return nil
            }
        }
        return try found(codes, index)
    }

    // MARK: - Columns, and paths of JSON columns

    private func findsRows(_ index: Int) -> Bool {
        guard let path = scan.path(index) else {
            return reader.findsRows(byColumnID: scan.definition(index).id)
        }
        return reader.findsRows(at: path.path, of: scan.table.columns[path.column])
    }

    private func dictionary(_ index: Int) throws(SegmentError) -> StringDictionary? {
        guard let path = scan.path(index) else {
            return try reader.dictionary(columnID: scan.definition(index).id)
        }
        return try reader.dictionary(at: path.path, of: scan.table.columns[path.column])
    }

    private func found(_ codes: [UInt32], _ index: Int) throws(SegmentError) -> Found? {
        let match: CodeMatch?
        let name: String
        if let path = scan.path(index) {
            let column = scan.table.columns[path.column]
            match = try reader.rows(
                withCodes: codes, at: path.path, of: column, limit: limit)
            name = ([column.name] + path.path.map(\.string)).joined(separator: ".")
        } else {
            let column = scan.definition(index)
            match = try reader.rows(withCodes: codes, columnID: column.id, limit: limit)
            name = column.name
        }
        return match.map { Found(rows: $0.rows, isExact: $0.isExact, columns: [name]) }
    }

    // MARK: - Entries

    /// A condition over one column of strings, decided for each entry of its dictionary.
    private func entries(_ condition: BoundExpression) throws(SegmentError) -> Found? {
        let read = condition.columnTypes
        guard read.count == 1, let (index, type) = read.first, type == .varchar,
            findsRows(index), let dictionary = try dictionary(index),
            dictionary.count <= Self.maximumListCount
        else { return nil }
        let evaluator = Evaluator(condition)
        guard !evaluator.canFail,
            let truths = Self.truths(evaluator, dictionary, index, type),
            // Rows without a value are in no index.
            truths[dictionary.count] != Truth.yes
        else { return nil }
        let codes = (0..<UInt32(dictionary.count)).filter { truths[Int($0)] == Truth.yes }
        return try found(codes, index)
    }

    /// The truth of a condition for each entry, and behind them for NULL.
    private static func truths(
        _ evaluator: Evaluator, _ dictionary: StringDictionary, _ index: Int, _ type: LogicalType
    ) -> [UInt8]? {
        let batch = Evaluator.entries(of: dictionary, index, columnCount: index + 1, type)
        do throws(QueryError) {
            switch try evaluator.truth(batch) {
            case .constant(let truth): return [UInt8](repeating: truth, count: batch.rowCount)
            case .rows(let truths): return truths
            }
        } catch {
            // The scan meets the same error, and tells it.
            return nil
        }
    }
}
