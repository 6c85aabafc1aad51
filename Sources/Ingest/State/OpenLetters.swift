import Segments

/// A dead letter: the position of the record that has it, and its place among those of that record.
public struct LetterID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The position.
    public var lsn: UInt64
    /// The place, from 0.
    public var index: UInt32

    /// The letter of a place.
    public init(lsn: UInt64, index: UInt32) {
        self.lsn = lsn
        self.index = index
    }

    /// Reads what `description` writes.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let lsn = UInt64(parts[0]), let index = UInt32(parts[1]) else {
            return nil
        }
        self.init(lsn: lsn, index: index)
        guard description == text else { return nil }
    }

    /// `1234-0`.
    public var description: String { "\(lsn)-\(index)" }

    /// By arrival.
    public static func < (one: LetterID, other: LetterID) -> Bool {
        (one.lsn, one.index) < (other.lsn, other.index)
    }
}

/// What a record leaves of dead letters.
struct NewLetters: Hashable, Sendable {
    let count: Int
    /// Bytes of their raw texts.
    let byteCount: Int
}

/// The dead letters that wait to be replayed or discarded; what they say is in `sys.rejects`.
struct OpenLetters: Hashable, Sendable {
    /// Those of one record.
    struct Group: Hashable, Sendable {
        let table: TableID
        /// Of all of them; given back when the last one is closed.
        let byteCount: Int
        /// The places that are open, ascending.
        var open: [UInt32]
        /// How often a letter has been tried in vain since it came, where it has been.
        var attempts: [UInt32: UInt32] = [:]
    }

    /// By the record's position.
    var groups: [UInt64: Group] = [:]
    private(set) var count = 0
    private(set) var byteCount = 0

    /// Whether a letter of a table waits.
    func isOpen(_ letter: LetterID, of table: TableID) -> Bool {
        guard let group = groups[letter.lsn], group.table == table else { return false }
        return group.open.contains(letter.index)
    }

    /// Adds the letters of a record.
    mutating func add(_ letters: NewLetters, table: TableID, lsn: UInt64) {
        let indices = (0..<letters.count).map { UInt32(truncatingIfNeeded: $0) }
        restore(Group(table: table, byteCount: letters.byteCount, open: indices), lsn: lsn)
    }

    /// Closes letters for good.
    mutating func close(_ letters: [LetterID]) {
        for letter in letters {
            guard let place = groups[letter.lsn]?.open.firstIndex(of: letter.index) else {
                continue
            }
            groups[letter.lsn]?.open.remove(at: place)
            groups[letter.lsn]?.attempts[letter.index] = nil
            count -= 1
            guard let group = groups[letter.lsn], group.open.isEmpty else { continue }
            byteCount -= group.byteCount
            groups[letter.lsn] = nil
        }
    }

    /// Counts attempts that were in vain.
    mutating func countAttempts(_ letters: [LetterID]) {
        for letter in letters where groups[letter.lsn]?.open.contains(letter.index) == true {
            groups[letter.lsn]?.attempts[letter.index, default: 0] += 1
        }
    }

    /// Puts a group back as a checkpoint has it.
    mutating func restore(_ group: Group, lsn: UInt64) {
        groups[lsn] = group
        count += group.open.count
        byteCount += group.byteCount
    }

    /// Puts groups back as they were before a record; `nil` for those that were not there.
    mutating func revert(_ before: [UInt64: Group?]) {
        for (lsn, group) in before {
            if let now = groups.removeValue(forKey: lsn) {
                count -= now.open.count
                byteCount -= now.byteCount
            }
            if let group { restore(group, lsn: lsn) }
        }
    }

    /// Forgets the letters of tables that are gone.
    mutating func keep(tables isThere: (TableID) -> Bool) {
        var gone: [UInt64: Group?] = [:]
        for (lsn, group) in groups where !isThere(group.table) { gone[lsn] = .some(nil) }
        revert(gone)
    }

    /// The letters of a table that wait, the newest first.
    func letters(of table: TableID, limit: Int) -> [LetterID] {
        var letters: [LetterID] = []
        for (lsn, group) in groups.sorted(by: { $0.key > $1.key }) where group.table == table {
            for index in group.open {
                guard letters.count < limit else { return letters }
                letters.append(LetterID(lsn: lsn, index: index))
            }
        }
        return letters
    }
}
