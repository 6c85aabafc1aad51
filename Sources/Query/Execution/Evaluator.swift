import Segments

/// Evaluates one expression over batches, operand by operand, a vector at a time.
///
/// One tree of evaluators per worker: it remembers what it learned of a dictionary. An expression
/// that reads nothing but one dictionary column and cannot fail is evaluated once per entry of the
/// dictionary, and by code after that.
///
/// Operands of AND, OR, CASE and COALESCE are evaluated for those rows only that need them, so that
/// `CASE WHEN d <> 0 THEN n / d END` never divides by zero.
final class Evaluator {
    /// What is evaluated.
    let expression: BoundExpression
    /// Evaluators of the operands, in the order of the expression.
    let operands: [Evaluator]
    /// Whether evaluation can end in an error for some row.
    let canFail: Bool
    /// The columns read, by position.
    private let columns: [Int: LogicalType]
    /// The only column read, where that holds strings and the evaluation cannot fail.
    let liftedColumn: Int?
    /// Whether nothing but numbers is read: then zone maps of blocks may decide what those of
    /// segments left open.
    private let readsNumbers: Bool
    private let like: LikeMatcher?
    private let list: MemberSet?
    private var lifted: Lifted?
    private var liftedTruths: LiftedTruths?
    private var codeCondition: CodeCondition?

    /// What an expression gives for each entry of a dictionary, and for NULL behind the last.
    private struct Lifted {
        let dictionary: StringDictionary
        let result: Vector
    }

    /// What a condition gives for each code of a dictionary, or of that of a JSON column whose
    /// values at a path the dictionary holds.
    private struct LiftedTruths {
        let dictionary: StringDictionary
        let isOfEntries: Bool
        let truths: CodeTruths

        func isOf(_ other: StringDictionary, entries: Bool) -> Bool {
            dictionary === other && isOfEntries == entries
        }
    }

    /// Dictionaries of more entries than this are not worth it: a worker sees few of them.
    private static let maximumLiftedCount = 1 << 16

    /// An evaluator of `expression`.
    init(_ expression: BoundExpression) {
        self.expression = expression
        operands = expression.operands.map { Evaluator($0) }
        canFail = expression.canFailItself || operands.contains { $0.canFail }
        // Of the operands', so that a deep expression is not gone through at every depth.
        columns =
            operands.isEmpty
            ? expression.columnTypes
            : operands.dropFirst().reduce(into: operands[0].columns) {
                $0.merge($1.columns) { one, _ in one }
            }
        let isLifted = !canFail && columns.count == 1 && columns.first?.value.layout == .strings
        liftedColumn = isLifted ? columns.first?.key : nil
        readsNumbers = !columns.isEmpty && columns.allSatisfy { $0.value.layout == .integers }
        if case .like(_, let pattern) = expression {
            like = LikeMatcher(pattern)
        } else {
            like = nil
        }
        if case .inList(_, let values, _) = expression {
            list = MemberSet(values)
        } else {
            list = nil
        }
    }

    /// The values of the expression in every row of `batch`.
    func evaluate(_ batch: Batch) throws(QueryError) -> Vector {
        switch expression {
        case .column(let index, _): return .column(try batch.column(index))
        case .literal(let value, let type): return .constant(value, type)
        default: break
        }
        if let lifted = try lift(batch) { return lifted }
        switch expression {
        case .call(.coalesce, _, let type, _): return try coalesce(batch, type)
        case .call(let function, _, let type, let range):
            return try call(function, type, range, batch)
        case .caseWhen(_, _, let type): return try choose(batch, type)
        case .cast(_, let type, let onFailure, let range):
            return try CastKernels.cast(
                try operands[0].evaluate(batch), to: type, onFailure: onFailure, at: range,
                count: batch.rowCount)
        default: return try logic(batch).vector()
        }
    }

    /// The truth of a boolean expression in every row of `batch`.
    func truth(_ batch: Batch) throws(QueryError) -> Truth {
        switch expression {
        case .compare, .and, .or, .not, .isNull, .isTruth, .inList, .like:
            if let lifted = try liftTruth(batch) { return lifted }
            return try logic(batch)
        default: return Self.truth(try evaluate(batch))
        }
    }

    /// What is known of a condition's truth in all rows of `batch` without reading a column.
    func zoneVerdict(_ batch: Batch) -> ZoneVerdict {
        readsNumbers ? ZoneFilter { batch.zone($0) }.verdict(expression) : .some
    }

    private static func truth(_ vector: Vector) -> Truth {
        switch vector {
        case .constant(let value, _): Truth(value)
        case .column(let column): Truth(column)
        }
    }

