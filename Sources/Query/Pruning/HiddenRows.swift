import Segments

/// Rows of a segment or of a live batch that a query must not see.
struct HiddenRows: Sendable {
    let dead: DeadRows

    /// What is hidden of a segment or live batch with dead rows; `nil` for nothing.
    init?(_ dead: DeadRows?) {
        guard let dead, dead.count > 0 else { return nil }
        self.dead = dead
    }

    /// How many of the rows in a range are dead.
    func deadCount(in range: Range<Int>) -> Int { dead.rows.count(in: range) }

    /// Which rows of a range are to be seen.
    func visible(in range: Range<Int>) -> Truth {
        var truths = [UInt8](repeating: Truth.yes, count: range.count)
        for row in dead.rows.members(in: range) {
            truths[Int(row) - range.lowerBound] = Truth.no
        }
        return .rows(truths)
    }
}
