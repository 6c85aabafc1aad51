/// When rows died, for as long as that is worth remembering.
///
/// Runs by ascending log position whose sizes fall off geometrically: n appends copy each death
/// O(log n) times, a copy of the history is O(log n) references, and what is oldest can be
/// forgotten run by run.
struct KillHistory: Sendable {
    /// Runs are joined up to this many deaths, so that forgetting has something to let go of.
    static let joinedCount = 65_536

    /// Consecutive deaths.
    private final class Run: Sendable {
        let kills: [Kill]

        init(_ kills: [Kill]) { self.kills = kills }

        var lastLSN: UInt64 { kills[kills.count - 1].lsn }
    }

    private var runs: [Run] = []
    /// Every death after this position is here.
    private(set) var forgottenLSN: UInt64

    /// Nothing remembered; deaths up to a position may have happened.
    init(forgottenLSN: UInt64) { self.forgottenLSN = forgottenLSN }

    /// Deaths after a position, all that there were.
    init(_ kills: [Kill], forgottenLSN: UInt64) {
        self.forgottenLSN = forgottenLSN
        append(kills)
    }

    /// How many deaths are remembered. O(log deaths).
    var count: Int { runs.reduce(0) { $0 + $1.kills.count } }

    /// All of them, by ascending position.
    var kills: [Kill] { runs.flatMap(\.kills) }

    /// Adds deaths of one step; none lies before what is here.
    mutating func append(_ kills: [Kill]) {
        guard !kills.isEmpty else { return }
        let ordered = kills.sorted { $0.lsn < $1.lsn }
        precondition(runs.last.map { $0.lastLSN <= ordered[0].lsn } ?? true, "deaths go on")
        runs.append(Run(ordered))
        while runs.count > 1 {
            let last = runs[runs.count - 1].kills
            let before = runs[runs.count - 2].kills
            guard before.count <= 2 * last.count, before.count + last.count <= Self.joinedCount
            else { break }
            runs.removeLast(2)
            runs.append(Run(before + last))
        }
    }

    /// The history as of a position, and the rows that died after it.
    func split(after lsn: UInt64) -> (earlier: KillHistory, later: [UInt32]) {
        var earlier = self
        var later: [UInt32] = []
        while let run = earlier.runs.last, run.lastLSN > lsn {
            earlier.runs.removeLast()
            let first = run.kills.partitioningIndex { $0.lsn > lsn }
            later += run.kills[first...].map(\.row)
            if first > 0 { earlier.runs.append(Run(Array(run.kills[..<first]))) }
        }
        return (earlier, later)
    }

    /// Forgets deaths up to a position, a run at a time.
    mutating func forget(upTo lsn: UInt64) {
        guard lsn > forgottenLSN else { return }
        forgottenLSN = lsn
        runs.removeAll { $0.lastLSN <= lsn }
    }
}
