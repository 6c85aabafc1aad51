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

    /// Adds all strings of another vector.
    ///
    /// - Precondition: the total stays within `maximumByteCount`.
    public mutating func append(contentsOf other: StringVector) {
        let base = UInt32(bytes.count)
        precondition(bytes.count + other.bytes.count <= Self.maximumByteCount)
        bytes.append(contentsOf: other.bytes)
        let ends = other.offsets.span
        offsets.append(addingCapacity: other.count) { added in
            for index in 1..<ends.count { added.append(base &+ ends[index]) }
        }
    }

    /// The strings at `indices`, in that order, repetition allowed. O(strings and their bytes).
    ///
    /// - Precondition: the total stays within `maximumByteCount`.
    public func gather(_ indices: Span<Int32>) -> StringVector {
        let source = offsets.span
        var ends: [UInt32] = []
        ends.reserveCapacity(indices.count + 1)
        ends.append(0)
        var total = 0
        for position in indices.indices {
            let index = Int(indices[position])
            total &+= Int(source[index &+ 1]) &- Int(source[index])
            ends.append(UInt32(truncatingIfNeeded: total))
        }
        precondition(total <= Self.maximumByteCount)
        let texts = bytes.span
        var gathered: [UInt8] = []
        gathered.reserveCapacity(total + ByteCopies.slackByteCount)
        gathered.append(addingCapacity: total + ByteCopies.slackByteCount) { added in
            // SAFETY: every copy is checked against both buffers; `total` bytes are written.
            unsafe added.withUnsafeMutableBufferPointer { target, filled in
                for position in indices.indices {
                    let range = range(at: Int(indices[position]))
                    unsafe ByteCopies.copy(range, of: texts, to: target, at: filled)
                    filled &+= range.count
                }
            }
        }
        return StringVector(offsets: ends, bytes: gathered)
    }
}

/// Copies short runs of bytes, sixteen at a time.
///
/// Whole steps are copied where both sides have room for them: the bytes too many are those that
/// the next copy overwrites. A call of `memmove` takes longer than most texts.
public enum ByteCopies {
    /// Room behind the last byte that lets the last copy be of whole steps too.
    public static let slackByteCount = 16

    /// Copies `range` of `source` to `target` at `offset`; up to fifteen bytes behind it change.
    ///
    /// - Precondition: the range lies within `source`, its length behind `offset` within `target`.
    @inlinable @inline(__always)
    public static func copy(
        _ range: Range<Int>, of source: Span<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, at offset: Int
    ) {
        let count = range.count
        let steps = (count &+ 15) & ~15
        precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
        precondition(offset >= 0 && offset &+ count <= target.count)
        guard let start = target.baseAddress else { return }
        // SAFETY: the range lies in the source and its length in the target, as just checked;
        // whole steps are taken only where they do too, so that `at + 16 <= steps` is inside both.
        let to = unsafe UnsafeMutableRawPointer(start + offset)
        unsafe source.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let from = unsafe base + range.lowerBound
            guard range.lowerBound &+ steps <= bytes.count, offset &+ steps <= target.count else {
                unsafe to.copyMemory(from: from, byteCount: count)
                return
            }
            var at = 0
            while at < count {
                unsafe to.storeBytes(
                    of: from.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self),
                    toByteOffset: at, as: SIMD16<UInt8>.self)
                at &+= 16
            }
        }
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
