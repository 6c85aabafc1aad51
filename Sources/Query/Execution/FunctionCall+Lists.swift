import Segments

/// Arrays as offsets and one column of elements: functions pick rows of that column.
extension FunctionCall {
    /// Functions of arrays that make values or arrays; `nil` for all others.
    func lists() throws(QueryError) -> Column? {
        switch function {
        case .arrayElement(let first): return element(first: first)
        case .arrayPosition(let first): return position(first: first)
        case .arraySlice: return slice()
        case .arrayConcatenate: return concatenated()
        case .arrayToText: return try joined()
        case .textToArray: return split()
        default: return nil
        }
    }

    /// One array of each row's operands, NULL among them where they are.
    func arrayOfOperands() -> Column {
        let element: LogicalType = type == .array(.bigint) ? .bigint : .varchar
        var all = ColumnAppender(element)
        for operand in operands { all.append(operand.column(count: count)) }
        var picked: [Int32] = []
        picked.reserveCapacity(count * operands.count)
        for row in 0..<count {
            for index in operands.indices {
                picked.append(Int32(truncatingIfNeeded: index * count + row))
            }
        }
        let width = UInt32(operands.count)
        return Column(
            type: type,
            values: .arrays(
                offsets: (0...UInt32(count)).map { $0 * width },
                elements: all.finish().gather(picked)))
    }

    private func array(_ operand: Int) -> (offsets: [UInt32], elements: Column) {
        guard
            case .arrays(let offsets, let elements) = operands[operand].column(count: count).values
        else { preconditionFailure("\(operands[operand].type) is no array") }
        return (offsets, elements)
    }

    /// Arrays of picked elements: `pick` appends those of a row.
    private func made(
        _ elements: Column, _ pick: (Int, inout [Int32]) -> Void
    ) -> Column {
        let validity = validity
        var picked: [Int32] = []
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(count + 1)
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true { pick(row, &picked) }
            offsets.append(UInt32(picked.count))
        }
        return Column(
            type: type, values: .arrays(offsets: offsets, elements: elements.gather(picked)),
            validity: validity?.unlessFull)
    }

    private func element(first: Int64) -> Column {
        let (offsets, elements) = array(0)
        let indices = operands[1].integers
        let validity = validity
        var picked = [Int32](repeating: -1, count: count)
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            let length = Int64(offsets[row + 1]) - Int64(offsets[row])
            let asked = indices.value(at: row)
            guard asked >= first, asked - first < length else { continue }
            picked[row] = Int32(truncatingIfNeeded: Int64(offsets[row]) + asked - first)
        }
        return elements.gather(orNull: picked)
    }

    private func position(first: Int64) -> Column {
        let (offsets, elements) = array(0)
        let wanted = operands[1].column(count: count)
        var valid = validity ?? Bitmap(repeating: true, count: count)
        var result = [Int64](repeating: 0, count: count)
        for row in 0..<count where valid[row] {
            let value = wanted.value(at: row)
            let found = (offsets[row]..<offsets[row + 1]).first {
                elements.value(at: Int($0)) == value
            }
            guard let found else {
                valid.set(row, to: false)
                continue
            }
            result[row] = Int64(found - offsets[row]) + first
        }
        return .integers(result, type, valid)
    }

    /// Elements from one index up to another, counted from 0.
    private func slice() -> Column {
        let (offsets, elements) = array(0)
        let starts = operands[1].integers
        let ends = operands.count > 2 ? operands[2].integers : .constant(.max)
        return made(elements) { row, picked in
            let length = Int64(offsets[row + 1]) - Int64(offsets[row])
            let start = max(0, starts.value(at: row))
            let end = min(length, ends.value(at: row))
            guard start < end else { return }
            for index in start..<end {
                picked.append(Int32(truncatingIfNeeded: Int64(offsets[row]) + index))
            }
        }
    }

    private func concatenated() -> Column {
        let (one, other) = (array(0), array(1))
        var both = ColumnAppender(one.elements.type)
        both.append(one.elements)
        both.append(other.elements)
        let base = one.elements.count
        return made(both.finish()) { row, picked in
            for index in one.offsets[row]..<one.offsets[row + 1] {
                picked.append(Int32(truncatingIfNeeded: index))
            }
            for index in other.offsets[row]..<other.offsets[row + 1] {
                picked.append(Int32(truncatingIfNeeded: base + Int(index)))
            }
        }
    }

    private func joined() throws(QueryError) -> Column {
        let (offsets, elements) = array(0)
        let separators = operands[1].texts
        let words = elements.type == .varchar ? TextOperand(elements) : nil
        return try texts { row, result in
            var isFirst = true
            for index in offsets[row]..<offsets[row + 1] where !elements.isNull(Int(index)) {
                if !isFirst {
                    let separator = separators.span(at: row)
                    TextKernels.append(separator, 0..<separator.count, to: &result)
                }
                isFirst = false
                if let words {
                    let word = words.span(at: Int(index))
                    TextKernels.append(word, 0..<word.count, to: &result)
                } else {
                    for byte in "\(elements.value(at: Int(index)))".utf8 {
                        result.append(byte: byte)
                    }
                }
            }
        }
    }

    private func split() -> Column {
        let (words, separators) = (operands[0].texts, operands[1].texts)
        let validity = validity
        var elements = StringVector()
        var offsets: [UInt32] = [0]
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                let (text, separator) = (words.span(at: row), separators.span(at: row))
                var start = 0
                while !separator.isEmpty,
                    let found = ByteStrings.firstIndex(of: separator, in: text, from: start)
                {
                    elements.append(text.extracting(start..<found))
                    start = found + separator.count
                }
                elements.append(text.extracting(start..<text.count))
            }
            offsets.append(UInt32(elements.count))
        }
        return Column(
            type: type,
            values: .arrays(
                offsets: offsets, elements: Column(type: .varchar, values: .strings(elements))),
            validity: validity?.unlessFull)
    }
}
