/// Strings one after the other: string `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
public struct StringVector: Hashable, Sendable {
    /// `count + 1` ascending positions in `bytes`, the first of them 0.
    public private(set) var offsets: [UInt32]
    /// All strings, valid UTF-8 each.
    public private(set) var bytes: [UInt8]

    /// The most bytes that one vector holds, so that positions fit 32 bits.
    public static let maximumByteCount = Int(UInt32.max)

    /// No strings.
    public init() {
        offsets = [0]
        bytes = []
    }

    /// Takes offsets and bytes as they are.
    ///
    /// - Precondition: offsets ascend from 0 to `bytes.count`.
    public init(offsets: [UInt32], bytes: [UInt8]) {
        precondition(offsets.first == 0 && Int(offsets.last ?? 1) == bytes.count)
        self.offsets = offsets
        self.bytes = bytes
    }

    /// The given texts in order.
    public init(_ texts: some Sequence<Text>) {
        self.init()
        for text in texts { append(text.bytes.span) }
    }

    /// How many strings there are.
    public var count: Int { offsets.count - 1 }

    /// Where string `index` lies in `bytes`.
    @inlinable
    public func range(at index: Int) -> Range<Int> {
        let lower = Int(offsets[index])
        return lower..<max(lower, Int(offsets[index + 1]))
    }

    /// The bytes of string `index`, in place.
    @inlinable
    @_lifetime(borrow self)
    public func span(at index: Int) -> Span<UInt8> { bytes.span.extracting(range(at: index)) }

    /// A copy of string `index`.
    public func text(at index: Int) -> Text { Text(bytes: Array(bytes[range(at: index)])) }

    /// Makes room.
    public mutating func reserve(count: Int, byteCount: Int) {
        offsets.reserveCapacity(count + 1)
        bytes.reserveCapacity(byteCount)
    }

    /// Adds a string.
    ///
    /// - Precondition: the total stays within `maximumByteCount`.
    public mutating func append(_ string: Span<UInt8>) {
        bytes.append(copying: string)
        offsets.append(UInt32(bytes.count))
    }

    /// Adds one byte to the string that `finishString()` will end.
    public mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Ends the string made of everything added since the last end.
    public mutating func finishString() { offsets.append(UInt32(bytes.count)) }

    /// Drops bytes added since the last end.
    public mutating func dropUnfinished() {
        bytes.removeLast(bytes.count - Int(offsets[offsets.count - 1]))
    }

    /// A copy of the strings in `range`.
    public func slice(_ range: Range<Int>) -> StringVector {
        let base = offsets[range.lowerBound]
        let end = offsets[range.upperBound]
        return StringVector(
            offsets: offsets[range.lowerBound...range.upperBound].map { $0 &- base },
            bytes: Array(bytes[Int(base)..<Int(end)]))
    }

    /// The strings at `indices`, in that order, repetition allowed.
    public func gather(_ indices: Span<Int32>) -> StringVector {
        var result = StringVector()
        result.offsets.reserveCapacity(indices.count + 1)
        for position in indices.indices { result.append(span(at: Int(indices[position]))) }
        return result
    }
}

extension Array where Element == UInt8 {
    /// Appends the bytes of a span in one move.
    @inlinable
    public mutating func append(copying span: Span<UInt8>) {
        // SAFETY: the buffer is read only during the call and lives as long as the span.
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// A copy of a span.
    @inlinable
    public init(copying span: Span<UInt8>) {
        self = []
        append(copying: span)
    }
}

/// A set of distinct strings that codes refer to, shared by all blocks of a column.
///
/// A class for its identity: whoever computes something per entry (a predicate, a hash, a group
/// number) computes it once per dictionary.
public final class StringDictionary: Sendable {
    /// Distinct strings; code `c` is string `c`.
    public let values: StringVector
    /// Whether the strings ascend by bytes, so that ranges of strings are ranges of codes.
    public let isSorted: Bool

    /// Takes distinct strings; `isSorted` is the caller's word.
    public init(_ values: StringVector, isSorted: Bool) {
        self.values = values
        self.isSorted = isSorted
    }

    /// How many codes there are.
    public var count: Int { values.count }
}
