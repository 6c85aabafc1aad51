import Segments

/// Integers in as few bytes as the widest needs: 1, 4 or 8; and which of them are NULL.
struct NarrowIntegers {
    /// How the integers are kept.
    struct Format: Equatable {
        /// 1, 4 or 8.
        var byteCount = 1
        /// Whether some may be NULL.
        var hasNulls = false

        /// The format for what has either.
        func union(_ other: Format) -> Format {
            Format(
                byteCount: max(byteCount, other.byteCount), hasNulls: hasNulls || other.hasNulls)
        }
    }

    /// How the integers are kept.
    let format: Format
    private var bytes: [Int8] = []
    private var halves: [Int32] = []
    private var words: [Int64] = []
    /// 1 where there is a value; empty where none is NULL.
    private var marks: [UInt8] = []

    /// None yet, with room for `capacity`.
    init(_ format: Format, capacity: Int) {
        self.format = format
        switch format.byteCount {
        case 1: bytes.reserveCapacity(capacity)
        case 4: halves.reserveCapacity(capacity)
        default: words.reserveCapacity(capacity)
        }
        if format.hasNulls { marks.reserveCapacity(capacity) }
    }

    /// The narrowest format for integers.
    static func format(of integers: [Int64], _ validity: Bitmap?) -> Format {
        guard let bounds = BucketKernels.bounds(integers.span) else { return Format() }
        let byteCount =
            if Int8(exactly: bounds.lowerBound) != nil, Int8(exactly: bounds.upperBound) != nil {
                1
            } else if Int32(exactly: bounds.lowerBound) != nil,
                Int32(exactly: bounds.upperBound) != nil
            {
                4
            } else {
                8
            }
        return Format(byteCount: byteCount, hasNulls: validity?.unlessFull != nil)
    }

    /// Bytes of each.
    var byteCount: Int { format.byteCount + (format.hasNulls ? 1 : 0) }

    /// Adds the integers at `rows`, which fit the format.
    mutating func append(_ integers: [Int64], _ validity: Bitmap?, at rows: Span<Int32>) {
        switch format.byteCount {
        case 1: Self.append(integers, rows, to: &bytes)
        case 4: Self.append(integers, rows, to: &halves)
        default: Self.append(integers, rows, to: &words)
        }
        guard format.hasNulls else { return }
        for index in 0..<rows.count { marks.append(validity?[Int(rows[index])] ?? true ? 1 : 0) }
    }

    @inline(__always)
    private static func append<Integer: FixedWidthInteger>(
        _ integers: [Int64], _ rows: Span<Int32>, to target: inout [Integer]
    ) {
        let integers = integers.span
        target.append(addingCapacity: rows.count) { output in
            for index in 0..<rows.count {
                output.append(Integer(truncatingIfNeeded: integers[Int(rows[index])]))
            }
        }
    }

    /// All integers.
    var integers: [Int64] {
        switch format.byteCount {
        case 1: bytes.map { Int64($0) }
        case 4: halves.map { Int64($0) }
        default: words
        }
    }

    /// Which have a value; `nil` for all.
    var validity: Bitmap? {
        guard format.hasNulls else { return nil }
        var validity = Bitmap(repeating: true, count: marks.count)
        for row in marks.indices where marks[row] == 0 { validity.set(row, to: false) }
        return validity.unlessFull
    }
}
