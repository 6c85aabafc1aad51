import Segments

/// Codes of one key's values, one per row.
struct KeyCodes {
    /// The low 64 bits.
    private(set) var low: [UInt64]
    /// The bits above; empty where there are none.
    private(set) var high: [UInt64]

    /// One code.
    struct Pair {
        let low: UInt64
        let high: UInt64

        init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }

        init(_ code: UInt128) {
            low = UInt64(truncatingIfNeeded: code)
            high = UInt64(truncatingIfNeeded: code >> 64)
        }
    }

    /// Codes of at most 64 bits, with zeros above where others may have more.
    init(low: [UInt64], isWide: Bool = false) {
        self.low = low
        high = isWide ? Array(repeating: 0, count: low.count) : []
    }

    /// Codes as both halves have them; `high` is empty or as long as `low`.
    init(low: [UInt64], high: [UInt64]) {
        self.low = low
        self.high = high
    }

    /// Codes of more than 64 bits.
    init(wide codes: [UInt128]) {
        low = codes.map { UInt64(truncatingIfNeeded: $0) }
        high = codes.map { UInt64(truncatingIfNeeded: $0 >> 64) }
    }

    /// How many codes there are.
    var count: Int { low.count }

    /// Bytes held.
    var memoryBytes: Int { (low.count + high.count) * 8 }

    /// Both halves of a code.
    func code(at row: Int) -> UInt128 {
        UInt128(high.isEmpty ? 0 : high[row]) << 64 | UInt128(low[row])
    }

    /// Sets one code.
    mutating func set(_ row: Int, to code: Pair) {
        low[row] = code.low
        if !high.isEmpty { high[row] = code.high }
    }

    /// Sets the codes of all rows that are not in `validity`.
    mutating func set(_ code: Pair, _ validity: Bitmap) {
        for row in 0..<low.count where !validity[row] { set(row, to: code) }
    }

    /// The only code, `count` times.
    func repeated(_ count: Int) -> KeyCodes {
        KeyCodes(
            low: Array(repeating: low[0], count: count),
            high: high.isEmpty ? [] : Array(repeating: high[0], count: count))
    }

    /// The codes at `rows`.
    func gather(_ rows: Span<UInt32>) -> KeyCodes {
        KeyCodes(
            low: Self.pick(low, rows), high: high.isEmpty ? [] : Self.pick(high, rows))
    }

    private static func pick(_ codes: [UInt64], _ rows: Span<UInt32>) -> [UInt64] {
        let source = codes.span
        var picked: [UInt64] = []
        picked.append(addingCapacity: rows.count) { output in
            for index in 0..<rows.count { output.append(source[Int(rows[index])]) }
        }
        return picked
    }
}
