/// From truths to rows.
extension Truth {
    /// How many of `rowCount` rows are true.
    func trueCount(of rowCount: Int) -> Int {
        switch self {
        case .constant(let truth): truth == Self.yes ? rowCount : 0
        case .rows(let truths): Self.trueCount(truths.span)
        }
    }

    /// So many truths add up in a byte.
    private static let byteRun = 128

    private static func trueCount(_ truths: Span<UInt8>) -> Int {
        var total = 0
        for start in stride(from: 0, to: truths.count, by: byteRun) {
            let part = truths.extracting(start..<min(start &+ byteRun, truths.count))
            var count: UInt8 = 0
            for row in 0..<part.count { count &+= part[row] & 1 }
            total &+= Int(count)
        }
        return total
    }

    /// The rows, ascending, whose truth is in `mask` (bit `t` for truth `t`).
    func rows(of rowCount: Int, where mask: UInt8) -> [Int32] {
        switch self {
        case .constant(let truth):
            return mask >> truth & 1 == 1 ? Array(0..<Int32(truncatingIfNeeded: rowCount)) : []
        case .rows(let truths):
            let bits = Self.bits(truths.span, mask)
            var kept = 0
            for word in bits { kept &+= word.nonzeroBitCount }
            return kept * 2 < rowCount
                ? Self.few(bits.span, count: kept) : Self.many(truths.span, mask, count: kept)
        }
    }

    /// A bit for each row whose truth is in `mask`.
    private static func bits(_ truths: Span<UInt8>, _ mask: UInt8) -> [UInt64] {
        switch mask {
        case whereTrue: bits(truths) { $0 & 1 }
        case whereNotTrue: bits(truths) { $0 & 1 ^ 1 }
        case whereNotFalse: bits(truths) { ($0 | $0 &>> 1) & 1 }
        default: bits(truths) { mask &>> $0 & 1 }
        }
    }

    @inline(__always)
    private static func bits(_ truths: Span<UInt8>, _ body: (UInt8) -> UInt8) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (truths.count + 63) / 64)
        var output = words.mutableSpan
        for index in 0..<output.count {
            let part = truths.extracting(index &* 64..<min(index &* 64 &+ 64, truths.count))
            var word: UInt64 = 0
            for bit in 0..<part.count {
                word |= UInt64(body(part[bit])) &<< UInt64(truncatingIfNeeded: bit)
            }
            output[index] = word
        }
        return words
    }

    /// Rows written at a time, whether or not so many are left in a word: a loop of one each ends
    /// where nobody foresees it.
    private static let laneCount = 4

    private static func few(_ bits: Span<UInt64>, count: Int) -> [Int32] {
        var rows = [Int32](repeating: 0, count: count + laneCount)
        var output = rows.mutableSpan
        var next = 0
        for index in 0..<bits.count {
            var word = bits[index]
            let first = Int32(truncatingIfNeeded: index &* 64)
            var place = next
            next &+= word.nonzeroBitCount
            while place < next {
                precondition(place >= 0 && place &+ laneCount <= output.count)
                for lane in 0..<laneCount {
                    output[place &+ lane] =
                        first &+ Int32(truncatingIfNeeded: word.trailingZeroBitCount)
                    word &= word &- 1
                }
                place &+= laneCount
            }
        }
        rows.removeLast(laneCount)
        return rows
    }

    /// One step for each row, without a branch.
    private static func many(_ truths: Span<UInt8>, _ mask: UInt8, count: Int) -> [Int32] {
        var rows = [Int32](repeating: 0, count: count + 1)
        var output = rows.mutableSpan
        var kept = 0
        for row in 0..<truths.count {
            output[kept] = Int32(truncatingIfNeeded: row)
            kept &+= Int(mask &>> truths[row] & 1)
        }
        rows.removeLast()
        return rows
    }
}
