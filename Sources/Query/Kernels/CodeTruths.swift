import Segments

/// What a condition gives for each code of a dictionary and for NULL, in the form that is found
/// fastest for many rows.
///
/// A dictionary is sorted, so that equality, ranges and prefixes are true for a run of codes: those
/// are compared, without a look-up. A short dictionary is a word of bits.
struct CodeTruths {
    private let form: Form
    private let ofNull: UInt8

    private enum Form {
        case constant(UInt8)
        /// `inside` for the codes from `low` to `low + width`, `outside` for all others.
        case run(low: UInt32, width: UInt32, inside: UInt8, outside: UInt8)
        /// Bit `c` is set where code `c` is true; the others are false.
        case bits(UInt32)
        case table([UInt8])
    }

    /// - Parameter table: The truth of each code, and of NULL behind the last.
    init(_ table: [UInt8]) {
        precondition(!table.isEmpty)
        ofNull = table[table.count - 1]
        form = Self.form(table.dropLast())
    }

    private static func form(_ truths: ArraySlice<UInt8>) -> Form {
        guard let first = truths.first else { return .constant(Truth.unknown) }
        var changes: [Int] = []
        for code in 1..<max(1, truths.count) where truths[code] != truths[code - 1] {
            changes.append(code)
            if changes.count > 2 { break }
        }
        switch changes.count {
        case 0: return .constant(first)
        case 1:
            return .run(
                low: 0, width: UInt32(changes[0] - 1), inside: first,
                outside: truths[changes[0]])
        case 2 where truths[changes[1]] == first:
            return .run(
                low: UInt32(changes[0]), width: UInt32(changes[1] - changes[0] - 1),
                inside: truths[changes[0]], outside: first)
        default: break
        }
        guard truths.count <= UInt32.bitWidth, !truths.contains(Truth.unknown) else {
            return .table(Array(truths))
        }
        var bits: UInt32 = 0
        for (code, truth) in truths.enumerated() where truth == Truth.yes {
            bits |= 1 << UInt32(code)
        }
        return .bits(bits)
    }

    /// The truth of each row of a column of codes.
    ///
    /// - Precondition: every code is one of the table's.
    func truths(_ codes: [UInt32], _ validity: Bitmap?) -> Truth {
        let validity = validity?.unlessFull
        if case .constant(let truth) = form, validity == nil || truth == ofNull {
            return .constant(truth)
        }
        let found = Self.look(up: codes.span, form)
        return Truth.rows(found).with(ofNull, where: validity)
    }

    private static func look(up codes: Span<UInt32>, _ form: Form) -> [UInt8] {
        switch form {
        case .constant(let truth): return [UInt8](repeating: truth, count: codes.count)
        case .run(let low, let width, let inside, let outside):
            return map(codes) { $0 &- low <= width ? inside : outside }
        case .bits(let bits): return map(codes) { UInt8(truncatingIfNeeded: bits &>> $0 & 1) }
        case .table(let table):
            let table = table.span
            return map(codes) { table[Int($0)] }
        }
    }

    @inline(__always)
    private static func map(_ codes: Span<UInt32>, _ body: (UInt32) -> UInt8) -> [UInt8] {
        var found = [UInt8](repeating: 0, count: codes.count)
        var output = found.mutableSpan
        for row in 0..<codes.count { output[row] = body(codes[row]) }
        return found
    }
}
