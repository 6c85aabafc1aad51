/// Finds the word that was probably meant.
public enum Spelling {
    /// The nearest of `candidates` to a mistyped `word`, for "did you mean".
    ///
    /// Letters are compared without case. A candidate counts as near when at most a third of the
    /// word (and at least one letter) must be inserted, removed, replaced or swapped with its
    /// neighbour; the first of equally near ones wins.
    ///
    /// - Complexity: O(candidates × length²); words beyond 64 characters have no neighbour.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String?
    {
        let wanted = Array(word.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (distance: Int, candidate: String)?
        let allowed = max(1, wanted.count / 3)
        for candidate in candidates {
            let letters = Array(candidate.lowercased().unicodeScalars)
            guard abs(letters.count - wanted.count) <= allowed, letters.count <= 96 else {
                continue
            }
            let distance = editDistance(wanted, letters)
            // A word of one or two letters is near everything; do not guess.
            guard distance <= allowed, distance < min(letters.count, wanted.count) else { continue }
            if distance < best?.distance ?? Int.max { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// Insertions, removals, replacements and swaps of neighbours that turn `left` into `right`.
    static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        var current = previous
        for i in 0..<left.count {
            current[0] = i + 1
            for j in 0..<right.count {
                let replaced = previous[j] + (left[i] == right[j] ? 0 : 1)
                current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, replaced)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
                }
            }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        return previous[right.count]
    }
}
