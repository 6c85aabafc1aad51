import Segments

/// Why a compaction ended without publishing; its inputs stay as they were.
public enum CompactionError: Error, Hashable, Sendable {
    /// What came out does not equal what went in; `field` names the control total.
    case controlTotalsDiffer(table: String, field: String, expected: String, found: String)
    /// An input could not be read, or an output not be written.
    case segment(SegmentError)
    /// The edit was refused, as when an input was replaced meanwhile.
    case catalog(CatalogError)
    /// The process is stopping.
    case cancelled
}

extension CompactionError: CustomStringConvertible {
    /// One sentence for the operator.
    public var description: String {
        switch self {
        case .controlTotalsDiffer(let table, let field, let expected, let found):
            "compaction of \(table) would change its \(field) from \(expected) to \(found); "
                + "nothing was published, and the inputs should be checked"
        case .segment(let error): "\(error)"
        case .catalog(let error): "\(error)"
        case .cancelled: "the process is stopping"
        }
    }
}
