/// The codes of a column's rows, for building an index of them.
struct CodeRows {
    let codeCount: Int
    let rowCount: Int
    /// One code per row, or per element of all rows.
    private let codes: [UInt32]
    /// Where each row's elements begin; `nil` where each row has one code.
    private let offsets: [UInt32]?
    private let validity: Bitmap?

    /// The codes of a column; `nil` where it has none.
    init?(_ column: Column) {
        rowCount = column.count
        switch column.values {
        case .codes(let codes, let dictionary):
            (self.codes, codeCount, offsets) = (codes, dictionary.count, nil)
            validity = column.validity
        case .booleans(let values):
            (codes, codeCount, offsets) = (values.map { UInt32($0) }, 2, nil)
            validity = column.validity
        case .arrays(let offsets, let elements):
            guard case .codes(let codes, let dictionary) = elements.values else { return nil }
            (self.codes, codeCount, self.offsets) = (codes, dictionary.count, offsets)
            validity = elements.validity
        default: return nil
        }
    }

    /// Whether a row can have several codes.
    var isArrays: Bool { offsets != nil }

    /// Whether each row is a granule of its own and has one code: then no code meets one twice.
    private func areRows(shift: Int) -> Bool { shift == 0 && offsets == nil }

    /// Calls `body` with each granule and code, granules ascending, repetition possible.
    @inline(__always)
    private func forEach(shift: Int, _ body: (UInt32, Int) -> Void) {
        if let offsets {
            for row in 0..<rowCount {
                for element in Int(offsets[row])..<Int(offsets[row + 1])
                where validity.map({ $0[element] }) ?? true {
                    body(UInt32(truncatingIfNeeded: row >> shift), Int(codes[element]))
                }
            }
        } else {
            for row in 0..<rowCount where validity.map({ $0[row] }) ?? true {
                body(UInt32(truncatingIfNeeded: row >> shift), Int(codes[row]))
            }
        }
    }

    /// How many granules of 2^`shift` rows have each code. O(rows + codes).
    func rowCounts(shift: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: codeCount)
        if areRows(shift: shift) {
            forEach(shift: shift) { _, code in counts[code] &+= 1 }
            return counts
        }
        var last = [UInt32](repeating: .max, count: codeCount)
        forEach(shift: shift) { granule, code in
            counts[code] &+= last[code] == granule ? 0 : 1
            last[code] = granule
        }
        return counts
    }

    /// Where each code's entries begin, and the end of the last.
    static func starts(_ counts: [Int]) -> [Int] {
        var starts = [0]
        starts.reserveCapacity(counts.count + 1)
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        return starts
    }

    /// The granules of each code, one code's after the other's, ascending. O(rows + codes).
    func granules(shift: Int, starts: [Int]) -> [UInt32] {
        var next = starts
        var granules = [UInt32](repeating: 0, count: starts[codeCount])
        if areRows(shift: shift) {
            forEach(shift: shift) { row, code in
                granules[next[code]] = row
                next[code] &+= 1
            }
            return granules
        }
        var last = [UInt32](repeating: .max, count: codeCount)
        forEach(shift: shift) { granule, code in
            if last[code] != granule {
                last[code] = granule
                granules[next[code]] = granule
                next[code] += 1
            }
        }
        return granules
    }
}
