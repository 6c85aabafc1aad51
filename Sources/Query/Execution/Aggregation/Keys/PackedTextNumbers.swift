import Segments

/// The numbers of packed texts, found by their codes: a text is unpacked when its code first comes.
struct PackedTextNumbers {
    /// The pattern of the codes seen; another one begins anew.
    private var pattern: TextPattern?
    private var narrow = WordTable<UInt64>()
    private var wide = WordTable<UInt128>()
    /// For each code seen, in order, the number of its text.
    private var numbers: [UInt32] = []

    /// Bytes held.
    var memoryBytes: Int { narrow.memoryBytes + wide.memoryBytes + numbers.count * 4 }

    /// The numbers of codes that fit 64 bits, none of them of a NULL.
    mutating func numbers(
        of codes: [UInt64], _ pattern: TextPattern, _ number: (StringVector) -> [UInt32]
    ) -> [UInt32] {
        begin(pattern)
        let places = narrow.numbers(of: codes.span)
        if narrow.count > numbers.count {
            numbers += number(pattern.unpack(Array(narrow.keys[numbers.count...]), nil))
        }
        return translated(places)
    }

    /// As above, of codes of up to 128 bits.
    mutating func numbers(
        of codes: [UInt128], _ pattern: TextPattern, _ number: (StringVector) -> [UInt32]
    ) -> [UInt32] {
        begin(pattern)
        let places = wide.numbers(of: codes.span)
        if wide.count > numbers.count {
            numbers += number(pattern.unpack(Array(wide.keys[numbers.count...]), nil))
        }
        return translated(places)
    }

    private mutating func begin(_ pattern: TextPattern) {
        if self.pattern === pattern { return }
        self = PackedTextNumbers()
        self.pattern = pattern
    }

    private func translated(_ places: [UInt32]) -> [UInt32] {
        let numbers = numbers.span
        var result = places
        var output = result.mutableSpan
        for row in 0..<output.count { output[row] = numbers[Int(output[row])] }
        return result
    }
}
