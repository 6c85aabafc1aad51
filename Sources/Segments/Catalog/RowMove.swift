/// Where the rows of some live batches or segments are once a publication has put them into new
/// segments: what carries deaths over that nobody knew of when the segments were written.
///
/// ```
/// parts:    batch 7 │ batch 9, rows 0 2 5 │ segment 31     one behind the other: positions 0, 1, …
/// order:    position of each row of the outputs
/// outputs:  segment 40 │ segment 41                         one behind the other
/// ```
public struct RowMove: Sendable {
    /// What a row was in.
    public enum Input: Hashable, Sendable {
        case segment(SegmentID)
        /// A live batch, by its first log position.
        case live(firstLSN: UInt64)
    }

    /// Rows of one input.
    public struct Part: Sendable {
        let input: Input
        /// Ascending; `nil` for all of them.
        let rows: [Int32]?
        let rowCount: Int

        /// Some rows of an input, ascending, or the first `rowCount` of it.
        public init(_ input: Input, rows: [Int32]? = nil, rowCount: Int) {
            precondition(rows.map { $0.count == rowCount } ?? true)
            self.input = input
            self.rows = rows
            self.rowCount = rowCount
        }

        /// Where a row of the input stands among these; `nil` where it is not one of them.
        func position(of row: UInt32) -> Int? {
            guard let rows else { return Int(row) < rowCount ? Int(row) : nil }
            let index = rows.partitioningIndex { $0 >= Int32(bitPattern: row) }
            return index < rows.count && rows[index] == Int32(bitPattern: row) ? index : nil
        }
    }

    private let parts: [Part]
    private let order: [Int32]?
    private let outputs: [(segment: SegmentID, rowCount: Int)]

    /// A move of all rows of `parts`.
    ///
    /// - Parameter order: For each row of the outputs, one behind the other, its position in the
    ///   parts, one behind the other; `nil` where both are the same.
    public init(
        _ parts: [Part], order: [Int32]?, outputs: [(segment: SegmentID, rowCount: Int)]
    ) {
        let count = parts.reduce(0) { $0 + $1.rowCount }
        precondition(outputs.reduce(0) { $0 + $1.rowCount } == count, "every row goes somewhere")
        precondition(order.map { $0.count == count } ?? true)
        self.parts = parts
        self.order = order
        self.outputs = outputs
    }

    /// What the rows come from.
    var inputs: [Input] { parts.map(\.input) }

    /// The dead rows of the outputs, given those of the inputs: rows that were left out are gone.
    ///
    /// - Complexity: O(dead rows · log rows), and O(rows) where there are any.
    func carried(_ dead: (Input) -> DeadRows?) -> [SegmentID: DeadRows] {
        var members: [SegmentID: [UInt32]] = [:]
        var kills: [SegmentID: [Kill]] = [:]
        var forgottenLSN: UInt64 = 0
        var places: [Int32]?
        var first = 0
        for part in parts {
            defer { first += part.rowCount }
            guard let dead = dead(part.input), dead.count > 0 else { continue }
            forgottenLSN = max(forgottenLSN, dead.forgottenLSN)
            let known = places ?? inverseOrder
            places = known
            func place(_ row: UInt32) -> (segment: SegmentID, row: UInt32)? {
                part.position(of: row).map { output(at: Int(known[first + $0])) }
            }
            for row in dead.rows.members {
                if let place = place(row) { members[place.segment, default: []].append(place.row) }
            }
            for kill in dead.history.kills {
                if let place = place(kill.row) {
                    kills[place.segment, default: []].append(Kill(row: place.row, lsn: kill.lsn))
                }
            }
        }
        return members.reduce(into: [:]) { result, entry in
            result[entry.key] = DeadRows(
                rows: RoaringBitmap(anyOrder: entry.value),
                history: KillHistory(kills[entry.key] ?? [], forgottenLSN: forgottenLSN))
        }
    }

    /// For each position in the parts, the row of the outputs.
    private var inverseOrder: [Int32] {
        let count = parts.reduce(0) { $0 + $1.rowCount }
        guard let order else { return (0..<count).map { Int32(truncatingIfNeeded: $0) } }
        var inverse = [Int32](repeating: 0, count: count)
        for (row, position) in order.enumerated() {
            inverse[Int(position)] = Int32(truncatingIfNeeded: row)
        }
        return inverse
    }

    private func output(at row: Int) -> (segment: SegmentID, row: UInt32) {
        var first = 0
        for output in outputs {
            if row < first + output.rowCount {
                return (output.segment, UInt32(truncatingIfNeeded: row - first))
            }
            first += output.rowCount
        }
        preconditionFailure("row \(row) is in no output")
    }
}
