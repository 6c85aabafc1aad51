import Segments

/// Conditions on values at paths of one JSON column, decided together for each text of the column's
/// dictionary: a row's code is looked up once for all of them.
///
/// Belongs to one worker: remembers what it learned of the last dictionary.
final class EntryConditions {
    private let conditions: [Evaluator]
    private var known: (dictionaries: [StringDictionary], truths: CodeTruths)?

    /// What some conditions give together.
    struct Joined {
        let truth: Truth
        /// Which of the conditions they are.
        let indices: [Int]
    }

    init(_ conditions: [Evaluator]) { self.conditions = conditions }

    /// The truth of condition `first` and all behind it that are on paths of the same JSON column;
    /// `nil` where it is on none or alone, or the column's rows have no codes.
    func truth(_ batch: Batch, from first: Int) throws(QueryError) -> Joined? {
        var found: [(index: Int, entries: Column)] = []
        var column: Int?
        for index in first..<conditions.count {
            guard let path = conditions[index].liftedColumn,
                let part = try batch.entrySource(path), part.codes == column ?? part.codes
            else {
                if index == first { return nil }
                continue
            }
            column = part.codes
            found.append((index, part.entries))
        }
        guard let column, found.count > 1,
            let truths = try truths(found, batch.columnCount)
        else { return nil }
        let codes = try batch.column(column)
        guard case .codes(let rows, _) = codes.values else { return nil }
        return Joined(truth: truths.truths(rows, codes.validity), indices: found.map(\.index))
    }

    /// The truth of each text of the dictionary, and behind them for NULL.
    private func truths(
        _ found: [(index: Int, entries: Column)], _ columnCount: Int
    ) throws(QueryError) -> CodeTruths? {
        var dictionaries: [StringDictionary] = []
        for (_, entries) in found {
            // A path has its dictionary for itself, so that this one stands for the path's entries.
            guard case .codes(_, let dictionary) = entries.values else { return nil }
            dictionaries.append(dictionary)
        }
        if let known, known.dictionaries.elementsEqual(dictionaries, by: ===) {
            return known.truths
        }
        var truth = Truth.constant(Truth.yes)
        for (index, entries) in found {
            let condition = conditions[index]
            guard let table = try condition.entryTable(entries, columnCount) else { return nil }
            truth = Truth.and(truth, .rows(table))
        }
        guard case .rows(let table) = truth else { return nil }
        let truths = CodeTruths(table)
        known = (dictionaries, truths)
        return truths
    }
}
