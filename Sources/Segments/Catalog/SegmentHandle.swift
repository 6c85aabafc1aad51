import Synchronization

/// A published segment while someone may read it.
///
/// Snapshots hold handles; the last one to let go of a retired segment's handle runs `onRelease`,
/// which hands the file to garbage collection.
public final class SegmentHandle: Sendable {
    /// What the manifest says about the segment.
    public let entry: SegmentEntry
    private let open: @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader
    private let onRelease: @Sendable (SegmentEntry) -> Void
    private let opened = AtomicLazyReference<SegmentReader>()

    /// A handle whose end `onRelease` learns of, and whose reader `open` makes when it is wanted.
    public init(
        _ entry: SegmentEntry,
        open: @escaping @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader = noReader,
        onRelease: @escaping @Sendable (SegmentEntry) -> Void
    ) {
        self.entry = entry
        self.open = open
        self.onRelease = onRelease
    }

    /// A handle of a segment that is open already and belongs to no catalog.
    public init(_ reader: SegmentReader) {
        entry = reader.entry
        open = Self.noReader
        onRelease = { _ in }
        _ = opened.storeIfNil(reader)
    }

    deinit { onRelease(entry) }

    /// The segment, open: by the first caller, for all. A failure is not remembered. Where two open
    /// it at the same time, both get the same reader. No lock once it is open.
    ///
    /// Whoever reads keeps the handle, or a snapshot that has it, as long as the reader.
    public func reader() throws(SegmentError) -> SegmentReader {
        if let reader = opened.load() { return reader }
        return opened.storeIfNil(try open(entry))
    }

    /// The segment, if somebody has opened it.
    var openedReader: SegmentReader? { opened.load() }

    /// For handles of entries without files.
    public static let noReader: @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader = {
        entry throws(SegmentError) in
        throw .file(
            FileError(.open, path: entry.path, code: 0, reason: "its handle has no reader"))
    }
}
