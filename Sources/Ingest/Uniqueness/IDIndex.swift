import Segments

/// What is known of a table's published ids: runs that follow each other from the first log
/// position on.
///
/// ∀ row in a segment whose `lastLSN` is at most `coveredLSN`: its id is in one of `runs`. An id
/// that is in none is therefore new, or in a younger segment, which is asked itself. Ids are never
/// taken out: what compaction or retention do to rows makes no run wrong, only more careful than
/// need be.
struct IDIndex {
    /// Every id of a row up to here is in `runs`.
    private(set) var coveredLSN: UInt64 = 0
    /// By ascending position; few, since their sizes fall off by half.
    private(set) var runs: [IDRun] = []

    /// Hashes in all runs.
    var idCount: Int { runs.reduce(0) { $0 + $1.count } }
    /// Bytes of all runs, most of them mapped files.
    var byteCount: Int { runs.reduce(0) { $0 + $1.byteCount } }

    /// Adds the run behind the others.
    mutating func append(_ run: IDRun) {
        precondition(run.facts.afterLSN == coveredLSN && run.facts.throughLSN > coveredLSN)
        runs.append(run)
        coveredLSN = run.facts.throughLSN
    }

    /// Puts one run in the place of several that it holds.
    mutating func replace(_ range: Range<Int>, with run: IDRun) {
        precondition(
            runs[range.lowerBound].facts.afterLSN == run.facts.afterLSN
                && runs[range.upperBound - 1].facts.throughLSN == run.facts.throughLSN)
        runs.replaceSubrange(range, with: [run])
    }

    // MARK: Policy

    /// The newest runs, as far back as none has more than twice the ids of those behind it: they
    /// become one file. So each run has twice the ids of the next, and an id is written again
    /// log₂(all / those of a seal) times.
    ///
    /// - Returns: `nil` where nothing is to be done: sizes fall off, and all runs are files.
    func due(maximumCount: Int = maximumRunCount) -> Range<Int>? {
        guard let last = runs.indices.last else { return nil }
        var first = last
        var count = runs[last].count
        let firstInMemory = runs.firstIndex { $0.path == nil } ?? runs.count
        while first > 0, count + runs[first - 1].count <= maximumCount,
            runs[first - 1].count <= 2 * count || firstInMemory < first
        {
            first -= 1
            count += runs[first].count
        }
        return first == last && runs[last].path != nil ? nil : first..<last + 1
    }

    /// The most ids of one run.
    static let maximumRunCount = 1 << 30

    /// Whether most ids are those of rows that are gone, so that the runs are better made anew.
    func isMostlyGone(rowCount: Int) -> Bool {
        idCount > 2 * rowCount + Self.smallCount
    }

    private static let smallCount = 1 << 20

    // MARK: Asking

    /// The rows whose ids may be in the runs, ascending; every other id is not.
    ///
    /// Runs and rows whose bounds do not meet are passed over: of ids that ascend with time hardly
    /// any is asked.
    ///
    /// - Parameters:
    ///   - hashes: Those of `ids`, one a row.
    ///   - isAsked: Which rows to ask for.
    /// - Complexity: O(rows); of those that are asked, two or three cache lines a run.
    func rows(
        of ids: Column, hashes: [UInt64], where isAsked: (Int) -> Bool
    ) throws(SegmentError) -> [Int32] {
        guard !runs.isEmpty else { return [] }
        precondition(ids.count <= 1 << IDHash.freeBits && hashes.count == ids.count)
        let prefixes = KeyProbe.prefixes(of: ids)
        let bounds = KeyBounds(of: prefixes)
        let asked = runs.filter { $0.facts.bounds.overlaps(bounds) }
        if asked.isEmpty { return [] }
        let zones = asked.map(\.facts.bounds)
        // A row's number stands where its hash is not looked at.
        let rowMask = (1 as UInt64) << UInt64(IDHash.freeBits) - 1
        var keys: [UInt64] = []
        for row in prefixes.indices where isAsked(row) {
            for zone in zones where zone.contains(prefixes[row]) {
                keys.append(hashes[row] & ~rowMask | UInt64(row))
                break
            }
        }
        IDHash.order(&keys)
        var found: [UInt64] = []
        for run in asked { try run.appendMatches(of: keys.span, to: &found) }
        var rows: [Int32] = []
        for row in found.map({ $0 & rowMask }).sorted()
        where rows.last.map({ $0 != Int32(row) }) ?? true {
            rows.append(Int32(row))
        }
        return rows
    }
}

/// What ids cost at the moment, of all tables.
public struct IDMemory: Hashable, Sendable {
    /// Bytes of the tables in memory that hold the ids of live rows.
    public var liveByteCount = 0
    /// Ids in runs.
    public var idCount = 0
    /// Runs that are asked.
    public var runCount = 0
    /// Bytes of runs: mapped files but for those that are about to be written.
    public var runByteCount = 0
}
