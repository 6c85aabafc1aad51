import Segments

extension LikePattern {
    /// Takes a pattern apart: `%` is any run, `_` any character, and the character after `escape`
    /// stands for itself.
    ///
    /// - Returns: nil if the escape character ends the pattern or stands before a character that
    ///   needs none.
    init?(_ text: Text, escape: Unicode.Scalar?, ignoresCase: Bool) {
        var pieces: [Piece] = []
        var literal = ""
        func flushed() -> [Piece] { literal.isEmpty ? [] : [.literal(Text(literal))] }
        var isEscaped = false
        for scalar in text.string.unicodeScalars {
            if isEscaped {
                guard scalar == "%" || scalar == "_" || scalar == escape else { return nil }
                literal.unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else if scalar == "%" {
                pieces += flushed()
                literal = ""
                if pieces.last != .anyRun { pieces.append(.anyRun) }
            } else if scalar == "_" {
                pieces += flushed()
                literal = ""
                pieces.append(.anyCharacter)
            } else {
                literal.unicodeScalars.append(scalar)
            }
        }
        guard !isEscaped else { return nil }
        self.init(pieces: pieces + flushed(), ignoresCase: ignoresCase)
    }
}
