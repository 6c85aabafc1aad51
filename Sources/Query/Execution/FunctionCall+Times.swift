import Segments

extension FunctionCall {
    /// Time functions; `nil` for all others.
    func time() throws(QueryError) -> Column? {
        let validity = validity
        if function == .fromMilliseconds {
            let scaled = IntegerKernels.apply(
                .multiply, operands[0].integers, .constant(1_000), count: count,
                validity: validity)
            guard let scaled else { throw overflow() }
            return .integers(scaled, type, validity)
        }
        let times = try instants()
        guard let times else { return nil }
        let checked: [Int64]?
        switch function {
        case .timeFloor(let step):
            guard case .rows(let values) = times else {
                checked = mapChecked(times, validity) { TimeKernels.step(of: $0, step)?.start }
                break
            }
            checked = TimeKernels.floor(values, step, validity: validity)
        case .timeCeiling(let step):
            checked = mapChecked(times, validity) { TimeKernels.ceiling($0, step) }
        case .timeShift(let step): checked = shifted(times, operands[1].integers, step)
        case .extract(let field):
            checked = mapChecked(times, validity) { TimeKernels.extract(field, $0) }
        case .timeDifference(let field): checked = difference(times, field)
        case .toMilliseconds:
            checked = mapChecked(times, validity) { TimeKernels.floorDivide($0, 1_000) }
        case .localTime(let zone):
            guard case .rows(let values) = times else {
                checked = mapChecked(times, validity) { zone.local($0) }
                break
            }
            checked = TimeKernels.local(values.span, in: zone, validity: validity)
        case .instant(let zone):
            checked = mapChecked(times, validity) { zone.instant(ofLocal: $0) }
        case .formatTime(let format): return formatted(times, format)
        default: return nil
        }
        guard let checked else { throw overflow() }
        return .integers(checked, type, validity)
    }

    /// The first operand as microseconds, dates at their midnight; `nil` where it is no time.
    private func instants() throws(QueryError) -> Operand<Int64>? {
        switch operands.first?.type {
        case .timestamp?: return operands[0].integers
        case .date?:
            let scaled = IntegerKernels.apply(
                .multiply, operands[0].integers, .constant(CivilTime.microsecondsPerDay),
                count: count, validity: validity)
            guard let scaled else { throw overflow() }
            return .rows(scaled)
        default: return nil
        }
    }

    private func shifted(
        _ times: Operand<Int64>, _ counts: Operand<Int64>, _ step: TimeStep
    ) -> [Int64]? {
        let validity = validity
        var result = [Int64](repeating: 0, count: count)
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            guard
                let moved = TimeKernels.shift(
                    times.value(at: row), step, by: counts.value(at: row))
            else { return nil }
            result[row] = moved
        }
        return result
    }

    private func difference(_ times: Operand<Int64>, _ field: TimeField) -> [Int64]? {
        let others = operands[1].integers
        let validity = validity
        var result = [Int64](repeating: 0, count: count)
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            guard
                let steps = TimeKernels.difference(
                    field, from: times.value(at: row), to: others.value(at: row))
            else { return nil }
            result[row] = steps
        }
        return result
    }

    private func formatted(_ times: Operand<Int64>, _ format: TimeFormat) -> Column {
        let validity = validity
        var strings = StringVector()
        var bytes: [UInt8] = []
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                bytes.removeAll(keepingCapacity: true)
                format.append(times.value(at: row), to: &bytes)
                strings.append(bytes.span)
            } else {
                strings.finishString()
            }
        }
        return Column(type: type, values: .strings(strings), validity: validity?.unlessFull)
    }

    // MARK: - Arrays and JSON

    /// Functions of arrays and JSON; `nil` for all others.
    func structured() throws(QueryError) -> Column? {
        switch function {
        case .jsonValue(let path): return json { JSONPath.appendScalar($0, path, to: &$1) }
        case .jsonQuery(let path): return json { JSONPath.appendValue($0, path, to: &$1) }
        case .arrayLength:
            guard case .arrays(let offsets, _) = operands[0].column(count: count).values else {
                preconditionFailure("ARRAY_LENGTH of no array")
            }
            let lengths = (0..<count).map { Int64(offsets[$0 + 1]) - Int64(offsets[$0]) }
            return .integers(lengths, type, validity)
        case .arrayContains:
            if let found = containsConstant() { return .booleans(found, validity) }
            let elements = operands[1].column(count: count)
            let found = lists(0).enumerated().map { row, list -> UInt8 in
                let element = elements.value(at: row)
                return !element.isNull && list.contains(element) ? 1 : 0
            }
            return .booleans(found, validity)
        case .arrayOverlaps:
            let shared = zip(lists(0), lists(1)).map { one, other -> UInt8 in
                one.contains { !$0.isNull && other.contains($0) } ? 1 : 0
            }
            return .booleans(shared, validity)
        default: return nil
        }
    }

    /// ARRAY_CONTAINS of a constant over codes: the elements are searched for its code, and only
    /// where it is found one asks for the row. `nil` for other forms.
    private func containsConstant() -> [UInt8]? {
        guard case .constant(.varchar(let wanted), _) = operands[1],
            case .column(let column) = operands[0],
            case .arrays(let offsets, let elements) = column.values,
            case .codes(let codes, let dictionary) = elements.values, dictionary.isSorted
        else { return nil }
        var found = [UInt8](repeating: 0, count: count)
        guard let code = dictionary.code(of: wanted) else { return found }
        var row = 0
        let (source, ends) = (codes.span, offsets.span)
        for element in 0..<source.count where source[element] == code {
            guard !elements.isNull(element) else { continue }
            while Int(ends[row + 1]) <= element { row += 1 }
            found[row] = 1
        }
        return found
    }

    private func lists(_ operand: Int) -> [[Value]] {
        let column = operands[operand].column(count: count)
        return (0..<count).map { row in
            if case .array(let elements) = column.value(at: row) { elements } else { [] }
        }
    }

    /// What `find` appends for each text; NULL where it finds nothing.
    private func json(_ find: (Span<UInt8>, inout StringVector) -> Bool) -> Column {
        JSONValues.found(operands[0].texts, validity, count: count, type: type, find)
    }
}
