import Segments

/// Decides which segments hold expired rows only. Pure.
///
/// Readers pass over expired rows by themselves, to the microsecond; here whole segments go, and
/// what else has expired is left out where segments are merged.
public enum RetentionPolicy {
    /// The segments of a table of which every row has expired at `wallMicroseconds`. One that has
    /// to be opened to tell, and cannot be, is not among them.
    public static func expired(
        in table: TableSnapshot, wallMicroseconds: Int64
    ) -> [SegmentEntry] {
        guard let expiry = RowExpiry(table.schema, now: wallMicroseconds) else { return [] }
        return table.segments.filter { segment in
            do throws(SegmentError) { return try expiry.part(of: segment) == .all } catch {
                return false
            }
        }.map(\.entry)
    }
}
