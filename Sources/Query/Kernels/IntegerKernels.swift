import Segments

/// Checked arithmetic on 64-bit integers.
///
/// Each kernel computes every row with wrapping operators and gathers whether one of them
/// overflowed; only then it looks which rows did, because a NULL row's slot does not count.
enum IntegerKernels {
    /// What a kernel does.
    enum Operation { case add, subtract, multiply }

    /// The results, or `nil` where a valid row overflows.
    static func apply(
        _ operation: Operation, _ one: Operand<Int64>, _ other: Operand<Int64>, count: Int,
        validity: Bitmap?
    ) -> [Int64]? {
        var overflow: Int64 = 0
        let result: [Int64]
        switch operation {
        case .add:
            result = Elementwise.zip(one, other, count: count, zero: 0) { left, right in
                let sum = left &+ right
                overflow |= (left ^ sum) & (right ^ sum)
                return sum
            }
        case .subtract:
            result = Elementwise.zip(one, other, count: count, zero: 0) { left, right in
                let difference = left &- right
                overflow |= (left ^ right) & (left ^ difference)
                return difference
            }
        case .multiply:
            result = Elementwise.zip(one, other, count: count, zero: 0) { left, right in
                let product = left.multipliedReportingOverflow(by: right)
                overflow |= product.overflow ? -1 : 0
                return product.partialValue
            }
        }
        guard overflow < 0 else { return result }
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            let (left, right) = (one.value(at: row), other.value(at: row))
            let isOver =
                switch operation {
                case .add: left.addingReportingOverflow(right).overflow
                case .subtract: left.subtractingReportingOverflow(right).overflow
                case .multiply: left.multipliedReportingOverflow(by: right).overflow
                }
            if isOver { return nil }
        }
        return result
    }

    /// Why a division has no result.
    enum DivisionFailure: Error { case byZero, overflow }

    /// Quotients cut towards zero, or remainders with the sign of the dividend.
    ///
    /// - Returns: also the rows that have a result: those valid, less those divided by zero where
    ///   `zeroIsNull`.
    static func divide(
        _ one: Operand<Int64>, _ other: Operand<Int64>, count: Int, validity: Bitmap?,
        isRemainder: Bool, zeroIsNull: Bool
    ) throws(DivisionFailure) -> (values: [Int64], validity: Bitmap?) {
        var result = [Int64](repeating: 0, count: count)
        var validity = validity
        for row in 0..<count where validity.map({ $0[row] }) ?? true {
            let (left, right) = (one.value(at: row), other.value(at: row))
            if right == 0 {
                guard zeroIsNull else { throw .byZero }
                if validity == nil { validity = Bitmap(repeating: true, count: count) }
                validity?.set(row, to: false)
            } else if right == -1 {
                guard isRemainder || left != .min else { throw .overflow }
                result[row] = isRemainder ? 0 : 0 &- left
            } else {
                result[row] = isRemainder ? left % right : left / right
            }
        }
        return (result, validity)
    }

    /// The exact sum. A biased value is split into two 32-bit halves whose sums cannot overflow, so
    /// that the loop has no branch and no carry.
    static func sum(_ values: Span<Int64>) -> Int128 {
        var total: Int128 = 0
        var start = 0
        while start < values.count {
            // 2^31 values of less than 2^32 each stay below 2^63.
            let end = min(values.count, start &+ 1 << 31)
            var low: UInt64 = 0
            var high: UInt64 = 0
            for index in start..<end {
                let biased = UInt64(bitPattern: values[index]) ^ 1 << 63
                low &+= biased & 0xffff_ffff
                high &+= biased >> 32
            }
            total += Int128(high) << 32 + Int128(low) - Int128(end - start) << 63
            start = end
        }
        return total
    }
}
