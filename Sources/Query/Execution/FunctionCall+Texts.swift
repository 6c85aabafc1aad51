import Segments

extension FunctionCall {
    /// The most bytes that the strings of one vector take, so that a row's `REPEAT` cannot eat the
    /// memory.
    static let maximumTextByteCount = 64 << 20

    /// String functions; `nil` for all others.
    func text() throws(QueryError) -> Column? {
        guard operands.first?.type == .varchar else { return nil }
        let one = operands[0].texts
        switch function {
        case .lower, .upper:
            return try texts { row, result in
                TextKernels.appendCase(
                    one.span(at: row), upper: function == .upper, to: &result)
            }
        case .reverse:
            return try texts { TextKernels.appendReversed(one.span(at: $0), to: &$1) }
        case .concatenate:
            let all = operands.map(\.texts)
            return try texts { row, result in
                for part in all {
                    let span = part.span(at: row)
                    TextKernels.append(span, 0..<span.count, to: &result)
                }
            }
        case .replace:
            let (part, replacement) = (operands[1].texts, operands[2].texts)
            return try texts { row, result in
                TextKernels.appendReplacing(
                    one.span(at: row), part.span(at: row), with: replacement.span(at: row),
                    to: &result)
            }
        case .repeated: return try repeated(one)
        case .padLeft, .padRight: return try padded(one)
        case .substring, .left, .right, .trim, .trimLeading, .trimTrailing:
            return try texts { row, result in
                let span = one.span(at: row)
                TextKernels.append(span, part(of: span, row), to: &result)
            }
        case .parseTime(let format, let isStrict):
            return try parsedTimes(one, format, isStrict: isStrict)
        default: return measures(one)
        }
    }

    /// A text per row, as `body` appends it.
    func texts(
        _ body: (Int, inout StringVector) throws(QueryError) -> Void
    ) throws(QueryError) -> Column {
        let validity = validity
        var result = StringVector()
        result.reserve(count: count, byteCount: count * 16)
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                try body(row, &result)
                guard result.bytes.count <= Self.maximumTextByteCount else { throw tooLong() }
            }
            result.finishString()
        }
        return Column(type: type, values: .strings(result), validity: validity?.unlessFull)
    }

    private func tooLong() -> QueryError {
        QueryError(
            .limit,
            "a string function makes more than \(Self.maximumTextByteCount >> 20) MiB of text",
            at: range)
    }

    /// The bytes of a row's text that SUBSTRING and its kin keep.
    private func part(of text: Span<UInt8>, _ row: Int) -> Range<Int> {
        switch function {
        case .substring:
            return TextKernels.substring(
                text, start: operands[1].integers.value(at: row),
                count: operands.count > 2 ? operands[2].integers.value(at: row) : nil)
        case .left:
            return TextKernels.substring(
                text, start: 1, count: operands[1].integers.value(at: row))
        case .right:
            return TextKernels.suffix(text, count: operands[1].integers.value(at: row))
        default:
            let set = operands[1].texts
            return TextKernels.trimmed(
                text, of: set.span(at: row), leading: function != .trimTrailing,
                trailing: function != .trimLeading)
        }
    }

    private func repeated(_ one: TextOperand) throws(QueryError) -> Column {
        let counts = operands[1].integers
        return try texts { row, result throws(QueryError) in
            let text = one.span(at: row)
            let times = max(0, counts.value(at: row))
            let size = times.multipliedReportingOverflow(by: Int64(text.count))
            guard !size.overflow, size.partialValue <= Self.maximumTextByteCount else {
                throw tooLong()
            }
            guard !text.isEmpty else { return }
            for _ in 0..<times { TextKernels.append(text, 0..<text.count, to: &result) }
        }
    }

    private func padded(_ one: TextOperand) throws(QueryError) -> Column {
        let (counts, fills) = (operands[1].integers, operands[2].texts)
        return try texts { row, result throws(QueryError) in
            let wanted = counts.value(at: row)
            guard wanted <= Self.maximumTextByteCount else { throw tooLong() }
            TextKernels.appendPadded(
                one.span(at: row), count: TextKernels.clamped(wanted),
                fill: fills.span(at: row), left: function == .padLeft, to: &result)
        }
    }

    private func parsedTimes(
        _ one: TextOperand, _ format: TimeFormat, isStrict: Bool
    ) throws(QueryError) -> Column {
        var valid = validity ?? Bitmap(repeating: true, count: count)
        var times = [Int64](repeating: 0, count: count)
        for row in 0..<count where valid[row] {
            if let time = format.parse(one.span(at: row)) {
                times[row] = time
            } else if isStrict {
                let text = Text(bytes: Array(copying: one.span(at: row)))
                throw QueryError(
                    .invalidCast, "'\(text)' is no TIMESTAMP", at: range,
                    hint: Coercion.example(of: .timestamp))
            } else {
                valid.set(row, to: false)
            }
        }
        return .integers(times, type, valid)
    }

    /// Numbers and truths about strings.
    private func measures(_ one: TextOperand) -> Column? {
        if function == .length {
            let lengths = (0..<count).map {
                Int64(ByteStrings.characterCount(one.span(at: $0)))
            }
            return .integers(lengths, type, validity)
        }
        guard operands.count == 2 else { return nil }
        let other = operands[1].texts
        func truths(_ body: (Int) -> Bool) -> Column {
            .booleans((0..<count).map { body($0) ? 1 : 0 }, validity)
        }
        switch function {
        case .position:
            let positions = (0..<count).map {
                TextKernels.position(of: other.span(at: $0), in: one.span(at: $0))
            }
            return .integers(positions, type, validity)
        case .startsWith:
            return truths {
                ByteStrings.matches(other.span(at: $0), in: one.span(at: $0), at: 0)
            }
        case .endsWith:
            return truths { row in
                let (text, part) = (one.span(at: row), other.span(at: row))
                return ByteStrings.matches(part, in: text, at: text.count - part.count)
            }
        case .contains:
            return truths {
                ByteStrings.firstIndex(
                    of: other.span(at: $0), in: one.span(at: $0), from: 0) != nil
            }
        default: return nil
        }
    }
}
