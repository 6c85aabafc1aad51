/// Turns the codes of one pattern into those of a wider one, without a look at any text.
///
/// A place whose numbers keep their distances moves as a run of bits; places that move equally far
/// move together. What differs by a number (a constant that becomes a digit, say) is one addend for
/// the whole code. Only where neither holds (hexadecimal letters in base64url) a table is asked.
public struct TextConversion: Sendable {
    /// The pattern that codes come from.
    public let source: TextPattern
    /// The pattern that codes go to.
    public let target: TextPattern
    /// Whether codes stay as they are.
    private let isIdentity: Bool

    /// Bits that move together, to the left or, below zero, to the right.
    private struct Move: Sendable {
        var mask: UInt128
        let shift: Int
    }

    /// A place with a number for each number.
    private struct Look: Sendable {
        let shift: Int
        let mask: Int
        let numbers: [UInt8]
        let targetShift: Int
    }

    private var moves: [Move] = []
    private var addend: UInt128 = 0
    private var looks: [Look] = []

    /// A conversion; `nil` where `target` does not hold all texts of `source`.
    public init?(from source: TextPattern, to target: TextPattern) {
        self.source = source
        self.target = target
        isIdentity = source === target || source == target
        if isIdentity { return }
        guard target.contains(source) else { return nil }
        let places = Dictionary(
            uniqueKeysWithValues: source.fields.map { (Int($0.byteOffset), $0) })
        for field in target.fields {
            let shift = Int(field.shift)
            switch source.positions[Int(field.byteOffset)] {
            case .constant(let byte):
                addend |= UInt128(Self.number(of: byte, field)) << UInt128(shift)
            case .symbol(let alphabet):
                if let place = places[Int(field.byteOffset)] { add(alphabet, place, field) }
            }
        }
    }

    private static func number(of byte: UInt8, _ field: TextPattern.Field) -> UInt8 {
        AlphabetTables.numbers[Int(field.alphabet) << 8 | Int(byte)]
    }

    private mutating func add(
        _ alphabet: TextAlphabet, _ place: TextPattern.Field, _ field: TextPattern.Field
    ) {
        let numbers = alphabet.bytes.map { Self.number(of: $0, field) }
        let distance = numbers[0]
        let mask = UInt128(1) << UInt128(place.bitCount) - 1
        guard numbers.enumerated().allSatisfy({ Int($1) == $0 + Int(distance) }) else {
            looks.append(
                Look(
                    shift: Int(place.shift), mask: Int(mask),
                    numbers: numbers + [UInt8](repeating: 0, count: 128 - numbers.count),
                    targetShift: Int(field.shift)))
            return
        }
        addend += UInt128(distance) << UInt128(field.shift)
        let shift = Int(field.shift) - Int(place.shift)
        let bits = mask << UInt128(place.shift)
        if let index = moves.firstIndex(where: { $0.shift == shift }) {
            moves[index].mask |= bits
        } else {
            moves.append(Move(mask: bits, shift: shift))
        }
    }

    /// The code in the target of a code of the source.
    public func convert(_ code: UInt128) -> UInt128 {
        if isIdentity { return code }
        var result = addend
        for move in moves { result += (code & move.mask) << move.shift }
        for look in looks {
            let number = Int(truncatingIfNeeded: code >> UInt128(look.shift)) & look.mask
            result += UInt128(look.numbers[number]) << UInt128(look.targetShift)
        }
        return result
    }

    /// The codes of a narrow source in a narrow target. O(codes × runs of bits).
    public func convert(_ codes: [UInt64]) -> [UInt64] {
        isIdentity ? codes : converted(codes)
    }

    /// The codes of a narrow source in a target of any width.
    public func widen(_ codes: [UInt64]) -> [UInt128] {
        isIdentity ? codes.map { UInt128($0) } : converted(codes)
    }

    /// The codes of a wide source in a wide target.
    public func convert(_ codes: [UInt128]) -> [UInt128] {
        isIdentity ? codes : converted(codes)
    }

    /// A run at a time, so that each loop is plain.
    private func converted<From, To>(_ codes: [From]) -> [To]
    where From: FixedWidthInteger & UnsignedInteger, To: FixedWidthInteger & UnsignedInteger {
        precondition(source.bitCount <= From.bitWidth && target.bitCount <= To.bitWidth)
        var result = [To](repeating: To(truncatingIfNeeded: addend), count: codes.count)
        var output = result.mutableSpan
        let input = codes.span
        for move in moves {
            let mask = From(truncatingIfNeeded: move.mask)
            if move.shift >= 0 {
                let shift = To(truncatingIfNeeded: move.shift)
                for row in input.indices {
                    output[row] &+= To(truncatingIfNeeded: input[row] & mask) &<< shift
                }
            } else {
                let shift = From(truncatingIfNeeded: -move.shift)
                for row in input.indices {
                    output[row] &+= To(truncatingIfNeeded: (input[row] & mask) &>> shift)
                }
            }
        }
        for look in looks {
            let shift = From(truncatingIfNeeded: look.shift)
            let targetShift = To(truncatingIfNeeded: look.targetShift)
            let numbers = look.numbers.span
            for row in input.indices {
                let number = Int(truncatingIfNeeded: input[row] &>> shift) & look.mask
                output[row] &+= To(truncatingIfNeeded: numbers[number]) &<< targetShift
            }
        }
        return result
    }
}
