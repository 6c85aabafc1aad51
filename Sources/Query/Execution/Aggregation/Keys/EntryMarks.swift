import Segments

/// What one worker knows of the entries of a column's dictionaries in all segments, so that a text
/// is looked up once and not once a segment.
struct EntryMarks {
    private let numbering: EntryNumbers?
    /// For each entry's number, that of its text plus one; 0 where none was asked for yet.
    private var marks: [UInt32] = []
    /// The numbers of the entries of the dictionary at hand; `nil` where it has none.
    private var numbers: [UInt32]?

    /// Smaller dictionaries are looked up faster.
    private static let smallestCount = 512

    init(_ numbering: EntryNumbers?) { self.numbering = numbering }

    /// Bytes held.
    var memoryBytes: Int { marks.count * 4 }

    /// Turns to another dictionary.
    mutating func begin(_ dictionary: StringDictionary) {
        numbers =
            dictionary.count < Self.smallestCount ? nil : numbering?.numbers(of: dictionary)
    }

    /// The numbers of the texts of some codes, each there once; `look` is asked for those that are
    /// not known.
    mutating func numbers(
        of codes: [UInt32], _ look: ([UInt32]) -> [UInt32]
    ) -> [UInt32] {
        guard let numbers else { return look(codes) }
        let entries = codes.map { numbers[Int($0)] }
        if let last = entries.max() { marks.grow(to: Int(last) + 1, 0) }
        var found = entries.map { marks[Int($0)] }
        let missing = found.indices.filter { found[$0] == 0 }
        for (index, number) in zip(missing, look(missing.map { codes[$0] })) {
            found[index] = number + 1
            marks[Int(entries[index])] = number + 1
        }
        return found.map { $0 - 1 }
    }

    /// For each of another worker's `count` numbers, the number here; `look` is asked for those of
    /// texts that are not known.
    func map(
        of other: EntryMarks, count: Int, _ look: ([UInt32]) -> [UInt32]
    ) -> [UInt32] {
        var map = [UInt32](repeating: 0, count: count)
        for (entry, mark) in other.marks.prefix(marks.count).enumerated() where mark != 0 {
            map[Int(mark) - 1] = marks[entry]
        }
        let missing = map.indices.filter { map[$0] == 0 }
        let numbers = look(missing.map { UInt32(truncatingIfNeeded: $0) })
        for (index, number) in zip(missing, numbers) { map[index] = number + 1 }
        return map.map { $0 - 1 }
    }
}
