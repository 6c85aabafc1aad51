import Glibc
import Segments

extension Evaluator {
    /// The value of a function over the operands of this evaluator.
    func call(
        _ function: ScalarFunction, _ type: LogicalType, _ range: SourceRange, _ batch: Batch
    ) throws(QueryError) -> Vector {
        if case .timeFloor(let step) = function, let start = constantFloor(step, batch) {
            return .constant(start, type)
        }
        var vectors: [Vector] = []
        for operand in operands { vectors.append(try operand.evaluate(batch)) }
        let call = FunctionCall(
            function: function, operands: vectors, type: type, range: range, count: batch.rowCount)
        return try call.evaluate()
    }

    /// The start of the step that holds every time of the batch, if the zone map proves one.
    private func constantFloor(_ step: TimeStep, _ batch: Batch) -> Value? {
        guard case .column(let index, .timestamp) = operands[0].expression,
            let zone = batch.zone(index), zone.nullCount == 0,
            case .timestamp(let minimum)? = zone.minimum,
            case .timestamp(let maximum)? = zone.maximum,
            let own = TimeKernels.step(of: minimum, step), maximum < own.end
        else { return nil }
        return .timestamp(own.start)
    }
}

/// One function applied to evaluated operands.
struct FunctionCall {
    let function: ScalarFunction
    let operands: [Vector]
    let type: LogicalType
    let range: SourceRange
    let count: Int

    /// The results; constant where all operands are.
    func evaluate() throws(QueryError) -> Vector {
        let isConstant = operands.allSatisfy { if case .constant = $0 { true } else { false } }
        if isConstant, count > 1 {
            let once = FunctionCall(
                function: function, operands: operands, type: type, range: range, count: 1)
            return .constant(try once.evaluate().column(count: 1).value(at: 0), type)
        }
        switch function {
        case .greatest, .least, .nullIf: return try chosen()
        case .arrayOf: return .column(arrayOfOperands())
        case .jsonObject(let keys): return .column(try objects(keys))
        default: break
        }
        if operands.contains(where: { $0.isNullConstant }) { return .constant(.null, type) }
        if let result = try arithmetic() { return .column(result) }
        if let result = try text() { return .column(result) }
        if let result = try time() { return .column(result) }
        if let result = try structured() { return .column(result) }
        if let result = try mathematics() { return .column(result) }
        if let result = try patterns() { return .column(result) }
        if let result = try lists() { return .column(result) }
        if let result = try documents() { return .column(result) }
        preconditionFailure("\(function) is not defined for \(operands.map { $0.type })")
    }

    /// The rows where every operand has a value.
    var validity: Bitmap? {
        operands.reduce(nil) { Bitmap.intersection($0, $1.validity) }
    }

    func overflow() -> QueryError {
        QueryError(
            .overflow, "a result of \(Self.name(function)) does not fit \(type)", at: range)
    }

    func divisionByZero() -> QueryError {
        QueryError(
            .divisionByZero, "division by zero", at: range,
            hint: "SAFE_DIVIDE gives NULL where the divisor is zero")
    }

    /// The function as a person would call it.
    private static func name(_ function: ScalarFunction) -> String {
        switch function {
        case .add: "addition"
        case .subtract: "subtraction"
        case .multiply: "multiplication"
        case .divide, .safeDivide: "division"
        case .modulo: "the remainder"
        case .negate: "negation"
        case .absolute: "ABS"
        case .timeFloor, .timeCeiling, .timeShift, .timeDifference, .fromMilliseconds,
            .localTime, .instant:
            "time arithmetic"
        default: "rounding"
        }
    }

    // MARK: - GREATEST, LEAST, NULLIF

    private func chosen() throws(QueryError) -> Vector {
        if function == .nullIf {
            let isEqual = Comparing.compare(.equal, operands[0], operands[1], count: count)
            let kept = operands[0].column(count: count)
            guard isEqual.trueCount(of: count) > 0 else { return .column(kept) }
            var validity = kept.validity ?? Bitmap(repeating: true, count: count)
            for row in isEqual.rows(of: count, where: Truth.whereTrue) {
                validity.set(Int(row), to: false)
            }
            return .column(kept.withValidity(validity))
        }
        var best = operands[0].column(count: count)
        let wanted: Comparison = function == .greatest ? .greater : .less
        for operand in operands.dropFirst() {
            let next = operand.column(count: count)
            let better = Comparing.compare(wanted, .column(next), .column(best), count: count)
            var both = ColumnAppender(type)
            both.append(best)
            both.append(next)
            var origin = [Int32](repeating: 0, count: count)
            let offset = Int32(truncatingIfNeeded: count)
            guard case .rows(let truths) = better.vectorised(count) else { continue }
            for row in 0..<count {
                let own = Int32(truncatingIfNeeded: row)
                let isBetter = truths[row] == Truth.yes || best.isNull(row)
                origin[row] = isBetter ? own + offset : own
            }
            best = both.finish().gather(origin)
        }
        return .column(best)
    }

