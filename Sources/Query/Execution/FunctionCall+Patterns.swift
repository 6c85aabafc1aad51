import Segments

extension FunctionCall {
    /// Functions of texts that search by patterns, take them apart or code them; `nil` for all
    /// others.
    func patterns() throws(QueryError) -> Column? {
        guard operands.first?.type == .varchar else { return nil }
        let one = operands[0].texts
        switch function {
        case .capitalised:
            return try texts { TextKernels.appendCapitalised(one.span(at: $0), to: &$1) }
        case .splitPart: return try splitPart(one)
        case .containsIgnoringCase:
            let other = operands[1].texts
            let found = (0..<count).map { row -> UInt8 in
                ByteStrings.firstIndex(
                    of: other.span(at: row), in: one.span(at: row), from: 0, foldsCase: true)
                    == nil ? 0 : 1
            }
            return .booleans(found, validity)
        case .like(let ignoresCase, let escape):
            return try like(one, ignoresCase: ignoresCase, escape)
        case .regexMatches(let regex):
            var machine = RegexMachine(regex.program, groups: nil)
            var found = [UInt8](repeating: 0, count: count)
            let validity = validity
            for row in 0..<count where validity.map({ $0[row] }) ?? true {
                found[row] = machine.find(in: one.span(at: row)) ? 1 : 0
            }
            return .booleans(found, validity)
        case .regexExtract(let regex, let group): return try extracted(one, regex, group)
        case .regexReplace(let regex, let replacement):
            var machine = RegexMachine(regex.program, groups: replacement.highestGroup)
            return try texts {
                machine.appendReplacing(one.span(at: $0), with: replacement, to: &$1)
            }
        case .digest(let digest):
            return try texts {
                let bytes = digest.bytes(of: one.span(at: $0))
                TextCoding.hexadecimal.append(encoding: bytes.span, to: &$1)
            }
        case .encode(let coding):
            return try texts { coding.append(encoding: one.span(at: $0), to: &$1) }
        case .decode(let coding):
            return try textsOrNull { row, result in
                guard let bytes = coding.decoded(one.span(at: row)),
                    String(validating: bytes, as: UTF8.self) != nil
                else { return false }
                for byte in bytes { result.append(byte: byte) }
                return true
            }
        default: return nil
        }
    }

    /// A text per row; NULL where `body` appends none.
    func textsOrNull(
        _ body: (Int, inout StringVector) throws(QueryError) -> Bool
    ) throws(QueryError) -> Column {
        var valid = validity ?? Bitmap(repeating: true, count: count)
        let result = try texts { row, result throws(QueryError) in
            if try body(row, &result) { return }
            result.dropUnfinished()
            valid.set(row, to: false)
        }
        return Column(type: type, values: result.values, validity: valid.unlessFull)
    }

    private func splitPart(_ one: TextOperand) throws(QueryError) -> Column {
        let (delimiters, numbers) = (operands[1].texts, operands[2].integers)
        return try texts { row, result throws(QueryError) in
            let number = numbers.value(at: row)
            guard number != 0 else {
                throw QueryError(
                    .invalidArgument, "SPLIT_PART counts parts from 1, or from -1 at the end",
                    at: range)
            }
            let text = one.span(at: row)
            let part = TextKernels.part(number, of: text, splitBy: delimiters.span(at: row))
            TextKernels.append(text, part, to: &result)
        }
    }

    private func like(
        _ one: TextOperand, ignoresCase: Bool, _ escape: Unicode.Scalar?
    ) throws(QueryError) -> Column {
        let patterns = operands[1].texts
        var found = [UInt8](repeating: 0, count: count)
        var last: (text: Text, matcher: LikeMatcher)?
        let validity = validity
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            let text = patterns.span(at: row)
            if last.map({ !ByteStrings.equal(text, $0.text.bytes.span) }) ?? true {
                let pattern = Text(bytes: Array(copying: text))
                guard
                    let pieces = LikePattern(pattern, escape: escape, ignoresCase: ignoresCase)
                else {
                    throw QueryError(
                        .invalidArgument,
                        "the pattern '\(pattern)' ends with its escape or escapes a letter",
                        at: range)
                }
                last = (pattern, LikeMatcher(pieces))
            }
            found[row] = last?.matcher.matches(one.span(at: row)) ?? false ? 1 : 0
        }
        return .booleans(found, validity)
    }

    private func extracted(
        _ one: TextOperand, _ regex: Regex, _ group: Int
    ) throws(QueryError) -> Column {
        var machine = RegexMachine(regex.program, groups: group)
        return try textsOrNull { row, result in
            let text = one.span(at: row)
            guard machine.find(in: text) else { return false }
            let (start, end) = (Int(machine.slots[group * 2]), Int(machine.slots[group * 2 + 1]))
            guard start >= 0, end >= start else { return false }
            TextKernels.append(text, start..<end, to: &result)
            return true
        }
    }
}

extension TextKernels {
    /// Appends the text with the first letter of each word as a capital, the others small.
    static func appendCapitalised(_ text: Span<UInt8>, to result: inout StringVector) {
        var isInWord = false
        for scalar in String(decoding: [UInt8](copying: text), as: UTF8.self).unicodeScalars {
            let properties = scalar.properties
            let mapped = isInWord ? properties.lowercaseMapping : properties.titlecaseMapping
            for byte in mapped.utf8 { result.append(byte: byte) }
            isInWord = properties.isAlphabetic || properties.numericType != nil
        }
    }

    /// The bytes of part `number` between delimiters, from 1, or from -1 backwards; empty where
    /// there are fewer parts.
    static func part(
        _ number: Int64, of text: Span<UInt8>, splitBy delimiter: Span<UInt8>
    ) -> Range<Int> {
        var parts: [Range<Int>] = []
        var start = 0
        while !delimiter.isEmpty,
            let found = ByteStrings.firstIndex(of: delimiter, in: text, from: start)
        {
            if number == Int64(parts.count) + 1 { return start..<found }
            parts.append(start..<found)
            start = found + delimiter.count
        }
        parts.append(start..<text.count)
        let index = number > 0 ? number - 1 : Int64(parts.count) + number
        guard index >= 0, index < Int64(parts.count) else { return 0..<0 }
        return parts[Int(index)]
    }
}
