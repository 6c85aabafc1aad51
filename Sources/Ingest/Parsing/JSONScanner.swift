/// Reads one JSON text strictly (RFC 8259), front to back, without building anything.
///
/// Nothing beyond the grammar is taken: no byte order mark, no comments, no trailing commas, no
/// bare words, no lone surrogates, no bytes that are not UTF-8, no key twice in one object. The
/// scanner only moves `position`; what it has passed is valid. Values are reported as ranges of the
/// text, so a plain string costs one look at each of its bytes, eight at a time.
struct JSONScanner: ~Escapable {
    /// The whole body.
    let text: Span<UInt8>
    /// The next byte to read.
    var position: Int
    /// Whether a line feed is white space; not so inside a row of NDJSON.
    let crossesLines: Bool
    /// Keys seen in the row so far.
    var keyCount = 0
    /// The keys of the objects that are open, innermost last; see `noteKey`.
    var openKeys: [KeyNote] = []
    /// Whether keys are left uncounted and may repeat: while passing a row that is refused already.
    var toleratesKeys = false
    /// Room for a string without its escapes.
    var scratch: [UInt8] = []

    /// A key of an object that is still open.
    struct KeyNote {
        let hash: UInt64
        let token: StringToken
    }

    /// A string: where it is written between its quotes, and whether escapes are among it.
    struct StringToken {
        let range: Range<Int>
        let hasEscapes: Bool
    }

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, crossesLines: Bool) {
        self.text = text
        position = 0
        self.crossesLines = crossesLines
    }

    /// The next byte; 0, which no JSON text has outside a string, at the end.
    var peek: UInt8 {
        @inline(__always) get { position < text.count ? text[position] : 0 }
    }

    var isAtEnd: Bool { position >= text.count }

    /// Passes white space.
    @inline(__always)
    mutating func skipBlanks() {
        while position < text.count {
            let byte = text[position]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x09 || byte == 0x0d || (byte == 0x0a && crossesLines)
            else { return }
            position &+= 1
        }
    }

    /// Passes one byte that must be there.
    @inline(__always)
    mutating func expect(_ byte: UInt8, _ reason: StaticString) throws(JSONFault) {
        guard peek == byte else { throw fault(reason) }
        position &+= 1
    }

    /// The fault of a text that is not JSON, here.
    func fault(_ reason: StaticString) -> JSONFault {
        isAtEnd
            ? JSONFault(.invalidJSON, at: position, "the text ends too early")
            : JSONFault(.invalidJSON, at: position, reason)
    }

    /// Passes `true`.
    mutating func scanTrue() throws(JSONFault) { try scanWord("t", "r", "u", "e") }

    /// Passes `false`.
    mutating func scanFalse() throws(JSONFault) {
        position &+= 1
        try scanWord("a", "l", "s", "e")
    }

    /// Passes `null`.
    mutating func scanNull() throws(JSONFault) { try scanWord("n", "u", "l", "l") }

    @inline(__always)
    private mutating func scanWord(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar,
        _ fourth: Unicode.Scalar
    ) throws(JSONFault) {
        guard position &+ 4 <= text.count, text[position] == UInt8(ascii: first),
            text[position &+ 1] == UInt8(ascii: second), text[position &+ 2] == UInt8(ascii: third),
            text[position &+ 3] == UInt8(ascii: fourth)
        else { throw JSONFault(.invalidJSON, at: position, "a value was expected") }
        position &+= 4
    }

    /// Passes a whole value of any kind, checking all of it.
    ///
    /// - Parameter depth: How many containers are open around it.
    /// - Complexity: O(bytes), plus O(keys²) comparisons of hashes, at most `ParseLimit.keyCount`².
    mutating func skipValue(depth: Int) throws(JSONFault) {
        switch peek {
        case UInt8(ascii: "\""): _ = try scanString()
        case UInt8(ascii: "{"): try skipObject(depth: depth + 1)
        case UInt8(ascii: "["): try skipArray(depth: depth + 1)
        case UInt8(ascii: "t"): try scanTrue()
        case UInt8(ascii: "f"): try scanFalse()
        case UInt8(ascii: "n"): try scanNull()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try scanNumber()
        default: throw fault("a value was expected")
        }
    }

    func checkDepth(_ depth: Int) throws(JSONFault) {
        guard depth <= ParseLimit.depth else {
            throw JSONFault(.tooDeep, at: position, "is nested more than 32 levels deep")
        }
    }

    private mutating func skipArray(depth: Int) throws(JSONFault) {
        try checkDepth(depth)
        position &+= 1
        skipBlanks()
        if peek == UInt8(ascii: "]") {
            position &+= 1
            return
        }
        while true {
            try skipValue(depth: depth)
            skipBlanks()
            if peek == UInt8(ascii: "]") {
                position &+= 1
                return
            }
            try expect(UInt8(ascii: ","), "',' or ']' was expected")
            skipBlanks()
        }
    }

    private mutating func skipObject(depth: Int) throws(JSONFault) {
        try checkDepth(depth)
        position &+= 1
        skipBlanks()
        if peek == UInt8(ascii: "}") {
            position &+= 1
            return
        }
        let outerKeys = openKeys.count
        while true {
            let key = try scanKey()
            try noteKey(key, since: outerKeys)
            try skipValue(depth: depth)
            skipBlanks()
            if peek == UInt8(ascii: "}") {
                position &+= 1
                openKeys.removeLast(openKeys.count - outerKeys)
                return
            }
            try expect(UInt8(ascii: ","), "',' or '}' was expected")
            skipBlanks()
        }
    }
}
