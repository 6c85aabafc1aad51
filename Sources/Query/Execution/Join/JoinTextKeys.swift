import Segments

/// The texts of one key of a join as integers: equal exactly where the texts are.
///
/// A text that fits the pattern is its code. Texts of the side in memory that do not, *strays*, are
/// numbered from 2^63, or from 2^127 where the pattern is wide; any other text has no match.
struct JoinTextKeys: Sendable {
    /// Holds all packed texts of the side in memory whose patterns have a union with the others'.
    let pattern: TextPattern
    /// The numbers of strays.
    private(set) var strays: [Text: UInt64] = [:]

    /// More strays than this are not kept: the key stays a text.
    private static let maximumStrayCount = 1 << 16
    /// Bits of a narrow code: what is left of a word tells codes and strays apart.
    private static let narrowBitCount = 62
    /// Bits of a wide code beside which there may be strays.
    private static let wideBitCount = 126
    /// Estimated bytes of an entry of `strays` besides its text.
    private static let strayBytes = 64

    /// Integers for the texts of `columns`; `nil` where the texts are better compared as such.
    init?(_ columns: [Column]) {
        var pattern: TextPattern?
        for column in columns {
            guard let other = column.textPattern else { continue }
            pattern = pattern.map { $0.union(other) ?? $0 } ?? other
        }
        guard let pattern else { return nil }
        self.pattern = pattern
        var contained: [ObjectIdentifier: Bool] = [:]
        for column in columns {
            if let other = column.textPattern {
                let id = ObjectIdentifier(other)
                let isContained = contained[id] ?? pattern.contains(other)
                contained[id] = isContained
                if isContained { continue }
            }
            guard addStrays(column) else { return nil }
        }
        if !strays.isEmpty, pattern.bitCount > Self.wideBitCount { return nil }
    }

    /// Whether all went into `strays`.
    private mutating func addStrays(_ column: Column) -> Bool {
        let texts = TextOperand(column)
        for row in 0..<column.count where !column.isNull(row) {
            let text = texts.span(at: row)
            if pattern.pack(text) != nil { continue }
            let stray = Text(bytes: [UInt8](copying: text))
            guard strays[stray] == nil else { continue }
            guard strays.count < Self.maximumStrayCount else { return false }
            strays[stray] = UInt64(strays.count)
        }
        return true
    }

    /// Whether keys need 128 bits.
    var isWide: Bool { pattern.bitCount > Self.narrowBitCount }

    /// Bytes held.
    var memoryBytes: Int {
        strays.keys.reduce(0) { $0 + $1.bytes.count + Self.strayBytes }
    }

    /// The integer of a text; `nil` where nothing in memory equals it.
    func word(of text: Span<UInt8>) -> UInt128? {
        if let code = pattern.pack(text) { return code }
        if strays.isEmpty { return nil }
        return strays[Text(bytes: [UInt8](copying: text))].map {
            1 << (isWide ? 127 : 63) | UInt128($0)
        }
    }

    /// The least and the greatest text, strays included.
    func bounds(_ words: JoinKeyColumn) -> (least: Text, greatest: Text)? {
        let codes: (UInt128, UInt128)? =
            switch words {
            case .words(let words):
                Self.bounds(words, below: strays.isEmpty ? nil : 1 << 63)
                    .map { (UInt128($0), UInt128($1)) }
            case .wide(let words):
                Self.bounds(words, below: strays.isEmpty ? nil : 1 << 127)
            case .texts: nil
            }
        var texts = Array(strays.keys)
        if let (least, greatest) = codes { texts += [pattern.text(least), pattern.text(greatest)] }
        guard let least = texts.min(), let greatest = texts.max() else { return nil }
        return (least, greatest)
    }

    /// The least and the greatest word, of those below `limit` if there is one.
    private static func bounds<Word: FixedWidthInteger>(
        _ words: [Word], below limit: Word?
    ) -> (Word, Word)? {
        var (least, greatest) = (Word.max, Word.min)
        for word in words where limit.map({ word < $0 }) ?? true {
            least = min(least, word)
            greatest = max(greatest, word)
        }
        return least <= greatest ? (least, greatest) : nil
    }
}

/// Turns columns of texts into the integers of one key of a join; belongs to one worker.
struct JoinTextReader {
    private let keys: JoinTextKeys
    private var conversion: TextConversion?
    /// A pattern known not to be part of the keys' one.
    private var foreign: TextPattern?
    private var entries: (dictionary: StringDictionary, words: [UInt128?])?

    /// The texts of a column as integers.
    struct Words {
        /// Zero where a row has no match.
        var column: JoinKeyColumn
        /// Rows that are equal to nothing in memory; nil for none.
        var strangers: Bitmap?
    }

    init(_ keys: JoinTextKeys) { self.keys = keys }

    /// The integers of the texts of `column`; what NULLs become is not said.
    mutating func words(_ column: Column) -> Words {
        switch column.values {
        case .packedTexts(let codes, let pattern):
            if let conversion = conversion(from: pattern) {
                return Words(
                    column: keys.isWide
                        ? .wide(conversion.widen(codes)) : .words(conversion.convert(codes)))
            }
        case .widePackedTexts(let codes, let pattern):
            if keys.isWide, let conversion = conversion(from: pattern) {
                return Words(column: .wide(conversion.convert(codes)))
            }
        case .codes(let codes, let dictionary)
        where dictionary.count > 0 && dictionary.count <= codes.count:
            let entries = entries(of: dictionary)
            return words(codes.count) { entries[Int(codes[$0])] }
        default: break
        }
        let texts = TextOperand(column)
        return words(column.count) { keys.word(of: texts.span(at: $0)) }
    }

    private mutating func conversion(from pattern: TextPattern) -> TextConversion? {
        if let conversion, conversion.source === pattern { return conversion }
        if foreign === pattern { return nil }
        guard let made = TextConversion(from: pattern, to: keys.pattern) else {
            foreign = pattern
            return nil
        }
        conversion = made
        return made
    }

    private mutating func entries(of dictionary: StringDictionary) -> [UInt128?] {
        if let entries, entries.dictionary === dictionary { return entries.words }
        let values = dictionary.values
        let words = (0..<values.count).map { keys.word(of: values.span(at: $0)) }
        entries = (dictionary, words)
        return words
    }

    private func words(_ count: Int, _ word: (Int) -> UInt128?) -> Words {
        var words = [UInt128](repeating: 0, count: count)
        var strangers: Bitmap?
        for row in 0..<count {
            if let found = word(row) {
                words[row] = found
            } else {
                strangers = strangers ?? Bitmap(count: count)
                strangers?.set(row, to: true)
            }
        }
        return Words(
            column: keys.isWide
                ? .wide(words) : .words(words.map { UInt64(truncatingIfNeeded: $0) }),
            strangers: strangers)
    }
}
