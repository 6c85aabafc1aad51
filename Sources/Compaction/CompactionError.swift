/// Why a compaction ended without publishing; its inputs stay as they were.
public enum CompactionError: Error, Equatable, Sendable {
    /// What came out does not equal what went in; `field` names the control total.
    case controlTotalsDiffer(table: String, field: String, expected: String, found: String)
}
