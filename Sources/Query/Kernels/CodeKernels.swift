import Segments

/// The loops over rows that have codes below a small size, each into cells of its own by code.
///
/// Rows lie next to others of the same code more often than not, and a cell that was just written
/// is read slowly: up to `laneSize` cells, every fourth row has cells of its own, added up at the
/// end.
enum CodeKernels {
    private static let laneCount = 4
    /// More cells than this in each of four lanes would crowd the first-level cache.
    private static let laneSize = 512

    /// How many rows have each code.
    ///
    /// - Precondition: every code is below `size`.
    static func counts(_ codes: Span<UInt32>, size: Int) -> [UInt32] {
        let lanes = size <= laneSize ? laneCount : 1
        var cells = [UInt32](repeating: 0, count: lanes * size)
        var output = cells.mutableSpan
        var row = 0
        if lanes == laneCount {
            while row &+ laneCount <= codes.count {
                let part = codes.extracting(row..<row &+ laneCount)
                output[Int(part[0])] &+= 1
                output[size &+ Int(part[1])] &+= 1
                output[2 &* size &+ Int(part[2])] &+= 1
                output[3 &* size &+ Int(part[3])] &+= 1
                row &+= laneCount
            }
        }
        for row in row..<codes.count { output[Int(codes[row])] &+= 1 }
        for index in size..<max(size, output.count) { output[index % size] &+= output[index] }
        return cells
    }

    /// The sum of the values of each code, without regard to overflow.
    ///
    /// - Precondition: every code is below `size`; as many values as codes.
    static func sums(_ codes: Span<UInt32>, _ values: Span<Int64>, size: Int) -> [Int64] {
        sums(codes, values, plus: 0, size: size)
    }

    /// The same, each value increased by `constant`.
    private static func sums(
        _ codes: Span<UInt32>, _ values: Span<Int64>, plus constant: Int64, size: Int
    ) -> [Int64] {
        precondition(values.count == codes.count)
        let lanes = size <= laneSize ? laneCount : 1
        var cells = [Int64](repeating: 0, count: lanes * size)
        var output = cells.mutableSpan
        var row = 0
        if lanes == laneCount {
            while row &+ laneCount <= codes.count {
                let part = codes.extracting(row..<row &+ laneCount)
                let own = values.extracting(row..<row &+ laneCount)
                output[Int(part[0])] &+= own[0] &+ constant
                output[size &+ Int(part[1])] &+= own[1] &+ constant
                output[2 &* size &+ Int(part[2])] &+= own[2] &+ constant
                output[3 &* size &+ Int(part[3])] &+= own[3] &+ constant
                row &+= laneCount
            }
        }
        for row in row..<codes.count { output[Int(codes[row])] &+= values[row] &+ constant }
        for index in size..<max(size, output.count) { output[index % size] &+= output[index] }
        return cells
    }

    private static let countShift: UInt64 = 48
    /// Distances below 2 to this power are added up beside the count of rows.
    static let distanceBits: UInt64 = 34
    /// So many of them do not reach the count.
    static let countedRowCount = 1 << (countShift - distanceBits)

    /// How many rows each code has, and the sum of their values: one pass, one cell a code.
    ///
    /// ```
    /// cell := rows · 2^48 + sum of (value - least)
    /// ```
    ///
    /// - Precondition: every code is below `size`; as many values as codes, at most
    ///   `countedRowCount`; 0 ≤ value - least < 2^34.
    static func countsAndSums(
        _ codes: Span<UInt32>, _ values: Span<Int64>, least: Int64, size: Int
    ) -> (counts: [UInt32], sums: [Int64]) {
        precondition(codes.count <= countedRowCount)
        let cells = sums(
            codes, values, plus: Int64(1) &<< Int64(countShift) &- least, size: size)
        var counts = [UInt32](repeating: 0, count: size)
        var sums = [Int64](repeating: 0, count: size)
        for code in 0..<size {
            let cell = UInt64(bitPattern: cells[code])
            counts[code] = UInt32(truncatingIfNeeded: cell >> countShift)
            let distances = Int64(bitPattern: cell & (1 << countShift &- 1))
            sums[code] = distances &+ Int64(counts[code]) &* least
        }
        return (counts, sums)
    }

    /// The least value of each code; the greatest of all integers where a code has none.
    ///
    /// - Precondition: every code is below `size`; as many values as codes.
    static func least(_ codes: Span<UInt32>, _ values: Span<Int64>, size: Int) -> [Int64] {
        var best = [Int64](repeating: .max, count: size)
        GroupKernels.least(codes, values, &best)
        return best
    }

    /// The greatest value of each code; the least of all integers where a code has none.
    ///
    /// - Precondition: every code is below `size`; as many values as codes.
    static func greatest(_ codes: Span<UInt32>, _ values: Span<Int64>, size: Int) -> [Int64] {
        var best = [Int64](repeating: .min, count: size)
        GroupKernels.greatest(codes, values, &best)
        return best
    }

    /// Adds `digits[row] · factor` to each code: the next digit of a number of several.
    static func add(_ digits: Span<UInt32>, times factor: UInt32, to codes: inout [UInt32]) {
        var output = codes.mutableSpan
        precondition(digits.count >= output.count)
        for row in 0..<output.count { output[row] = output[row] &+ digits[row] &* factor }
    }

    /// The codes of the rows whose bit is set, and `other` for the rest.
    static func replace(
        _ codes: Span<UInt32>, where words: Span<UInt64>, by other: UInt32
    ) -> [UInt32] {
        var replaced = [UInt32](repeating: 0, count: codes.count)
        var output = replaced.mutableSpan
        for index in 0..<words.count {
            let word = words[index]
            let (start, end) = (index &* 64, min(codes.count, index &* 64 &+ 64))
            precondition(start >= 0 && end <= output.count && output.count == codes.count)
            for row in start..<end {
                let code = codes[row]
                let bit = UInt32(truncatingIfNeeded: word &>> UInt64(row &- start)) & 1
                output[row] = bit == 1 ? code : other
            }
        }
        return replaced
    }

    /// The codes of the rows that are true, and `other` for the rest.
    static func keep(_ codes: Span<UInt32>, _ truths: Span<UInt8>, other: UInt32) -> [UInt32] {
        precondition(truths.count >= codes.count)
        var kept = [UInt32](repeating: 0, count: codes.count)
        var output = kept.mutableSpan
        for row in 0..<codes.count {
            // Read in both cases, so that no branch is needed.
            let code = codes[row]
            output[row] = truths[row] == Truth.yes ? code : other
        }
        return kept
    }

    /// 0 for the rows that are true, and 1 for the rest.
    static func keep(_ truths: Span<UInt8>) -> [UInt32] {
        var kept = [UInt32](repeating: 0, count: truths.count)
        var output = kept.mutableSpan
        for row in 0..<truths.count { output[row] = truths[row] == Truth.yes ? 0 : 1 }
        return kept
    }
}
