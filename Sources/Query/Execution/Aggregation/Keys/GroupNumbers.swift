import Segments

/// The group, or the number of a key's value, of each row of a batch.
enum GroupNumbers {
    /// All rows have the same.
    case single(UInt32)
    case rows([UInt32])

    /// Each row has a code of the batch's own, and each code a number.
    case coded(CodedRows)

    /// Rows of the same number lie next to one another.
    case runs(GroupRuns)

    /// Those of the rows at `rows`, which ascend.
    func gather(_ rows: [Int32]) -> GroupNumbers {
        switch self {
        case .single: self
        case .rows(let numbers): .rows(Self.pick(numbers.span, rows.span))
        case .coded(let coded): .coded(coded.gather(rows))
        case .runs(let runs): .runs(runs.keeping(rows))
        }
    }

    /// The same with one number a row, unless all rows have the same.
    var expanded: GroupNumbers {
        switch self {
        case .single, .rows: self
        case .coded(let coded): .rows(coded.expanded())
        case .runs(let runs): .rows(runs.expanded())
        }
    }

    /// The same without the rows that are not true; `nil` where that is no saving.
    func keeping(_ truths: [UInt8]) -> GroupNumbers? {
        switch self {
        case .single(let group): .coded(CodedRows(truths, group: group))
        case .rows, .runs: nil
        case .coded(let rows): .coded(rows.keeping(truths))
        }
    }

    /// The numbers at `rows`.
    static func pick(_ numbers: Span<UInt32>, _ rows: Span<Int32>) -> [UInt32] {
        var picked = [UInt32](repeating: 0, count: rows.count)
        var output = picked.mutableSpan
        for index in 0..<rows.count { output[index] = numbers[Int(rows[index])] }
        return picked
    }
}

/// The values of one key of GROUP BY in the rows of a batch.
enum KeyVector {
    case vector(Vector)
    /// Times by the step they lie in.
    case buckets(KeyBuckets)
}

/// Integers of the form `first + code · step`, none of them NULL.
struct KeyBuckets {
    /// One per row, each below `count`.
    var codes: [UInt32]
    /// The value of code 0.
    var first: Int64
    /// Above 0.
    var step: Int64
    /// How many codes there may be.
    var count: Int
}
