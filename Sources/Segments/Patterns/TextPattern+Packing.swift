/// Texts to codes.
extension TextPattern {
    /// The code of a text; `nil` where it does not fit. O(bytes), no allocation.
    public func pack(_ text: Span<UInt8>) -> UInt128? {
        let (template, mask, fields) = (template, constantMask, fields)
        let numbers = AlphabetTables.numbers
        return code(of: text, template.span, mask.span, fields.span, numbers.span)
    }

    /// The code of a text; `nil` where it does not fit.
    ///
    /// - Precondition: the pattern is not wide.
    public func packNarrow(_ text: Span<UInt8>) -> UInt64? {
        precondition(!isWide)
        let (template, mask, fields) = (template, constantMask, fields)
        let numbers = AlphabetTables.numbers
        return code(of: text, template.span, mask.span, fields.span, numbers.span)
    }

    /// The codes of rows `range` of `strings`, zero for rows without a bit in `validity`, which
    /// counts from the range's first; `nil` as soon as a text does not fit.
    ///
    /// - Precondition: the pattern's codes fit `Code`.
    func pack<Code: FixedWidthInteger & UnsignedInteger>(
        _ strings: StringVector, _ range: Range<Int>, _ validity: Bitmap?, as: Code.Type
    ) -> [Code]? {
        precondition(bitCount <= Code.bitWidth)
        let (template, mask, fields) = (template, constantMask, fields)
        let numbers = AlphabetTables.numbers
        var codes: [Code] = []
        codes.reserveCapacity(range.count)
        for row in range {
            if let validity, !validity[row &- range.lowerBound] {
                codes.append(0)
                continue
            }
            let code: Code? = code(
                of: strings.span(at: row), template.span, mask.span, fields.span, numbers.span)
            guard let code else { return nil }
            codes.append(code)
        }
        return codes
    }

    /// The codes of all texts; `nil` where one does not fit.
    ///
    /// - Parameter validity: Rows without a bit get the code zero, whatever their text.
    public func packNarrow(_ strings: StringVector, _ validity: Bitmap?) -> [UInt64]? {
        pack(strings, 0..<strings.count, validity, as: UInt64.self)
    }

    /// As `packNarrow`, for any pattern.
    public func packWide(_ strings: StringVector, _ validity: Bitmap?) -> [UInt128]? {
        pack(strings, 0..<strings.count, validity, as: UInt128.self)
    }

    @inline(__always)
    private func code<Code: FixedWidthInteger & UnsignedInteger>(
        of text: Span<UInt8>, _ template: Span<UInt8>, _ mask: Span<UInt8>, _ fields: Span<Field>,
        _ numbers: Span<UInt8>
    ) -> Code? {
        guard text.count == template.count else { return nil }
        var wrong: UInt8 = 0
        for offset in 0..<text.count {
            wrong |= (text[offset] ^ template[offset]) & mask[offset]
        }
        var code: Code = 0
        for index in fields.indices {
            let field = fields[index]
            let byte = text[Int(field.byteOffset)]
            let number = numbers[Int(field.alphabet) &<< 8 | Int(byte)]
            wrong |= number & AlphabetTables.absent
            code = code &<< Code(truncatingIfNeeded: field.bitCount)
            code |= Code(truncatingIfNeeded: number & 0x7f)
        }
        return wrong == 0 ? code : nil
    }

    /// Whether every integer is a code of the pattern: nothing above its bits, and no number behind
    /// an alphabet's last. O(codes), a few operations each and no branch.
    ///
    /// - Parameter first: Integers before this one are not looked at.
    func areCodes<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: [Code], from first: Int = 0
    ) -> Bool {
        let codes = codes.span.extracting(first...)
        var all: Code = 0
        for index in codes.indices { all |= codes[index] }
        guard bitCount >= Code.bitWidth || all >> Code(bitCount) == 0 else { return false }
        if unusedNumbers.isEmpty { return true }
        let digits = Code(truncatingIfNeeded: unusedNumbers.digits)
        let hexLetters = Code(truncatingIfNeeded: unusedNumbers.hexLetters)
        let base32Letters = Code(truncatingIfNeeded: unusedNumbers.base32Letters)
        let letters = Code(truncatingIfNeeded: unusedNumbers.letters)
        var wrong: Code = 0
        for index in codes.indices {
            let code = codes[index]
            let (one, two) = (code &>> 1, code &>> 2)
            let (three, four) = (code &>> 3, code &>> 4)
            // The first wrong numbers: 1010, 110, 10110 and 11010.
            wrong |= three & (one | two) & digits
            wrong |= two & one & hexLetters
            wrong |= four & (three | two & one) & base32Letters
            wrong |= four & three & (two | one) & letters
        }
        return wrong == 0
    }
}
