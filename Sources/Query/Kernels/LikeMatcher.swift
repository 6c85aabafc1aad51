import Segments

/// Matches a LIKE pattern against bytes.
///
/// Only the last `%` met is ever returned to, and each run between two `%` is placed at its first
/// fit, which is enough for patterns without other wildcards of variable length: O(text × run) at
/// worst, no exponential case. Patterns `x`, `x%`, `%x` and `%x%` take one comparison or search.
struct LikeMatcher {
    let pattern: LikePattern
    /// What stands between the `%`.
    let runs: [[LikePattern.Piece]]
    let startsWithRun: Bool
    let endsWithRun: Bool

    /// A matcher of `pattern`.
    init(_ pattern: LikePattern) {
        self.pattern = pattern
        startsWithRun = pattern.pieces.first == .anyRun
        endsWithRun = pattern.pieces.last == .anyRun
        runs = pattern.pieces.split(separator: .anyRun).map(Array.init)
    }

    /// Whether the whole of `text` matches.
    func matches(_ text: Span<UInt8>) -> Bool {
        guard !runs.isEmpty else { return startsWithRun || text.isEmpty }
        if runs.count == 1, !startsWithRun, !endsWithRun {
            return end(of: runs[0], in: text, at: 0) == text.count
        }
        var offset = 0
        var remaining = runs[...]
        if !startsWithRun, let first = remaining.popFirst() {
            guard let end = end(of: first, in: text, at: 0) else { return false }
            offset = end
        }
        let tail = endsWithRun ? nil : remaining.popLast()
        for run in remaining {
            guard let end = firstEnd(of: run, in: text, from: offset) else { return false }
            offset = end
        }
        guard let tail else { return true }
        guard let start = start(ofTail: tail, in: text), start >= offset else { return false }
        return end(of: tail, in: text, at: start) == text.count
    }

    /// Where the run ends if it begins at `start`.
    private func end(
        of run: [LikePattern.Piece], in text: Span<UInt8>, at start: Int
    ) -> Int? {
        var offset = start
        for piece in run {
            switch piece {
            case .literal(let literal):
                let part = literal.bytes.span
                guard
                    ByteStrings.matches(
                        part, in: text, at: offset, foldsCase: pattern.ignoresCase)
                else { return nil }
                offset += part.count
            case .anyCharacter:
                guard offset < text.count else { return nil }
                offset = Self.next(after: offset, in: text)
            case .anyRun: preconditionFailure("runs hold no %")
            }
        }
        return offset
    }

    /// Where the run ends at its first fit at or after `start`.
    private func firstEnd(
        of run: [LikePattern.Piece], in text: Span<UInt8>, from start: Int
    ) -> Int? {
        var offset = start
        while offset <= text.count {
            if case .literal(let literal)? = run.first {
                guard
                    let found = ByteStrings.firstIndex(
                        of: literal.bytes.span, in: text, from: offset,
                        foldsCase: pattern.ignoresCase)
                else { return nil }
                offset = found
            }
            if let end = end(of: run, in: text, at: offset) { return end }
            guard offset < text.count else { return nil }
            offset = Self.next(after: offset, in: text)
        }
        return nil
    }

    /// Where a run must begin to end with the text: its characters counted from the end.
    private func start(ofTail run: [LikePattern.Piece], in text: Span<UInt8>) -> Int? {
        var offset = text.count
        for piece in run.reversed() {
            switch piece {
            case .literal(let literal): offset -= literal.bytes.count
            case .anyCharacter:
                repeat {
                    offset -= 1
                } while offset >= 0
                    && !ByteStrings.beginsCharacter(text[offset])
            case .anyRun: preconditionFailure("runs hold no %")
            }
            guard offset >= 0 else { return nil }
        }
        return offset
    }

    private static func next(after offset: Int, in text: Span<UInt8>) -> Int {
        var next = offset + 1
        while next < text.count, !ByteStrings.beginsCharacter(text[next]) { next += 1 }
        return next
    }
}

extension LikePattern {
    /// The bytes that every match begins with; empty where there are none, or where case is
    /// ignored.
    var prefix: Text {
        guard !ignoresCase, case .literal(let text)? = pieces.first else { return Text(bytes: []) }
        return text
    }

    /// Whether the pattern matches exactly the strings with its prefix.
    var isPrefixOnly: Bool { pieces.count == 2 && pieces.last == .anyRun && !prefix.bytes.isEmpty }
}