    // MARK: - Numbers

    private func arithmetic() throws(QueryError) -> Column? {
        guard let first = operands.first, first.type.isNumeric else { return nil }
        switch type {
        case .double where first.type == .double: return doubleArithmetic()
        case .bigint where operands.allSatisfy({ $0.type == .bigint }):
            return try integerArithmetic()
        case .decimal: return try decimalArithmetic()
        default: return nil
        }
    }

    private func integerArithmetic() throws(QueryError) -> Column? {
        let one = operands[0].integers
        let validity = validity
        let checked: [Int64]?
        switch function {
        case .add:
            checked = IntegerKernels.apply(
                .add, one, operands[1].integers, count: count, validity: validity)
        case .subtract:
            checked = IntegerKernels.apply(
                .subtract, one, operands[1].integers, count: count, validity: validity)
        case .multiply:
            checked = IntegerKernels.apply(
                .multiply, one, operands[1].integers, count: count, validity: validity)
        case .negate:
            checked = IntegerKernels.apply(
                .subtract, .constant(0), one, count: count, validity: validity)
        case .divide, .modulo, .safeDivide: return try integerDivision(one, validity)
        case .absolute:
            checked = mapChecked(one, validity) { $0 == .min ? nil : Swift.abs($0) }
        case .sign: checked = mapChecked(one, validity) { $0.signum() }
        case .floor, .ceiling: checked = mapChecked(one, validity) { $0 }
        case .round(let digits): checked = rounded(one, digits, cutting: false, validity)
        case .truncate(let digits): checked = rounded(one, digits, cutting: true, validity)
        default: return nil
        }
        guard let checked else { throw overflow() }
        return .integers(checked, type, validity)
    }

    private func integerDivision(
        _ one: Operand<Int64>, _ validity: Bitmap?
    ) throws(QueryError) -> Column {
        do {
            let result = try IntegerKernels.divide(
                one, operands[1].integers, count: count, validity: validity,
                isRemainder: function == .modulo, zeroIsNull: function == .safeDivide)
            return .integers(result.values, type, result.validity)
        } catch {
            throw error == .byZero ? divisionByZero() : overflow()
        }
    }

    private func rounded(
        _ one: Operand<Int64>, _ digits: Int, cutting: Bool, _ validity: Bitmap?
    ) -> [Int64]? {
        if digits >= 0 { return mapChecked(one, validity) { $0 } }
        guard digits >= -LogicalType.maximumDecimalPrecision else {
            return mapChecked(one, validity) { _ in 0 }
        }
        let power = Decimal.powersOfTen[-digits]
        return mapChecked(one, validity) { value in
            let wide = Int128(value)
            let kept = cutting ? wide / power : DecimalKernels.rounded(wide, power)
            return Int64(exactly: kept &* power)
        }
    }

