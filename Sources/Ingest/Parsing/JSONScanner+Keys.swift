import Segments

/// Keys: counted, and never twice in one object.
extension JSONScanner {
    /// Passes a key, its colon and the blanks around it.
    mutating func scanKey() throws(JSONFault) -> StringToken {
        guard peek == UInt8(ascii: "\"") else { throw fault("a key in quotes was expected") }
        let key = try scanString()
        skipBlanks()
        try expect(UInt8(ascii: ":"), "':' was expected")
        skipBlanks()
        return key
    }

    /// Counts a key against the row's limit.
    @inline(__always)
    mutating func countKey() throws(JSONFault) {
        keyCount &+= 1
        guard keyCount <= ParseLimit.keyCount else {
            throw JSONFault(.rowTooLarge, at: position, "has more than 1,024 keys")
        }
    }

    /// Remembers a key of the innermost object, whose keys begin at `first`, and refuses one that
    /// is there already. Keys are equal if they are without their escapes.
    ///
    /// A list and not a table: rows have few keys, and comparing a thousand hashes takes less than
    /// a microsecond.
    mutating func noteKey(_ key: StringToken, since first: Int) throws(JSONFault) {
        if toleratesKeys { return }
        try countKey()
        let hash = hashOfPlainBytes(key)
        for index in first..<openKeys.count where openKeys[index].hash == hash {
            guard !arePlainBytesEqual(openKeys[index].token, key) else {
                var fault = JSONFault(
                    .duplicateField, at: key.range.lowerBound, "appears twice in one object")
                fault.key = key.range
                throw fault
            }
        }
        openKeys.append(KeyNote(hash: hash, token: key))
    }

    private func hashOfPlainBytes(_ token: StringToken) -> UInt64 {
        token.hasEscapes
            ? Hashing.hash(plainBytes(of: token).span)
            : Hashing.hash(text.extracting(token.range))
    }

    private func arePlainBytesEqual(_ one: StringToken, _ other: StringToken) -> Bool {
        plainBytes(of: one) == plainBytes(of: other)
    }

    /// A copy of a string's bytes without escapes.
    func plainBytes(of token: StringToken) -> [UInt8] {
        var bytes: [UInt8] = []
        appendPlain(token, to: &bytes)
        return bytes
    }

    /// Appends a string's bytes without escapes.
    func appendPlain(_ token: StringToken, to bytes: inout [UInt8]) {
        if token.hasEscapes {
            JSONEscapes.appendUnescaped(text.extracting(token.range), to: &bytes)
        } else {
            bytes.append(copying: text.extracting(token.range))
        }
    }
}
