/// The bytes of a sealed file, readable in place: mapped into memory, or read into it.
///
/// Only sealed, size-verified files are mapped: reading a map past a truncated end would end the
/// process. `read_mode = "pread"` keeps everything in plain memory.
@safe
public final class FileBytes: Sendable {
    // SAFETY: readable for the object's whole life, never written, given back in `deinit` only.
    nonisolated(unsafe) private let region: UnsafeRawBufferPointer
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    /// A copy of bytes in plain memory.
    public init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        // SAFETY: allocated above with room for every byte; only `release` gives it back.
        unsafe copy.copyBytes(from: bytes)
        unsafe region = UnsafeRawBufferPointer(copy)
        unsafe release = { unsafe $0.deallocate() }
    }

    /// A read-only mapping that `release` gives back when the last user is gone.
    public init(
        mapping: UnsafeRawBufferPointer,
        release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        // SAFETY: the caller hands the mapping over; nothing but `release` ends it.
        unsafe region = mapping
        unsafe self.release = release
    }

    deinit {
        // SAFETY: no span of this object outlives it, so nothing reads the region any more.
        unsafe release(region)
    }

    /// How many bytes there are.
    public var count: Int { unsafe region.count }

    /// All bytes, in place.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // SAFETY: the region lives as long as `self`, on which the span depends.
            let bytes = unsafe Span<UInt8>(_unsafeBytes: region)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }
}
