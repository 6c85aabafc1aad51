import Segments

/// A condition on a column of codes, decided for each of them.
///
/// Where rows are grouped by that column, it is decided for groups and for no row.
struct CodeCondition {
    /// The column's index in the batch.
    let column: Int
    let dictionary: StringDictionary
    /// The truth of each code, and behind them of NULL.
    let truths: [UInt8]
}
