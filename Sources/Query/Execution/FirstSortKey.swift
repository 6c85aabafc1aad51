import Segments

/// The first key of a sort as a word per row, where its values are kept in 64 bits or less.
///
/// ∀ rows a, b: where the word of a is below the word of b, a comes first.
struct FirstSortKey {
    /// The order's word: NULLs first, values, NULLs last.
    struct Word: Comparable {
        var place: Int8
        var value: Int64

        static func < (one: Word, other: Word) -> Bool {
            one.place == other.place ? one.value < other.value : one.place < other.place
        }
    }

    private let isAscending: Bool
    private let nullPlace: Int8
    /// The input's column, where the key is one.
    private let column: Int?

    /// `nil` where the key's values are no words.
    init?(_ key: SortKey) {
        switch key.expression.type.layout {
        case .integers, .booleans, .doubles: break
        case .wideIntegers, .strings, .arrays: return nil
        }
        isAscending = key.isAscending
        nullPlace = key.nullsFirst ? -1 : 1
        if case .column(let index, _) = key.expression { column = index } else { column = nil }
    }

    /// The words of `count` rows.
    func words(_ vector: Vector, count: Int) -> [Word] {
        let column = vector.column(count: count)
        let values = WordExtremeAccumulator.words(column)
        return values.indices.map { row in
            column.isNull(row) ? Word(place: nullPlace, value: 0) : word(values[row])
        }
    }

    private func word(_ value: Int64) -> Word {
        Word(place: 0, value: isAscending ? value : ~value)
    }

    /// The rows whose word does not come behind `bound`.
    static func rows(of words: [Word], upTo bound: Word) -> [Int32] {
        var rows: [Int32] = []
        for row in words.indices where words[row] <= bound {
            rows.append(Int32(truncatingIfNeeded: row))
        }
        return rows
    }

    /// The word that `count` of the words do not exceed, and at least as many.
    static func bound(_ words: [Word], count: Int) -> Word? {
        guard count > 0, count <= words.count else { return nil }
        // The least words so far, the greatest of them on top.
        var heap = Array(words[..<count].sorted(by: >))
        for word in words[count...] where word < heap[0] { replaceTop(of: &heap, by: word) }
        return heap[0]
    }

    /// Replaces the greatest word of a heap by one that is not greater.
    private static func replaceTop(of heap: inout [Word], by word: Word) {
        var place = 0
        while true {
            var child = 2 * place + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child] < heap[child + 1] { child += 1 }
            if heap[child] <= word { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = word
    }

    /// Whether the batch's zone map proves that all rows come behind `bound`.
    func excludes(_ batch: Batch, beyond bound: Word) -> Bool {
        column.map { excludes(batch.zone($0), beyond: bound) } ?? false
    }

    /// Whether what is known of the key in some rows proves that all of them come behind `bound`.
    func excludes(_ zone: ValueRange?, beyond bound: Word) -> Bool {
        guard bound.place == 0, let zone, zone.nullCount == 0
        else { return false }
        switch isAscending ? zone.minimum : zone.maximum {
        case .bigint(let value)?, .timestamp(let value)?, .date(let value)?:
            return bound < word(value)
        default: return false
        }
    }
}
