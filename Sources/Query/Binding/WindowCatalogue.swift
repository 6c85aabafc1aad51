import Segments

/// One window function: its names, what it takes, and its line in the docs.
struct WindowEntry: Sendable {
    /// Spellings in capitals; the first is the one of the docs.
    var names: [String]
    /// Behind the name in errors and docs.
    var signature: String
    /// One sentence for the docs.
    var summary: String
    /// Which one.
    var function: WindowCall.Function
    /// How many arguments there may be.
    var count: ClosedRange<Int>

    /// Whether it makes no sense without an order.
    var needsOrder: Bool {
        switch function {
        case .rowNumber, .firstValue, .lastValue, .nthValue, .aggregate: false
        default: true
        }
    }

    /// Whether it looks at the frame.
    var takesFrame: Bool {
        switch function {
        case .firstValue, .lastValue, .nthValue, .aggregate: true
        default: false
        }
    }
}

/// All window functions that are no aggregates. `docs/sql.md` lists the same ones; a test compares
/// them.
enum WindowCatalogue {
    /// In the order of the docs.
    static let entries: [WindowEntry] = [
        WindowEntry(
            names: ["ROW_NUMBER"], signature: "()", summary: "The row's position, from 1.",
            function: .rowNumber, count: 0...0),
        WindowEntry(
            names: ["RANK"], signature: "()",
            summary: "The position of the first row that is equal in order.", function: .rank,
            count: 0...0),
        WindowEntry(
            names: ["DENSE_RANK"], signature: "()", summary: "As RANK, without gaps.",
            function: .denseRank, count: 0...0),
        WindowEntry(
            names: ["PERCENT_RANK"], signature: "()",
            summary: "(RANK - 1) / (rows - 1), 0 for a single row.", function: .percentRank,
            count: 0...0),
        WindowEntry(
            names: ["CUME_DIST"], signature: "()",
            summary: "The share of rows up to the last that is equal in order.",
            function: .cumulativeDistribution, count: 0...0),
        WindowEntry(
            names: ["NTILE"], signature: "(count)",
            summary: "The number, from 1, of the row's part of `count` parts of almost equal size.",
            function: .tile, count: 1...1),
        WindowEntry(
            names: ["LAG"], signature: "(value[, rows[, otherwise]])",
            summary: "`value` so many rows (1) before, NULL or `otherwise` where there is none.",
            function: .lag, count: 1...3),
        WindowEntry(
            names: ["LEAD"], signature: "(value[, rows[, otherwise]])",
            summary: "`value` so many rows (1) behind, NULL or `otherwise` where there is none.",
            function: .lead, count: 1...3),
        WindowEntry(
            names: ["FIRST_VALUE"], signature: "(value)",
            summary: "`value` of the first row of the frame.", function: .firstValue, count: 1...1),
        WindowEntry(
            names: ["LAST_VALUE"], signature: "(value)",
            summary: "`value` of the last row of the frame.", function: .lastValue, count: 1...1),
        WindowEntry(
            names: ["NTH_VALUE"], signature: "(value, position)",
            summary: "`value` of the row at `position`, from 1, of the frame.",
            function: .nthValue, count: 2...2),
    ]

    /// Every spelling.
    static let allNames = entries.flatMap(\.names)

    /// The function called `name`, in any case.
    static func entry(named name: String) -> WindowEntry? {
        let upper = name.uppercased()
        return entries.first { $0.names.contains(upper) }
    }
}
