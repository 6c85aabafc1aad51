import Segments

/// Rows of a segment or of a live batch that a query must not see: dead ones, and those that have
/// expired when it began.
struct HiddenRows: Sendable {
    let dead: DeadRows?
    /// Where some rows have expired, and some have not.
    let expiry: RowExpiry?

    /// `nil` for nothing.
    init?(_ dead: DeadRows?, _ expiry: RowExpiry?) {
        let dead = dead.flatMap { $0.count > 0 ? $0 : nil }
        guard dead != nil || expiry != nil else { return nil }
        self.dead = dead
        self.expiry = expiry
    }

    /// How many of the rows in a range are dead.
    func deadCount(in range: Range<Int>) -> Int { dead?.rows.count(in: range) ?? 0 }

    /// Which rows of a range are to be seen.
    ///
    /// - Parameter times: The column that says when they expire, of these rows.
    func visible(in range: Range<Int>, _ times: Column?) -> Truth {
        var truths = [UInt8](repeating: Truth.yes, count: range.count)
        for row in dead?.rows.members(in: range) ?? [] {
            truths[Int(row) - range.lowerBound] = Truth.no
        }
        hideExpired(times, &truths)
        return .rows(truths)
    }

    /// Which of so many living rows are to be seen; `nil` for all.
    func visible(_ times: Column) -> Truth {
        var truths = [UInt8](repeating: Truth.yes, count: times.count)
        hideExpired(times, &truths)
        return .rows(truths)
    }

    private func hideExpired(_ times: Column?, _ truths: inout [UInt8]) {
        guard let expiry, let times, case .integers(let values) = times.values else { return }
        let (source, cutoff) = (values.span, expiry.cutoff)
        var expired = [UInt8](repeating: 0, count: source.count)
        var output = expired.mutableSpan
        precondition(source.count == truths.count && output.count == source.count)
        for row in 0..<source.count { output[row] = source[row] <= cutoff ? 1 : 0 }
        let unknown = Truth.rows(expired).with(0, where: times.validity)
        guard case .rows(let gone) = unknown else { return }
        let left = gone.span
        var result = truths.mutableSpan
        for row in 0..<result.count { result[row] &= left[row] ^ 1 }
    }
}
