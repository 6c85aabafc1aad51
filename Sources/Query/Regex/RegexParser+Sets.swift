/// Escapes and classes: what stands for sets of characters.
extension RegexParser {
    mutating func escape() throws(RegexError) -> RegexSyntax {
        let start = position
        guard position + 1 < scalars.count, let letter = Unicode.Scalar(scalars[position + 1])
        else { throw error("a backslash ends the pattern") }
        let assertion: RegexAssertion? =
            switch letter {
            case "A", "G": .textStart
            case "z": .textEnd
            case "Z": .lastLineEnd
            case "b": .wordBoundary
            case "B": .noWordBoundary
            default: nil
            }
        if let assertion {
            position += 2
            return .assertion(assertion)
        }
        if ("1"..."9").contains(letter) || letter == "k" {
            throw error("back-references are not supported", at: start)
        }
        return .scalars(try escapedSet())
    }

    /// What a backslash and the letters behind it stand for, in or outside of a class.
    private mutating func escapedSet() throws(RegexError) -> ScalarSet {
        let start = position
        position += 1
        guard let letter = peek else { throw error("a backslash ends the pattern", at: start) }
        position += 1
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "h": return ScalarSet(0x09...0x09, 0x20...0x20, 0xa0...0xa0)
        case "R": return .lineEnds
        case "p", "P": return try property(isNegated: letter == "P", start)
        default: break
        }
        position = start
        return literal(try escapedScalar())
    }

    /// A single scalar behind a backslash.
    private mutating func escapedScalar() throws(RegexError) -> UInt32 {
        let start = position
        position += 1
        guard let letter = peek else { throw error("a backslash ends the pattern", at: start) }
        position += 1
        switch letter {
        case "t": return 0x09
        case "n": return 0x0a
        case "r": return 0x0d
        case "f": return 0x0c
        case "a": return 0x07
        case "e": return 0x1b
        case "x" where accept("{"):
            let value = hexadecimal(1...6)
            guard let value, Unicode.Scalar(value) != nil, accept("}") else {
                throw error("\\x{...} takes the number of a character", at: start)
            }
            return value
        case "x", "u":
            let count = letter == "x" ? 2 : 4
            guard let value = hexadecimal(count...count), Unicode.Scalar(value) != nil else {
                throw error("\\\(letter) takes \(count) hexadecimal digits", at: start)
            }
            return value
        default:
            let isLetter = letter.isASCII && letter.properties.isAlphabetic
            guard !isLetter, !("0"..."9").contains(letter) else {
                throw error("\\\(letter) is not supported", at: start)
            }
            return letter.value
        }
    }

    private mutating func hexadecimal(_ counts: ClosedRange<Int>) -> UInt32? {
        var (value, count): (UInt32, Int) = (0, 0)
        while count < counts.upperBound, let next = peek,
            let digit = Character(next).hexDigitValue, next.isASCII
        {
            value = value << 4 | UInt32(digit)
            count += 1
            position += 1
        }
        return counts.contains(count) ? value : nil
    }

    private mutating func property(
        isNegated: Bool, _ start: Int
    ) throws(RegexError) -> ScalarSet {
        var name = ""
        if accept("{") {
            while let next = peek, next != "}" {
                name.unicodeScalars.append(next)
                position += 1
            }
            guard accept("}") else { throw error("\\p{...} is not closed", at: start) }
        } else if let next = peek {
            name.unicodeScalars.append(next)
            position += 1
        }
        if name.hasPrefix("Is") { name.removeFirst(2) }
        let set: ScalarSet
        switch name {
        case "L": set = ScalarSet(.letter, isNegated: false)
        case "Lu": set = ScalarSet(.upper, isNegated: false)
        case "Ll": set = ScalarSet(.lower, isNegated: false)
        case "N", "Nd": set = ScalarSet(.number, isNegated: false)
        case "P": set = ScalarSet(.punctuation, isNegated: false)
        case "S": set = ScalarSet(.symbol, isNegated: false)
        case "Z", "Zs": set = ScalarSet(.separator, isNegated: false)
        case "C", "Cc": set = ScalarSet(.control, isNegated: false)
        case "Alpha": set = ScalarSet(0x41...0x5a, 0x61...0x7a)
        case "Alphabetic": set = ScalarSet(.letter, isNegated: false)
        case "Digit": set = .digits
        case "Alnum": set = ScalarSet(0x30...0x39, 0x41...0x5a, 0x61...0x7a)
        case "Upper": set = ScalarSet(0x41...0x5a)
        case "Lower": set = ScalarSet(0x61...0x7a)
        case "Punct": set = ScalarSet(0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e)
        case "Space": set = .spaces
        case "XDigit": set = ScalarSet(0x30...0x39, 0x41...0x46, 0x61...0x66)
        case "ASCII": set = ScalarSet(0...0x7f)
        default: throw error("the property \(name) is not supported", at: start)
        }
        return isNegated ? set.inverted : set
    }

    // MARK: Classes

    mutating func characterClass() throws(RegexError) -> ScalarSet {
        let start = position
        position += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw error("classes are nested too deeply") }
        let isNegated = accept("^")
        var set = ScalarSet()
        var isFirst = true
        while let next = peek, next != "]" || isFirst {
            isFirst = false
            if follows("&&") { throw error("intersections of classes are not supported") }
            if next == "[" {
                set.insert(try characterClass())
                continue
            }
            try insertItem(into: &set)
        }
        guard accept("]") else { throw error("a class is not closed", at: start) }
        return isNegated ? set.inverted : set
    }

    /// A character, a range of them, or an escape in a class.
    private mutating func insertItem(into set: inout ScalarSet) throws(RegexError) {
        let start = position
        guard let low = try classScalar(&set) else { return }
        guard follows("-"), position + 1 < scalars.count, scalars[position + 1] != 0x5d else {
            return set.insert(low...low, ignoringCase: flags.ignoresCase)
        }
        position += 1
        var other = ScalarSet()
        guard let high = try classScalar(&other), high >= low else {
            throw error("a range in a class goes down or ends nowhere", at: start)
        }
        set.insert(low...high, ignoringCase: flags.ignoresCase)
    }

    /// A scalar; nil where a whole set was written, which is then inserted.
    private mutating func classScalar(_ set: inout ScalarSet) throws(RegexError) -> UInt32? {
        guard let next = peek else { throw error("a class is not closed") }
        guard next == "\\" else {
            position += 1
            return next.value
        }
        guard position + 1 < scalars.count, let letter = Unicode.Scalar(scalars[position + 1])
        else { throw error("a backslash ends the pattern") }
        if "dDsSwWhRpP".unicodeScalars.contains(letter) {
            set.insert(try escapedSet())
            return nil
        }
        return try escapedScalar()
    }
}