    /// `body` of each valid row; `nil` as soon as one has no result.
    func mapChecked<Element>(
        _ operand: Operand<Element>, _ validity: Bitmap?, _ body: (Element) -> Int64?
    ) -> [Int64]? {
        var result = [Int64](repeating: 0, count: count)
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            guard let value = body(operand.value(at: row)) else { return nil }
            result[row] = value
        }
        return result
    }

    private func doubleArithmetic() -> Column? {
        let one = operands[0].doubles
        if operands.count > 1 {
            guard operands[1].type == .double else { return nil }
            return doubleArithmetic(one, operands[1].doubles)
        }
        func mapped(_ body: (Double) -> Double) -> Column {
            .doubles(Elementwise.map(one, count: count, zero: 0, body), type, validity)
        }
        switch function {
        case .negate: return mapped { -$0 }
        case .absolute: return mapped { Swift.abs($0) }
        case .sign: return mapped { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) }
        case .floor: return mapped { $0.rounded(.down) }
        case .ceiling: return mapped { $0.rounded(.up) }
        case .squareRoot: return mapped { $0.squareRoot() }
        case .naturalLogarithm: return mapped { log($0) }
        case .logarithm10: return mapped { log10($0) }
        case .exponential: return mapped { exp($0) }
        case .round(let digits):
            return mapped { Self.kept($0, digits, .toNearestOrAwayFromZero) }
        case .truncate(let digits): return mapped { Self.kept($0, digits, .towardZero) }
        default: return nil
        }
    }

    private static func kept(
        _ value: Double, _ digits: Int, _ rule: FloatingPointRoundingRule
    ) -> Double {
        let factor = pow(10, Double(digits.magnitude))
        let scaled = digits >= 0 ? value * factor : value / factor
        guard scaled.isFinite, factor.isFinite else { return digits >= 0 ? value : 0 }
        return digits >= 0 ? scaled.rounded(rule) / factor : scaled.rounded(rule) * factor
    }

    private func doubleArithmetic(
        _ one: Operand<Double>, _ other: Operand<Double>
    ) -> Column? {
        func zipped(_ body: (Double, Double) -> Double) -> Column {
            .doubles(Elementwise.zip(one, other, count: count, zero: 0, body), type, validity)
        }
        switch function {
        case .add: return zipped { $0 + $1 }
        case .subtract: return zipped { $0 - $1 }
        case .multiply: return zipped { $0 * $1 }
        case .divide: return zipped { $0 / $1 }
        case .modulo: return zipped { fmod($0, $1) }
        case .power: return zipped { pow($0, $1) }
        case .safeDivide:
            var valid = validity ?? Bitmap(repeating: true, count: count)
            for row in 0..<count where other.value(at: row) == 0 { valid.set(row, to: false) }
            let values = Elementwise.zip(one, other, count: count, zero: 0) { $0 / $1 }
            return .doubles(values, type, valid)
        default: return nil
        }
    }

    private func decimalArithmetic() throws(QueryError) -> Column? {
        let other = operands.count > 1 ? operands[1] : operands[0]
        if let column = DecimalKernels.exact(
            function, operands[0], other, type: type, count: count, validity: validity)
        {
            return column
        }
        let kernels = DecimalKernels(operands[0].type, other.type, result: type)
        switch function {
        case .add:
            return try decimals { row, other throws(DecimalKernels.Failure) in
                try kernels.add(row, other)
            }
        case .subtract:
            return try decimals { row, other throws(DecimalKernels.Failure) in
                try kernels.subtract(row, other)
            }
        case .multiply:
            return try decimals { row, other throws(DecimalKernels.Failure) in
                try kernels.multiply(row, other)
            }
        case .divide, .safeDivide:
            return try decimals { row, other throws(DecimalKernels.Failure) in
                try kernels.divide(row, other)
            }
        case .modulo:
            return try decimals { row, other throws(DecimalKernels.Failure) in
                try kernels.remainder(row, other)
            }
        case .negate:
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.finish(0 &- row)
            }
        case .absolute:
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.finish(Swift.abs(row))
            }
        case .sign:
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                row.signum() * Decimal.powersOfTen[type.scale]
            }
        case .floor:
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.whole(row, up: false)
            }
        case .ceiling:
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.whole(row, up: true)
            }
        case .round(let digits):
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.round(row, digits: digits, cutting: false)
            }
        case .truncate(let digits):
            return try decimals { row, _ throws(DecimalKernels.Failure) in
                try kernels.round(row, digits: digits, cutting: true)
            }
        default: return nil
        }
    }

    /// `body` of each valid row's unscaled operands.
    private func decimals(
        _ body: (Int128, Int128) throws(DecimalKernels.Failure) -> Int128
    ) throws(QueryError) -> Column {
        let one = operands[0].wideIntegers
        let other = operands.count > 1 ? operands[1].wideIntegers : .constant(0)
        var validity = validity
        var result = [Int128](repeating: 0, count: count)
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            do {
                result[row] = try body(one.value(at: row), other.value(at: row))
            } catch {
                guard error == .byZero else { throw overflow() }
                guard function == .safeDivide else { throw divisionByZero() }
                if validity == nil { validity = Bitmap(repeating: true, count: count) }
                validity?.set(row, to: false)
            }
        }
        if type.layout == .integers {
            return .integers(result.map { Int64(truncatingIfNeeded: $0) }, type, validity)
        }
        return Column.made(result, zero: 0, type: type, validity: validity) { .wideIntegers($0) }
    }
}

extension Truth {
    /// One byte per row, even for a constant.
    func vectorised(_ count: Int) -> Truth {
        if case .constant(let truth) = self {
            .rows([UInt8](repeating: truth, count: count))
        } else {
            self
        }
    }
}

extension Column {
    /// The same values with fewer valid rows; slots of rows that become NULL are cleared where
    /// that is cheap, and unread in any case.
    func withValidity(_ validity: Bitmap) -> Column {
        switch values {
        case .booleans(let values): return .booleans(values, validity)
        case .integers(let values): return .integers(values, type, validity)
        case .doubles(let values): return .doubles(values, type, validity)
        default: return Column(type: type, values: values, validity: validity.unlessFull)
        }
    }
}
