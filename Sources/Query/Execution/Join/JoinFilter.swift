import Segments

/// What the keys in memory say about the rows that look for them: known before these are read, so
/// that segments and blocks without a match are passed over.
///
/// Few keys are a list, which key indexes answer and dictionaries are asked for once; many keys are
/// their least and greatest, which only prune and are not asked row by row.
struct JoinFilter {
    private let shape: JoinShape
    private let table: JoinTable

    /// Most keys of a list.
    static let listCount = 1_000
    /// Most strings whose least and greatest are looked for.
    private static let textCount = 1 << 18

    init(_ shape: JoinShape, _ table: JoinTable) {
        self.shape = shape
        self.table = table
    }

    /// The plan of the probing side, with what is known written into its scans.
    func applied(to plan: LogicalPlan) -> LogicalPlan {
        guard table.rowCount > 0 else { return .values(rows: [], types: plan.types) }
        var plan = plan
        for number in shape.probeKeys.indices {
            let key = shape.probeKeys[number]
            guard case .column(let index, let type) = key, shape.buildKeys[number].type == type
            else { continue }
            // Zeros of both signs are one key, and two values.
            if !table.keySamples.isEmpty, type != .double {
                let column = table.keySamples[number]
                let values = Set((0..<column.count).map { column.value(at: $0) }).subtracting([
                    .null
                ])
                let list = BoundExpression.inList(key, values, hasNull: false)
                plan = Optimizer.push([list], into: plan)
            } else if let bounds = bounds(number, type) {
                let range = BoundExpression.and([
                    .compare(.greaterOrEqual, key, .literal(bounds.least, type)),
                    .compare(.lessOrEqual, key, .literal(bounds.greatest, type)),
                ])
                plan = plan.pruned(by: range, at: index)
            }
        }
        return plan
    }

    private func bounds(_ number: Int, _ type: LogicalType) -> (least: Value, greatest: Value)? {
        if let texts = table.textKeys[number] {
            return texts.bounds(table.keys[number]).map {
                (.varchar($0.least), .varchar($0.greatest))
            }
        }
        if type == .varchar, case .texts(let texts, let count) = table.keys[number] {
            return bounds(texts, count: count)
        }
        guard type.layout == .integers, case .words(let words) = table.keys[number],
            let first = words.first
        else { return nil }
        var (least, greatest) = (Int64(bitPattern: first), Int64(bitPattern: first))
        for word in words {
            least = min(least, Int64(bitPattern: word))
            greatest = max(greatest, Int64(bitPattern: word))
        }
        let column = Column(type: type, values: .integers([least, greatest]))
        return (column.value(at: 0), column.value(at: 1))
    }

    /// - Returns: `nil` where there are too many to look at.
    private func bounds(
        _ texts: TextOperand, count: Int
    ) -> (least: Value, greatest: Value)? {
        guard count > 0, count <= Self.textCount else { return nil }
        var (least, greatest) = (0, 0)
        for row in 1..<max(1, count) {
            let text = texts.span(at: row)
            if ByteStrings.compare(text, texts.span(at: least)) < 0 { least = row }
            if ByteStrings.compare(text, texts.span(at: greatest)) > 0 { greatest = row }
        }
        func value(_ row: Int) -> Value {
            .varchar(Text(bytes: [UInt8](copying: texts.span(at: row))))
        }
        return (value(least), value(greatest))
    }
}

extension LogicalPlan {
    /// The plan whose scan passes over rows that `range`, over its column `index`, excludes: some
    /// of them, as far as pruning goes.
    fileprivate func pruned(by range: BoundExpression, at index: Int) -> LogicalPlan {
        switch self {
        case .scan(var scan):
            scan.hint = .conjunction((scan.hint?.conjuncts ?? []) + range.conjuncts)
            return .scan(scan)
        case .filter(let condition, let input):
            return .filter(condition, input.pruned(by: range, at: index))
        case .project(let expressions, let input):
            guard case .column(let below, _) = expressions[index] else { return self }
            let moved = range.moved(to: [index: below])
            return .project(expressions, input.pruned(by: moved, at: below))
        case .aggregate(let keys, let calls, let input):
            guard index < keys.count, case .column(let below, _) = keys[index] else { return self }
            let moved = range.moved(to: [index: below])
            return .aggregate(
                keys: keys, calls: calls, input.pruned(by: moved, at: below))
        case .join(let join, let left, let right):
            guard index < left.types.count, join.kind != .right, join.kind != .full else {
                return self
            }
            return .join(join, left.pruned(by: range, at: index), right)
        default: return self
        }
    }
}
