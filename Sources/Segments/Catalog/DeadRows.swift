/// Rows of a segment, or of a live batch, that readers do not see any more: each was replaced by a
/// newer row of its key, or deleted.
///
/// A value: killing rows gives a new set, so that a snapshot keeps the one it was taken with. Of
/// recent deaths it is remembered at which log position they happened, so that an older version can
/// be read again (`undone(after:)`).
public struct DeadRows: Sendable {
    /// Every row that is dead.
    public private(set) var rows: RoaringBitmap
    /// How many rows are dead.
    public private(set) var count: Int
    private(set) var history: KillHistory

    /// No dead rows, and no history before a log position.
    public init(forgottenLSN: UInt64 = 0) {
        rows = RoaringBitmap()
        count = 0
        history = KillHistory(forgottenLSN: forgottenLSN)
    }

    /// Dead rows of which nobody remembers when they died, but that it was not after a position.
    public init(_ rows: RoaringBitmap, forgottenLSN: UInt64) {
        self.rows = rows
        count = rows.cardinality
        history = KillHistory(forgottenLSN: forgottenLSN)
    }

    init(rows: RoaringBitmap, history: KillHistory) {
        self.rows = rows
        count = rows.cardinality
        self.history = history
    }

    /// The dead rows of parts that lie one behind the other.
    init(joining parts: [(firstRow: Int, rows: DeadRows)]) {
        var members: [UInt32] = []
        var kills: [Kill] = []
        for part in parts {
            let first = UInt32(truncatingIfNeeded: part.firstRow)
            members += part.rows.rows.members.map { $0 + first }
            kills += part.rows.history.kills.map { Kill(row: $0.row + first, lsn: $0.lsn) }
        }
        self.init(
            rows: RoaringBitmap(ascending: members),
            history: KillHistory(
                kills, forgottenLSN: parts.map(\.rows.forgottenLSN).max() ?? 0))
    }

    /// Whether a row is dead. O(log rows).
    public func contains(_ row: Int) -> Bool {
        rows.contains(UInt32(truncatingIfNeeded: row))
    }

    /// Those of `candidates` that live.
    public func living(_ candidates: [Int]) -> [Int] { candidates.filter { !contains($0) } }

    /// Deaths before or at this position may be forgotten: versions from here on can be read.
    public var forgottenLSN: UInt64 { history.forgottenLSN }

    /// How many deaths are remembered with their position.
    public var rememberedCount: Int { history.count }

    /// The rows that were dead at an older version.
    ///
    /// - Returns: `nil` where that is no longer known.
    /// - Complexity: O(dead rows / 64 + deaths since).
    public func undone(after lsn: UInt64) -> DeadRows? {
        guard lsn >= history.forgottenLSN else { return nil }
        let (earlier, later) = history.split(after: lsn)
        guard !later.isEmpty else { return self }
        return DeadRows(rows: rows.subtracting(RoaringBitmap(anyOrder: later)), history: earlier)
    }

    /// Adds deaths; of a row that is dead already the first one counts.
    ///
    /// - Complexity: O(containers + deaths · log deaths).
    mutating func add(_ kills: [Kill]) {
        var seen = Set<UInt32>()
        let new = kills.filter { !rows.contains($0.row) && seen.insert($0.row).inserted }
        guard !new.isEmpty else { return }
        rows = rows.union(RoaringBitmap(anyOrder: new.map(\.row)))
        count += new.count
        history.append(new)
    }

    /// The same rows, without when they died up to a log position.
    func forgotten(upTo lsn: UInt64) -> DeadRows {
        var result = self
        result.history.forget(upTo: lsn)
        return result
    }
}

/// The death of one row.
public struct Kill: Hashable, Sendable {
    /// The row, counted from 0 in its segment or in its request's part.
    public var row: UInt32
    /// The log position of the request that killed it.
    public var lsn: UInt64

    /// A death.
    public init(row: UInt32, lsn: UInt64) {
        self.row = row
        self.lsn = lsn
    }
}

extension RoaringBitmap {
    /// The set of members that come in any order, each once.
    init(anyOrder members: [UInt32]) {
        let isAscending = members.indices.dropFirst().allSatisfy {
            members[$0 - 1] < members[$0]
        }
        self.init(ascending: isAscending ? members : members.sorted())
    }
}
