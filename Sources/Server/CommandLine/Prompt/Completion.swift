/// What a word that was begun may become.
struct Completion: Equatable {
    /// How much of the line before the cursor is replaced.
    var typed: String
    /// All that fit, in order.
    var words: [String]

    /// What stands for `typed` now: the only word and a blank, or as much as all of them share. As
    /// it was where they share no more; `nil` where nothing fits.
    var replacement: String? {
        guard let first = words.first else { return nil }
        if words.count == 1 { return first.last == "(" || first.last == "." ? first : first + " " }
        var shared = first[...]
        for word in words { shared = shared.prefix(Self.sharedCount(shared, word)) }
        return shared.count > typed.count ? String(shared) : typed
    }

    private static func sharedCount(_ one: Substring, _ other: String) -> Int {
        zip(one, other).prefix { $0 == $1 }.count
    }

    /// Words in columns, row by row, each line ended.
    static func table(_ words: some Collection<String>, width: Int) -> String {
        let columnWidth = (words.map(\.count).max() ?? 0) + 2
        let columnCount = max(1, width / columnWidth)
        var text = ""
        for (index, word) in words.enumerated() {
            let isLast = index % columnCount == columnCount - 1 || index == words.count - 1
            text += word
            text += isLast ? "\n" : String(repeating: " ", count: columnWidth - word.count)
        }
        return text
    }
}
