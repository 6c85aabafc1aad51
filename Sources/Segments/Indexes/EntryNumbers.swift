import Synchronization

/// The entries of a column's dictionaries in all segments of a table, numbered: a text has the same
/// number in each of them, so that what is known of it holds for all.
///
/// A dictionary's entries are numbered when somebody first asks for them; shared by successive
/// snapshots as long as the segments are the same.
public final class EntryNumbers: Sendable {
    private let segments: [SegmentHandle]
    private let columnID: UInt32
    private let state = Mutex(State())

    private struct State {
        var interner = StringInterner()
        /// The numbers of each dictionary's entries. Its segment keeps the dictionary.
        var known: [ObjectIdentifier: [UInt32]] = [:]
        /// Of all dictionaries together.
        var entryCount = 0
    }

    /// No more entries of all dictionaries together are numbered: 4 bytes each.
    static let maximumEntryCount = 1 << 22

    init(_ segments: [SegmentHandle], columnID: UInt32) {
        self.segments = segments
        self.columnID = columnID
    }

    /// The number of each entry of a dictionary; `nil` where it is the column's in no segment, or
    /// the entries of all dictionaries are too many.
    ///
    /// - Complexity: O(bytes) at the first call, then O(1).
    public func numbers(of dictionary: StringDictionary) -> [UInt32]? {
        state.withLock { state in
            let key = ObjectIdentifier(dictionary)
            if let known = state.known[key] { return known }
            guard state.entryCount + dictionary.count <= Self.maximumEntryCount,
                segments.contains(where: { $0.hasOpened(dictionary, columnID: columnID) })
            else { return nil }
            let entries = dictionary.values
            var numbers: [UInt32] = []
            numbers.reserveCapacity(dictionary.count)
            for entry in 0..<dictionary.count {
                numbers.append(state.interner.intern(entries.span(at: entry)))
            }
            state.entryCount += dictionary.count
            state.known[key] = numbers
            return numbers
        }
    }
}

extension SegmentHandle {
    /// Whether somebody has read this very dictionary from the segment.
    fileprivate func hasOpened(_ dictionary: StringDictionary, columnID: UInt32) -> Bool {
        openedReader?.openedDictionary(columnID: columnID) === dictionary
    }
}
