import Segments

/// The group, or the number of a key's value, of each row of a batch.
enum GroupNumbers {
    /// All rows have the same.
    case single(UInt32)
    case rows([UInt32])

    /// Each row has one of a few codes, and each code its number; where no row has a code, its
    /// number is 0.
    case coded([UInt32], numbers: [UInt32])

    /// So many codes are few.
    static let fewCount = 3

    /// Those of the rows at `rows`.
    func gather(_ rows: [Int32]) -> GroupNumbers {
        guard case .rows(let numbers) = expanded else { return self }
        return .rows(Self.pick(numbers.span, rows.span))
    }

    /// The same with one number a row, unless all rows have the same.
    var expanded: GroupNumbers {
        guard case .coded(let codes, let numbers) = self else { return self }
        return .rows(codes.map { numbers[Int($0)] })
    }

    private static func pick(_ numbers: Span<UInt32>, _ rows: Span<Int32>) -> [UInt32] {
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
