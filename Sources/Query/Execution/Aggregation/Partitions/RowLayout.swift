import Segments

/// What of a row the aggregates need, so that the row can wait for its group: the values of their
/// arguments as integers, the same argument once.
final class RowLayout: Sendable {
    /// What is kept of each row.
    let parts: [Part]
    /// For each call, which parts it reads; `flag` is its bit of the part of flags.
    let calls: [Call]
    /// Conditions that are kept as one part, behind the others; empty where there is none.
    let flags: [BoundExpression]

    /// Which parts a call reads.
    struct Call: Sendable {
        let call: AggregateCall
        var argument: Int?
        var key: Int?
        var flag: Int?
    }

    /// One value of a row.
    struct Part: Sendable {
        /// What is evaluated.
        let expression: BoundExpression
        /// Of texts, which are kept as codes.
        let space: KeySpace?
    }

    /// The layout of rows for `calls`; `nil` where a row cannot wait: where calls have filters,
    /// states that cannot be divided, or arguments that do not fit 64 bits or are any texts.
    init?(_ calls: [AggregateCall], _ spaces: KeySpaces) throws(QueryError) {
        var parts: [Part] = []
        func index(_ expression: BoundExpression?) throws(QueryError) -> Int?? {
            guard let expression else { return .some(nil) }
            if let known = parts.firstIndex(where: { $0.expression == expression }) { return known }
            switch expression.type.layout {
            case .booleans, .integers, .doubles:
                parts.append(Part(expression: expression, space: nil))
            case .strings:
                let space = try spaces.space(of: expression)
                // Texts that only rows tell would be held until the query ends, where a group
                // needs one of them or none.
                if space.isWide || space.numbersRows { return nil }
                parts.append(Part(expression: expression, space: space))
            case .wideIntegers, .arrays: return nil
            }
            return parts.count - 1
        }
        var found: [Call] = []
        var flags: [BoundExpression] = []
        for call in calls {
            if let condition = FlagAccumulator.condition(of: call), call.filter == nil {
                guard flags.count < RowFlags.maximumCount else { return nil }
                found.append(Call(call: call, flag: flags.count))
                flags.append(condition)
                continue
            }
            guard call.filter == nil, !call.isDistinct, call.fraction == nil,
                let argument = try index(call.argument), let key = try index(call.key)
            else { return nil }
            found.append(Call(call: call, argument: argument, key: key))
        }
        self.parts = parts
        self.calls = found
        self.flags = flags
    }

    /// Bytes of what the spaces have learned.
    var memoryBytes: Int { parts.reduce(0) { $0 + ($1.space?.memoryBytes ?? 0) } }

    /// The values of part `part` as integers, NULLs as zero, texts as codes.
    func integers(_ part: Int, _ vector: Vector, count: Int) throws(QueryError) -> [Int64] {
        if let space = parts[part].space {
            return try space.codes(.vector(vector), count: count).low.map {
                Int64(bitPattern: $0)
            }
        }
        switch vector.column(count: count).values {
        case .integers(let values): return values
        case .booleans(let values): return values.map { Int64($0) }
        case .doubles(let values): return values.map { Int64(bitPattern: $0.bitPattern) }
        case .wideIntegers, .strings, .codes, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("a part of a row is an integer")
        }
    }

    /// The column that `integers` came from.
    func column(_ part: Int, _ integers: [Int64], _ validity: Bitmap?) -> Column {
        let type = parts[part].expression.type
        if let space = parts[part].space {
            return space.column(KeyCodes(low: integers.map { UInt64(bitPattern: $0) }))
        }
        let values: Column.Values =
            switch type.layout {
            case .booleans: .booleans(integers.map { UInt8(truncatingIfNeeded: $0) })
            case .doubles:
                .doubles(integers.map { Double(bitPattern: UInt64(bitPattern: $0)) })
            default: .integers(integers)
            }
        return Column(type: type, values: values, validity: validity)
    }
}
