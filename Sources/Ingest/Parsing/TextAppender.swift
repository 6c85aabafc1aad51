import Segments

/// Collects strings: as codes of a dictionary while they repeat, else one behind the other.
///
/// Most columns of events hold a few words again and again. As codes they take a byte or two of the
/// log and four of memory instead of themselves, and whatever is done per string later (sealing,
/// hashing, filtering live rows) is done per word.
struct TextAppender {
    private var codes: [UInt32] = []
    private var words = StringInterner(minimumCapacity: 32)
    private var offsets: [UInt32] = [0]
    private var bytes: [UInt8] = []
    private var isCoded: Bool

    /// Distinct strings that a dictionary may have whatever the number of rows.
    private static let freeWordCount = 64
    /// Rows that each further word must serve on average.
    private static let minimumUseCount = 2

    /// - Parameter mayCode: Whether a dictionary is wanted at all.
    init(mayCode: Bool) { isCoded = mayCode }

    /// How many strings there are.
    var count: Int { isCoded ? codes.count : offsets.count - 1 }

    /// Makes room for `runCount` runs like this one and a sixteenth more, so that a column neither
    /// moves while it grows nor keeps twice its size while its rows are live. Only a guess: columns
    /// grow past it.
    mutating func reserve(runCount: Int, like slots: Span<Slot>) {
        let rowCount = withSlack(runCount * slots.count)
        if isCoded {
            codes.reserveCapacity(rowCount)
        } else {
            offsets.reserveCapacity(rowCount + 1)
            bytes.reserveCapacity(withSlack(runCount * TextCopies.byteCount(slots)))
        }
    }

    private func withSlack(_ count: Int) -> Int { count + count / 16 }

    /// Adds a run of strings without escapes, one a slot.
    mutating func appendPlain(_ slots: Span<Slot>, of body: Span<UInt8>) {
        if isCoded {
            Self.append(slots, of: body, to: &codes, &words)
            giveUpIfManyWords()
        } else {
            TextCopies.append(slots, of: body, to: &bytes, offsets: &offsets)
        }
    }

    private static func append(
        _ slots: Span<Slot>, of body: Span<UInt8>, to codes: inout [UInt32],
        _ words: inout StringInterner
    ) {
        codes.append(addingCapacity: slots.count) { added in
            for row in slots.indices {
                added.append(words.intern(body.extracting(slots[row].range)))
            }
        }
    }

    /// Adds a string.
    mutating func append(_ string: Span<UInt8>) {
        if isCoded {
            codes.append(words.intern(string))
            giveUpIfManyWords()
        } else {
            bytes.append(copying: string)
            finishString()
        }
    }

    /// Adds a string that has escapes.
    mutating func append(escaped string: Span<UInt8>) {
        if isCoded {
            var plain: [UInt8] = []
            JSONEscapes.appendUnescaped(string, to: &plain)
            codes.append(words.intern(plain.span))
            giveUpIfManyWords()
        } else {
            JSONEscapes.appendUnescaped(string, to: &bytes)
            finishString()
        }
    }

    /// Adds a JSON text without its white space.
    mutating func append(json: Span<UInt8>) {
        if !isCoded {
            JSONEscapes.appendCompact(json, to: &bytes)
            finishString()
        } else if JSONEscapes.isCompact(json) {
            append(json)
        } else {
            var compact: [UInt8] = []
            JSONEscapes.appendCompact(json, to: &compact)
            append(compact.span)
        }
    }

    /// Adds the slot of a NULL, which holds no string.
    mutating func appendNull() {
        if isCoded { codes.append(0) } else { finishString() }
    }

    private mutating func finishString() {
        offsets.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    /// Goes on without a dictionary where it has too many words for its rows: ids are found out
    /// within a few runs.
    private mutating func giveUpIfManyWords() {
        guard words.count > Self.freeWordCount + codes.count / Self.minimumUseCount else { return }
        let room = codes.capacity
        let strings = plainStrings()
        offsets = strings.offsets
        bytes = strings.bytes
        offsets.reserveCapacity(room + 1)
        bytes.reserveCapacity(withSlack(bytes.count) * max(1, room / max(1, codes.count)))
        codes = []
        words = StringInterner(minimumCapacity: 0)
        isCoded = false
    }

    /// The strings of the codes; a NULL's code of a dictionary without words is the empty string.
    private func plainStrings() -> StringVector {
        var strings = StringVector()
        for code in codes {
            if words.count == 0 {
                strings.finishString()
            } else {
                strings.append(words.strings.span(at: Int(code)))
            }
        }
        return strings
    }

    /// What was collected; as codes only where each word is there twice on average.
    func finish() -> Column.Values {
        guard isCoded else { return .strings(StringVector(offsets: offsets, bytes: bytes)) }
        guard words.count > 0, words.count * Self.minimumUseCount <= codes.count else {
            return .strings(plainStrings())
        }
        return .codes(codes, StringDictionary(words.strings, isSorted: false))
    }
}
