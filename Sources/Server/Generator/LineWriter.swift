/// A fixed piece of text in a ``PhraseBook``.
struct Phrase {
    fileprivate let firstWord: Int32
    fileprivate let byteCount: Int32
}

/// Fixed texts, each padded to whole words of eight bytes, so that copying one is a few moves.
struct PhraseBook {
    fileprivate private(set) var words: [UInt64] = []

    /// Adds a text; the phrase is valid for this book only.
    mutating func add(_ text: String) -> Phrase {
        let bytes = Array(text.utf8)
        let phrase = Phrase(firstWord: Int32(words.count), byteCount: Int32(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 8) {
            var word: UInt64 = 0
            for index in start..<min(start + 8, bytes.count) {
                word |= UInt64(bytes[index]) << UInt64(8 * (index - start))
            }
            words.append(word)
        }
        return phrase
    }

    /// Adds `prefix + text + suffix` for every text.
    mutating func add(_ texts: [String], prefix: String, suffix: String) -> [Phrase] {
        texts.map { add(prefix + $0 + suffix) }
    }
}

/// Writes one line after another into a buffer that is reused, without allocating per line.
struct LineWriter {
    /// Room kept free for one line; the longest one has about 800 bytes.
    static let lineLimit = 2_048

    /// The lines are the first `count` bytes; what follows is room.
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    private let words: [UInt64]

    private static let upper = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let lower = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    init(book: PhraseBook) {
        words = book.words
    }

    /// Starts over in another buffer, whose content is lost.
    mutating func begin(with buffer: inout [UInt8]) {
        swap(&bytes, &buffer)
        count = 0
    }

    /// Hands the written lines over.
    mutating func end(into buffer: inout [UInt8]) {
        bytes.removeLast(bytes.count - count)
        swap(&bytes, &buffer)
        count = 0
    }

    /// Makes room for one more line.
    @inline(__always)
    mutating func reserveLine() {
        if bytes.count - count < Self.lineLimit {
            let more = max(bytes.count, 32 * Self.lineLimit)
            bytes.append(contentsOf: repeatElement(0, count: more))
        }
    }

    /// Writes a fixed text.
    @inline(__always)
    mutating func put(_ phrase: Phrase) {
        let first = Int(phrase.firstWord)
        var offset = count
        for index in first..<(first + (Int(phrase.byteCount) + 7) >> 3) {
            put(word: words[index], at: offset)
            offset &+= 8
        }
        count += Int(phrase.byteCount)
    }

    /// Writes one byte.
    @inline(__always)
    mutating func put(byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    /// Writes the bytes of a short text; for rare lines.
    mutating func put(text: String) {
        for byte in text.utf8 { put(byte: byte) }
    }

    /// Writes over the last bytes.
    mutating func replaceLast(with replacement: [UInt8]) {
        count -= replacement.count
        for byte in replacement { put(byte: byte) }
    }

    /// Breaks the line that began at `start` off after `length` bytes.
    mutating func breakLine(from start: Int, after length: Int) {
        count = min(count, start + length)
        put(byte: UInt8(ascii: "\n"))
    }

    /// Writes a number in decimal.
    @inline(__always)
    mutating func put(number: Int64) {
        if number < 0 { put(byte: UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var limit: UInt64 = 10
        while digits < 19, rest >= limit {
            digits += 1
            limit &*= 10
        }
        if rest >= 10_000_000_000_000_000_000 { digits = 20 }
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            bytes[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Writes the last `digits` decimal digits of a number, with leading zeros.
    @inline(__always)
    mutating func put(padded number: Int, digits: Int) {
        var rest = UInt64(truncatingIfNeeded: number)
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            bytes[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Writes the last `digits` digits of a number in Crockford's base 32.
    @inline(__always)
    mutating func put(base32 number: UInt64, digits: Int, lowercase: Bool = false) {
        let alphabet = lowercase ? Self.lower : Self.upper
        var shift = UInt64(5 * (digits - 1))
        for _ in 0..<digits {
            bytes[count] = alphabet[Int(truncatingIfNeeded: (number >> shift) & 31)]
            count += 1
            shift &-= 5
        }
    }

    @inline(__always)
    private mutating func put(word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset &+ 8 <= bytes.count)
        var span = bytes.mutableSpan
        // SAFETY: Every bit pattern is a valid UInt8, and the store checks its bounds.
        var raw = unsafe span.mutableBytes
        raw.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
