import Segments

/// Decides which segments are past their table's time to live. Pure.
///
/// A segment goes when its newest row is older than `TTL` says: whole segments, never single rows,
/// so a row may live up to one chunk longer in a segment that also holds younger ones.
public enum RetentionPolicy {
    /// The expired segments of a table at `wallMicroseconds`.
    public static func expired(
        in table: TableSnapshot, wallMicroseconds: Int64
    ) -> [SegmentEntry] {
        guard let days = table.schema.timeToLiveDays else { return [] }
        let age = Int64(days).multipliedClamping(by: CivilTime.microsecondsPerDay)
        let horizon = wallMicroseconds.subtractingReportingOverflow(age)
        guard !horizon.overflow else { return [] }
        return table.segments.map(\.entry).filter { $0.maximumTime < horizon.partialValue }
    }
}
