/// Moving integers and runs of bytes between arrays and the byte form of the files.
extension Array where Element == UInt8 {
    /// Appends integers least significant byte first.
    mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(
        littleEndian values: Span<Integer>
    ) {
        // SAFETY: reads the values' own bytes during the call; the machines we build for are
        // little-endian, as the format is.
        unsafe values.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// Appends zeros up to a multiple of eight.
    mutating func pad() {
        append(contentsOf: repeatElement(0, count: (8 - count % 8) % 8))
    }

    /// Overwrites a range with as many bytes.
    mutating func replace(_ range: Range<Int>, with source: Span<UInt8>) {
        precondition(range.count == source.count)
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        // SAFETY: both have `range.count` bytes, and the target's lie in the array as checked.
        unsafe source.withUnsafeBytes { from in
            unsafe withUnsafeMutableBytes { target in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[range])
                    .copyMemory(from: from)
            }
        }
    }
}

extension Array where Element: FixedWidthInteger & BitwiseCopyable {
    /// The integers whose little-endian bytes follow each other in `bytes`.
    ///
    /// - Precondition: a whole number of them.
    init(littleEndian bytes: Span<UInt8>) {
        let size = Element.bitWidth / 8
        precondition(bytes.count % size == 0)
        // SAFETY: source and target have the same byte count, and any bits are an integer.
        self = unsafe bytes.withUnsafeBytes { source in
            unsafe [Element](unsafeUninitializedCapacity: source.count / size) { target, count in
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                count = source.count / size
            }
        }
    }
}
