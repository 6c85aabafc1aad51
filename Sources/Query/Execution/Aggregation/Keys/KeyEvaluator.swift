import Segments

/// Evaluates one key of GROUP BY.
///
/// The start of a fixed step of time, as in `TIME_FLOOR(t + INTERVAL '9' HOUR, 'P1D')`, is not
/// computed row by row: what is known of the block's times bounds the steps, and each row gets the
/// number of its step. On the clock of a zone that takes an addition more, as long as the clock is
/// not changed among the block's times.
final class KeyEvaluator {
    private let evaluator: Evaluator
    private let bucket: Bucket?

    /// `floor(column + shift)` to a step of fixed length.
    struct Bucket {
        /// The column's index in the batch.
        let column: Int
        fileprivate let shift: Int64
        /// Without months.
        let step: TimeStep

        /// The start of the step that a time lies in; `nil` beyond the range of times.
        func start(_ time: Int64) -> Int64? {
            let moved = time.addingReportingOverflow(shift)
            return moved.overflow ? nil : TimeKernels.step(of: moved.partialValue, step)?.start
        }

        /// The same steps in UTC, and how much later they begin than those of the zone, where that
        /// holds for all times in `bounds`; without a zone itself.
        fileprivate func settled(in bounds: ClosedRange<Int64>) -> (bucket: Bucket, ahead: Int64)? {
            guard let zone = step.zone else { return (self, 0) }
            let low = bounds.lowerBound.addingReportingOverflow(shift)
            let high = bounds.upperBound.addingReportingOverflow(shift)
            guard !low.overflow, !high.overflow,
                let first = TimeKernels.step(of: low.partialValue, step)
            else { return nil }
            let stretch = zone.stretch(at: low.partialValue)
            let moved = shift.addingReportingOverflow(stretch.offset)
            guard high.partialValue < stretch.end, !moved.overflow,
                first.start == first.from
            else { return nil }
            return (
                Bucket(column: column, shift: moved.partialValue, step: step.onItsClock),
                stretch.offset
            )
        }
    }

    /// An evaluator of `expression`.
    init(_ expression: BoundExpression) {
        evaluator = Evaluator(expression)
        bucket = Self.bucket(expression)
    }

    /// The type of the values.
    var type: LogicalType { evaluator.expression.type }

    /// The batch's column that the key is; `nil` where it is none.
    var column: Int? {
        if case .column(let index, _) = evaluator.expression { index } else { nil }
    }

    /// The key's values in every row of `batch`.
    func evaluate(_ batch: Batch) throws(QueryError) -> KeyVector {
        if let bucket, let vector = try buckets(bucket, batch) { return vector }
        return .vector(try evaluator.evaluate(batch))
    }

    /// The same, where finding the values costs little and cannot fail for any row; else `nil`.
    func evaluateSafely(_ batch: Batch) throws(QueryError) -> KeyVector? {
        if let bucket { return try buckets(bucket, batch) }
        guard case .column(let index, _) = evaluator.expression else { return nil }
        return .vector(.column(try batch.column(index)))
    }

    /// The key's values as runs of rows, where it is a column that is stored so; else `nil`.
    func runs(_ batch: Batch) throws(QueryError) -> CodeRuns? {
        guard case .column(let index, .varchar) = evaluator.expression else { return nil }
        return try batch.runs(index)
    }

    /// The steps that an expression gives; `nil` where it is no such expression.
    static func bucket(_ expression: BoundExpression) -> Bucket? {
        guard case .call(.timeFloor(let step), let operands, _, _) = expression, step.months == 0
        else { return nil }
        switch operands[0] {
        case .column(let index, .timestamp): return Bucket(column: index, shift: 0, step: step)
        case .call(.timeShift(let unit), let shifted, _, _):
            guard unit.months == 0, case .column(let index, .timestamp) = shifted[0],
                case .literal(.bigint(let count), _) = shifted[1]
            else { return nil }
            let shift = unit.microseconds.multipliedReportingOverflow(by: count)
            if shift.overflow { return nil }
            return Bucket(column: index, shift: shift.partialValue, step: step)
        default: return nil
        }
    }

    /// The rows' steps; `nil` where they are not known to be few.
    private func buckets(_ bucket: Bucket, _ batch: Batch) throws(QueryError) -> KeyVector? {
        var bounds: ClosedRange<Int64>?
        if let zone = batch.zone(bucket.column), zone.nullCount == 0,
            case .timestamp(let low)? = zone.minimum, case .timestamp(let high)? = zone.maximum,
            low <= high
        {
            bounds = low...high
        } else {
            let column = try batch.column(bucket.column)
            guard column.validity == nil, case .integers(let times) = column.values else {
                return nil
            }
            bounds = BucketKernels.bounds(times.span)
        }
        guard let bounds, let (bucket, ahead) = bucket.settled(in: bounds),
            let first = bucket.start(bounds.lowerBound), let last = bucket.start(bounds.upperBound)
        else { return nil }
        // Does not overflow: the zone's step begins with a time that exists.
        let start = first.subtractingReportingOverflow(ahead)
        guard !start.overflow else { return nil }
        if first == last {
            return .vector(.constant(.timestamp(start.partialValue), .timestamp))
        }
        // Neither overflows: both starts are `bucket.shift` from a time that exists.
        let origin = first.subtractingReportingOverflow(bucket.shift)
        guard !origin.overflow, case .integers(let times) = try batch.column(bucket.column).values,
            let codes = BucketKernels.codes(
                times.span, first: origin.partialValue, last: bounds.upperBound,
                step: bucket.step.microseconds)
        else { return nil }
        let count = Int((last - first) / bucket.step.microseconds) + 1
        return .buckets(
            KeyBuckets(
                codes: codes, first: start.partialValue, step: bucket.step.microseconds,
                count: count))
    }
}
