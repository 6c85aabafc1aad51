import Segments

extension FunctionCall {
    /// Functions that read and write JSON whole; `nil` for all others.
    func documents() throws(QueryError) -> Column? {
        switch function {
        case .parseJSON(let isStrict): return try parsed(isStrict: isStrict)
        case .jsonKeys(let path): return listed(.keys, path)
        case .jsonPaths: return listed(.paths, [])
        case .toJSON:
            let column = operands[0].column(count: count)
            return try texts { JSONWriting.append(column, row: $0, to: &$1) }
        default: return nil
        }
    }

    /// `{"key":value,...}` of each row, NULL values as `null`.
    func objects(_ keys: [Text]) throws(QueryError) -> Column {
        let columns = operands.map { $0.column(count: count) }
        var result = StringVector()
        for row in 0..<count {
            result.append(byte: UInt8(ascii: "{"))
            for (index, column) in columns.enumerated() {
                if index > 0 { result.append(byte: UInt8(ascii: ",")) }
                let key = keys[index].bytes
                JSONWriting.append(quoted: key.span, to: &result)
                result.append(byte: UInt8(ascii: ":"))
                JSONWriting.append(column, row: row, to: &result)
            }
            result.append(byte: UInt8(ascii: "}"))
            result.finishString()
            guard result.bytes.count <= Self.maximumTextByteCount else {
                throw QueryError(
                    .limit,
                    "the objects of one batch are larger than "
                        + "\(Self.maximumTextByteCount >> 20) MiB", at: range)
            }
        }
        return Column(type: type, values: .strings(result))
    }

    private func parsed(isStrict: Bool) throws(QueryError) -> Column {
        let one = operands[0].texts
        return try textsOrNull { row, result throws(QueryError) in
            if JSONReading.append(.text, of: one.span(at: row), to: &result) { return true }
            guard isStrict else { return false }
            let text = String(Text(bytes: Array(copying: one.span(at: row))).string.prefix(64))
            throw QueryError(
                .invalidCast, "'\(text)' is no JSON", at: range,
                hint: "TRY_PARSE_JSON gives NULL for it")
        }
    }

    private func listed(_ purpose: JSONReading.Purpose, _ path: [Text]) -> Column {
        let one = operands[0].texts
        var valid = validity ?? Bitmap(repeating: true, count: count)
        var elements = StringVector()
        var offsets: [UInt32] = [0]
        for row in 0..<count {
            if valid[row], !append(purpose, path, one.span(at: row), to: &elements) {
                valid.set(row, to: false)
            }
            offsets.append(UInt32(elements.count))
        }
        return Column(
            type: type,
            values: .arrays(
                offsets: offsets, elements: Column(type: .varchar, values: .strings(elements))),
            validity: valid.unlessFull)
    }

    private func append(
        _ purpose: JSONReading.Purpose, _ path: [Text], _ text: Span<UInt8>,
        to elements: inout StringVector
    ) -> Bool {
        var found = StringVector()
        if path.isEmpty {
            guard JSONReading.append(purpose, of: text, to: &found) else { return false }
        } else {
            var inner = StringVector()
            guard JSONPath.appendValue(text, path, to: &inner) else { return false }
            inner.finishString()
            guard JSONReading.append(purpose, of: inner.span(at: 0), to: &found) else {
                return false
            }
        }
        elements.append(contentsOf: found)
        return true
    }
}