    // MARK: - Once per dictionary entry

    private func lift(_ batch: Batch) throws(QueryError) -> Vector? {
        guard let index = liftedColumn else { return nil }
        let column = try batch.column(index)
        guard case .codes(let codes, let dictionary) = column.values,
            dictionary.count <= Self.maximumLiftedCount
        else { return nil }
        let result = try lifted(dictionary, index, batch.columnCount, column.type)
        guard case .column(let values) = result else { return result }
        var rows = [Int32](repeating: 0, count: codes.count)
        let null = Int32(truncatingIfNeeded: dictionary.count)
        if let validity = column.validity {
            for row in codes.indices {
                rows[row] = validity[row] ? Int32(truncatingIfNeeded: codes[row]) : null
            }
        } else {
            for row in codes.indices { rows[row] = Int32(truncatingIfNeeded: codes[row]) }
        }
        return .column(values.gather(rows))
    }

    private func lifted(
        _ dictionary: StringDictionary, _ index: Int, _ columnCount: Int, _ type: LogicalType
    ) throws(QueryError) -> Vector {
        if let lifted, lifted.dictionary === dictionary { return lifted.result }
        let batch = Self.entries(of: dictionary, index, columnCount: columnCount, type)
        let result = try evaluate(batch)
        lifted = Lifted(dictionary: dictionary, result: result)
        return result
    }

    /// The truth of a liftable condition for each entry, and for NULL behind the last.
    private func truthTable(
        _ dictionary: StringDictionary, _ index: Int, _ columnCount: Int, _ type: LogicalType
    ) throws(QueryError) -> [UInt8] {
        let truth: Truth
        if let found = DictionaryMembers(expression)?.truth(of: dictionary) {
            truth = found
        } else {
            truth = try self.truth(
                Self.entries(of: dictionary, index, columnCount: columnCount, type))
        }
        switch truth {
        case .constant(let truth): return [UInt8](repeating: truth, count: dictionary.count + 1)
        case .rows(let truths): return truths
        }
    }

    /// The entries of a dictionary and NULL behind the last, as column `index` of a batch whose
    /// other columns nobody reads.
    static func entries(
        of dictionary: StringDictionary, _ index: Int, columnCount: Int, _ type: LogicalType
    ) -> Batch {
        var strings = dictionary.values
        strings.finishString()
        var validity = Bitmap(repeating: true, count: strings.count)
        validity.set(dictionary.count, to: false)
        let entries = Column(type: type, values: .strings(strings), validity: validity)
        let unread = Column(type: .boolean, values: .booleans([]))
        return Batch(
            rowCount: strings.count,
            columns: (0..<columnCount).map { $0 == index ? entries : unread })
    }

    /// The truth of a liftable condition: by code, and for the values at a JSON path by the code of
    /// the text they are in, which no value has to be looked up for.
    private func liftTruth(_ batch: Batch) throws(QueryError) -> Truth? {
        guard let index = liftedColumn else { return nil }
        if let (codes, entries) = try batch.entries(index) {
            guard let truths = try entryTruths(entries, batch.columnCount),
                case .codes(let rows, _) = codes.values
            else { return nil }
            return truths.truths(rows, codes.validity)
        }
        let column = try batch.column(index)
        guard case .codes(let codes, let dictionary) = column.values,
            dictionary.count <= Self.maximumLiftedCount
        else { return nil }
        return try codeTruths(dictionary, index, batch.columnCount, column.type)
            .truths(codes, column.validity)
    }

    /// What the condition gives for each code of its only column; `nil` where that has no codes, or
    /// so many that groups are not found by them.
    func codeCondition(_ batch: Batch) throws(QueryError) -> CodeCondition? {
        guard let index = liftedColumn, try batch.entrySource(index) == nil else { return nil }
        let column = try batch.column(index)
        guard case .codes(_, let dictionary) = column.values,
            dictionary.count < RowCoding.maximumSize
        else { return nil }
        if let known = codeCondition, known.dictionary === dictionary { return known }
        let condition = CodeCondition(
            column: index, dictionary: dictionary,
            truths: try truthTable(dictionary, index, batch.columnCount, column.type))
        codeCondition = condition
        return condition
    }

    private func codeTruths(
        _ dictionary: StringDictionary, _ index: Int, _ columnCount: Int, _ type: LogicalType
    ) throws(QueryError) -> CodeTruths {
        if let known = liftedTruths, known.isOf(dictionary, entries: false) { return known.truths }
        let truths = CodeTruths(try truthTable(dictionary, index, columnCount, type))
        liftedTruths = LiftedTruths(dictionary: dictionary, isOfEntries: false, truths: truths)
        return truths
    }

