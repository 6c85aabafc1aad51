import Segments

/// LIKE on packed texts: every text has the same length, so that each way to place the pattern's
/// runs is one mask and one value.
extension LikeMatcher {
    /// The most ways to place the runs; above it the texts are spelled out.
    private static let maximumWindowCount = 48
    /// The most runs: ways multiply with each.
    private static let maximumRunCount = 3

    /// What a code must have, one window of them at least, for its text to match; `nil` where masks
    /// cannot say it.
    func windows(in texts: TextPattern) -> [TextPattern.Window]? {
        guard !pattern.ignoresCase, runs.count <= Self.maximumRunCount else { return nil }
        let hasWildcards = pattern.pieces.contains(.anyCharacter)
        // `_` takes a character, a place is a byte.
        guard !hasWildcards || texts.isASCII else { return nil }
        var windows: [TextPattern.Window] = []
        let start = TextPattern.Window(mask: 0, value: 0)
        guard place(runs[...], from: 0, start, texts, &windows) else { return nil }
        return windows
    }

    /// Adds a window for each way to place `runs` behind `offset`.
    ///
    /// - Returns: Whether there were few enough.
    private func place(
        _ runs: ArraySlice<[LikePattern.Piece]>, from offset: Int, _ placed: TextPattern.Window,
        _ texts: TextPattern, _ windows: inout [TextPattern.Window]
    ) -> Bool {
        guard let run = runs.first else {
            let isWhole = !self.runs.isEmpty || startsWithRun || texts.byteCount == 0
            if isWhole, !windows.contains(placed) { windows.append(placed) }
            return windows.count <= Self.maximumWindowCount
        }
        let last = texts.byteCount - run.reduce(0) { $0 + $1.byteCount }
        guard last >= offset else { return true }
        var places = offset...last
        if !startsWithRun, runs.count == self.runs.count { places = 0...0 }
        if !endsWithRun, runs.count == 1 {
            guard places.contains(last) else { return true }
            places = last...last
        }
        for start in places {
            guard let window = window(of: run, at: start, placed, texts) else { continue }
            let end = start + texts.byteCount - last
            guard place(runs.dropFirst(), from: end, window, texts, &windows) else { return false }
        }
        return true
    }

    private func window(
        of run: [LikePattern.Piece], at start: Int, _ placed: TextPattern.Window,
        _ texts: TextPattern
    ) -> TextPattern.Window? {
        var window = placed
        var offset = start
        for piece in run {
            if case .literal(let text) = piece {
                guard let part = texts.window(of: text.bytes.span, at: offset) else { return nil }
                window.mask |= part.mask
                window.value |= part.value
            }
            offset += piece.byteCount
        }
        return window
    }
}

extension LikePattern.Piece {
    /// Bytes that the piece takes of an ASCII text; `%` takes any number and is in no run.
    fileprivate var byteCount: Int {
        switch self {
        case .literal(let text): text.bytes.count
        case .anyCharacter: 1
        case .anyRun: 0
        }
    }
}
