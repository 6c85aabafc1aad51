/// A published segment while someone may read it.
///
/// Snapshots hold handles; the last one to let go of a retired segment's handle runs `onRelease`,
/// which hands the file to garbage collection.
public final class SegmentHandle: Sendable {
    /// What the manifest says about the segment.
    public let entry: SegmentEntry
    private let onRelease: @Sendable (SegmentEntry) -> Void

    /// A handle whose end `onRelease` learns of.
    public init(_ entry: SegmentEntry, onRelease: @escaping @Sendable (SegmentEntry) -> Void) {
        self.entry = entry
        self.onRelease = onRelease
    }

    deinit { onRelease(entry) }
}