    /// The truth of each entry of a JSON column's dictionary, by the value at a path.
    private func entryTruths(
        _ entries: Column, _ columnCount: Int
    ) throws(QueryError) -> CodeTruths? {
        guard case .codes(_, let dictionary) = entries.values else { return nil }
        // A path has its dictionary for itself, so that this one stands for the path's entries.
        if let known = liftedTruths, known.isOf(dictionary, entries: true) { return known.truths }
        guard let table = try entryTable(entries, columnCount) else { return nil }
        let truths = CodeTruths(table)
        liftedTruths = LiftedTruths(dictionary: dictionary, isOfEntries: true, truths: truths)
        return truths
    }

    /// The truth of a liftable condition for each entry of a JSON column's dictionary, whose values
    /// at a path are `entries`, and behind them for NULL; `nil` where that does not pay.
    func entryTable(
        _ entries: Column, _ columnCount: Int
    ) throws(QueryError) -> [UInt8]? {
        guard let index = liftedColumn, case .codes(let codes, let dictionary) = entries.values,
            dictionary.count <= Self.maximumLiftedCount
        else { return nil }
        let ofValues = try truthTable(dictionary, index, columnCount, entries.type)
        var table = [UInt8](repeating: ofValues[dictionary.count], count: codes.count + 1)
        for entry in codes.indices where !entries.isNull(entry) {
            table[entry] = ofValues[Int(codes[entry])]
        }
        return table
    }

    // MARK: - Truth

    private func logic(_ batch: Batch) throws(QueryError) -> Truth {
        switch expression {
        case .compare(let comparison, _, _):
            return Comparing.compare(
                comparison, try operands[0].evaluate(batch), try operands[1].evaluate(batch),
                count: batch.rowCount)
        case .and: return try connect(batch, decisive: Truth.no, Truth.and)
        case .or: return try connect(batch, decisive: Truth.yes, Truth.or)
        case .not: return try operands[0].truth(batch).inverted()
        case .isNull:
            switch try operands[0].evaluate(batch) {
            case .constant(let value, _): return .constant(value.isNull ? Truth.yes : Truth.no)
            case .column(let column):
                guard column.validity != nil else { return .constant(Truth.no) }
                let none = [UInt8](repeating: Truth.no, count: column.count)
                return Truth.rows(none).withNulls(where: column.validity)
                    .mapped { $0 == Truth.unknown ? Truth.yes : Truth.no }
            }
        case .isTruth(let wanted, _):
            let truth = wanted ? Truth.yes : Truth.no
            return try operands[0].truth(batch).mapped { $0 == truth ? Truth.yes : Truth.no }
        case .inList(_, _, let hasNull):
            guard let list else { preconditionFailure("a list was made for IN") }
            return list.contains(
                try operands[0].evaluate(batch), hasNull: hasNull, count: batch.rowCount)
        case .like:
            guard let like else { preconditionFailure("a matcher was made for LIKE") }
            let vector = try operands[0].evaluate(batch)
            if vector.isNullConstant { return .constant(Truth.unknown) }
            if case .column(let column) = vector,
                let truths = PackedTextKernels.matches(column, like)
            {
                return Truth.rows(truths).withNulls(where: column.validity)
            }
            let texts = vector.texts
            var result = [UInt8](repeating: 0, count: batch.rowCount)
            for row in result.indices { result[row] = like.matches(texts.span(at: row)) ? 1 : 0 }
            return Truth.rows(result).withNulls(where: vector.validity)
        default: preconditionFailure("\(expression) is no predicate")
        }
    }

    /// AND and OR: a row whose truth is decided is out of the rest, where the rest could fail.
    private func connect(
        _ batch: Batch, decisive: UInt8, _ combine: (Truth, Truth) -> Truth
    ) throws(QueryError) -> Truth {
        var result = Truth.constant(1 - decisive)
        for operand in operands {
            if case .constant(decisive) = result { return result }
            guard operand.canFail, case .rows(let truths) = result else {
                result = combine(result, try operand.truth(batch))
                continue
            }
            let mask: UInt8 = ~(1 << decisive) & 0b111
            let open = result.rows(of: batch.rowCount, where: mask)
            guard !open.isEmpty else { return result }
            let part = try operand.truth(batch.narrowed(to: open))
            var spread = [UInt8](repeating: 1 - decisive, count: truths.count)
            for (position, row) in open.enumerated() {
                switch part {
                case .constant(let truth): spread[Int(row)] = truth
                case .rows(let truths): spread[Int(row)] = truths[position]
                }
            }
            result = combine(result, .rows(spread))
        }
        return result
    }
}
