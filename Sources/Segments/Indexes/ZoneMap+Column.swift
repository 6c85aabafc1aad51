extension ZoneMap {
    /// The zone of rows `range` of `column`. O(rows).
    ///
    /// - Precondition: codes refer to a sorted dictionary.
    init(of column: Column, _ range: Range<Int>) {
        let validity = column.validity?.slice(range)
        let nullCount = validity.map { range.count - $0.setCount } ?? 0
        self.init(rowCount: range.count, nullCount: nullCount, bounds: nil)
        guard !isAllNull else { return }
        switch column.values {
        case .integers(let values):
            let (low, high) = Self.bounds(values.span.extracting(range), validity)
            bounds = .integers(minimum: low, maximum: high)
        case .wideIntegers(let values):
            let (low, high) = Self.bounds(values.span.extracting(range), validity)
            bounds = .wideIntegers(minimum: low, maximum: high)
        case .booleans(let values):
            let (low, high) = Self.bounds(values.span.extracting(range), validity)
            bounds = .integers(minimum: Int64(low), maximum: Int64(high))
        case .doubles(let values):
            bounds = Self.bounds(doubles: values.span.extracting(range), validity)
        case .codes(let codes, let dictionary) where column.type == .varchar:
            let (low, high) = Self.bounds(codes.span.extracting(range), validity)
            let entries = dictionary.values
            bounds = .strings(
                smallest: entries.span(at: Int(low)), largest: entries.span(at: Int(high)))
        case .packedTexts(let codes, let pattern):
            let (low, high) = Self.bounds(codes.span.extracting(range), validity)
            bounds = .packedTexts(UInt128(low), UInt128(high), pattern)
        case .widePackedTexts(let codes, let pattern):
            let (low, high) = Self.bounds(codes.span.extracting(range), validity)
            bounds = .packedTexts(low, high, pattern)
        case .strings(let strings) where column.type == .varchar:
            bounds = Self.bounds(strings, range, validity)
        case .codes, .strings, .arrays: break
        }
    }

    /// The smallest and largest value of the valid rows, of which there is one at least.
    private static func bounds<Element: Comparable & BitwiseCopyable>(
        _ values: Span<Element>, _ validity: Bitmap?
    ) -> (Element, Element) {
        var first = 0
        if let validity {
            while first < values.count - 1, !validity[first] { first += 1 }
        }
        var low = values[first]
        var high = low
        for row in first..<values.count {
            if let validity, !validity[row] { continue }
            let value = values[row]
            if value < low { low = value }
            if value > high { high = value }
        }
        return (low, high)
    }

    private static func bounds(doubles values: Span<Double>, _ validity: Bitmap?) -> ZoneBounds? {
        for row in values.indices where values[row].isNaN && validity?[row] ?? true {
            return nil
        }
        let (low, high) = bounds(values, validity)
        return .doubles(minimum: low, maximum: high)
    }

    private static func bounds(
        _ strings: StringVector, _ range: Range<Int>, _ validity: Bitmap?
    ) -> ZoneBounds? {
        var smallest = -1
        var largest = -1
        for row in range where validity?[row - range.lowerBound] ?? true {
            if smallest < 0 {
                smallest = row
                largest = row
            } else if ByteOrder.compare(strings.span(at: row), strings.span(at: smallest)) < 0 {
                smallest = row
            } else if ByteOrder.compare(strings.span(at: row), strings.span(at: largest)) > 0 {
                largest = row
            }
        }
        guard smallest >= 0 else { return nil }
        return .strings(
            smallest: strings.span(at: smallest), largest: strings.span(at: largest))
    }
}

extension ZoneBounds {
    /// Bounds of packed texts from the smallest and the largest code.
    fileprivate static func packedTexts(
        _ smallest: UInt128, _ largest: UInt128, _ pattern: TextPattern
    ) -> ZoneBounds {
        strings(
            smallest: pattern.text(smallest).bytes.span, largest: pattern.text(largest).bytes.span)
    }
}

/// The zone's byte form in the footer.
extension ZoneMap {
    func encode(into writer: inout ByteWriter) {
        writer.append(UInt32(rowCount))
        writer.append(UInt32(nullCount))
        switch bounds {
        case nil: writer.append(UInt8(0))
        case .integers(let low, let high):
            writer.append(UInt8(1))
            writer.append(low)
            writer.append(high)
        case .wideIntegers(let low, let high):
            writer.append(UInt8(2))
            writer.append(low)
            writer.append(high)
        case .doubles(let low, let high):
            writer.append(UInt8(3))
            writer.append(low.bitPattern)
            writer.append(high.bitPattern)
        case .strings(let lower, let upper):
            writer.append(UInt8(upper == nil ? 5 : 4))
            writer.append(lengthPrefixed: lower)
            if let upper { writer.append(lengthPrefixed: upper) }
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        let rowCount = Int(try reader.readUInt32())
        let nullCount = Int(try reader.readUInt32())
        guard nullCount <= rowCount else { throw .invalid("null count", byteOffset: at) }
        self.init(rowCount: rowCount, nullCount: nullCount, bounds: nil)
        switch try reader.readUInt8() {
        case 0: break
        case 1:
            let low = try reader.readInt64()
            bounds = .integers(minimum: low, maximum: try reader.readInt64())
        case 2:
            let low = try reader.readInt128()
            bounds = .wideIntegers(minimum: low, maximum: try reader.readInt128())
        case 3:
            let low = Double(bitPattern: try reader.readUInt64())
            bounds = .doubles(minimum: low, maximum: Double(bitPattern: try reader.readUInt64()))
        case 4:
            let lower = try reader.readLengthPrefixed()
            bounds = .strings(lower: lower, upper: try reader.readLengthPrefixed())
        case 5: bounds = .strings(lower: try reader.readLengthPrefixed(), upper: nil)
        default: throw .invalid("zone map", byteOffset: at)
        }
    }
}
