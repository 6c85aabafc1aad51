/// Why the catalog could not be opened, or an edit not be published.
public enum CatalogError: Error, Hashable, Sendable {
    /// The file system refused; nothing was changed.
    case file(FileError)
    /// The newest manifest is damaged, and nothing older may stand in for it. `fallback` is the
    /// older version that was looked at, where there is one.
    case damagedManifest(path: String, problem: String, fallback: UInt64?)
    /// A file was written by a later build.
    case newerFormat(path: String, found: UInt32, supported: UInt32)
    /// There is no manifest, but there is `evidence` of a database.
    case missingManifest(evidence: String)
    /// The manifest belongs to another data directory.
    case foreignManifest(path: String, expected: String, found: String)
    /// The manifest lists a segment whose file is not there.
    case missingSegment(path: String)
    /// A listed segment's file has the wrong size.
    case segmentSize(path: String, expected: Int, found: Int)
    /// A listed segment's file was looked at and refused.
    case unreadableSegment(SegmentError)
    /// The dead rows of a segment could not be written; nothing was changed.
    case deadRowsNotWritten(SegmentError)
    /// A table, rollup or view of that name is there already.
    case tableExists(String)
    /// The table is gone, or its schema is not the one that a change was made of.
    case tableChanged(String)
    /// So many starts in a row have come to nothing, read-only ones included, that somebody has to
    /// look first.
    case startsFailed(count: Int)
    /// No table of that name.
    case unknownTable(String)
    /// No rollup of that name.
    case unknownRollup(String)
    /// The number that a table's files carry was given to something else meanwhile.
    case tableNumberTaken(TableID)
    /// No endpoint of that name.
    case unknownEndpoint(String)
    /// No view of that name.
    case unknownView(String)
    /// A source of that name is there already.
    case sourceExists(String)
    /// No source of that name.
    case unknownSource(String)
    /// No table, rollup, view or source of that number: it was dropped, or never there.
    case unknownTableID(TableID)
    /// The schema contradicts itself.
    case schema(SchemaError)
    /// A segment to remove is not in the manifest any more: somebody else replaced it.
    case segmentGone(SegmentID)
    /// A segment to add is there already, or its number was never reserved.
    case segmentNotReserved(SegmentID)
    /// A table's flush position cannot become `lsn`.
    case flushPosition(TableID, lsn: UInt64, reason: String)
    /// All attempts failed before the manifest had its name; the old one stands, and a later edit
    /// may succeed.
    case notPublished(attempts: Int, FileError)
    /// Nobody can say whether the manifest is durable. The catalog publishes nothing any more;
    /// the process has to stop, and its next start finds the old version or the new one.
    case unknownOutcome(FileError)
}

extension CatalogError: CustomStringConvertible {
    /// One sentence: what, where, and what to do where that is known.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damagedManifest(let path, let problem, let fallback):
            "\(path) is damaged (\(problem)) and "
                + (fallback.map { "version \($0) lacks part of the log" } ?? "none is older")
                + "; restore the data directory from a backup"
        case .newerFormat(let path, let found, let supported):
            "\(path) has format \(found), this build reads up to \(supported); use a later build"
        case .missingManifest(let evidence):
            "there is no manifest, but \(evidence); restore manifest/ from a backup"
        case .foreignManifest(let path, let expected, let found):
            "\(path) belongs to database \(found), this directory is \(expected)"
        case .missingSegment(let path): "\(path) is listed in the manifest but missing"
        case .segmentSize(let path, let expected, let found):
            "\(path) has \(found) bytes instead of \(expected)"
        case .unreadableSegment(let error): error.description
        case .deadRowsNotWritten(let error): "dead rows were not written: \(error.description)"
        case .startsFailed(let count):
            "the last \(count) starts ended before they had run for ten seconds, the later ones "
                + "read-only; see the messages of the last one, run 'daybook check' and 'daybook "
                + "repair', then remove the file \(StartCount.path)"
        case .tableExists(let name): "'\(name)' already exists"
        case .tableChanged(let name): "the table '\(name)' has changed meanwhile"
        case .unknownTable(let name): "there is no table '\(name)'"
        case .unknownRollup(let name): "there is no rollup '\(name)'"
        case .tableNumberTaken(let id): "number \(id.rawValue) was given away meanwhile"
        case .unknownEndpoint(let name): "there is no endpoint '\(name)'"
        case .unknownView(let name): "there is no view '\(name)'"
        case .sourceExists(let name): "there is a source '\(name)' already"
        case .unknownSource(let name): "there is no source '\(name)'"
        case .unknownTableID(let id): "there is no table number \(id.rawValue)"
        case .schema(let error): error.message
        case .segmentGone(let id): "segment \(id.rawValue) is not published any more"
        case .segmentNotReserved(let id): "segment number \(id.rawValue) is taken or not reserved"
        case .flushPosition(let table, let lsn, let reason):
            "table number \(table.rawValue) cannot be flushed to position \(lsn): \(reason)"
        case .notPublished(let attempts, let error):
            "the manifest could not be written in \(attempts) attempts: \(error)"
        case .unknownOutcome(let error):
            "it is unknown whether the manifest is durable: \(error)"
        }
    }
}

extension CatalogError {
    /// Runs file calls; their failure becomes this module's error.
    static func wrapping<Value>(
        _ body: () throws(FileError) -> Value
    ) throws(CatalogError) -> Value {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }
}

/// What the catalog does that an operator may want to see in the log.
public enum CatalogEvent: Hashable, Sendable {
    /// A data directory was made.
    case created
    /// Segments looked at so far while opening.
    case checking(segments: Int, of: Int)
    /// The newest manifest was damaged and an older one taken: garbage collection is held.
    case fellBack(from: String, problem: String, to: UInt64)
    /// The `UUID` file was missing or damaged, and written anew.
    case identityRestored
    /// A rollup's file cannot be read: its segment answers for it until it is made again.
    case rollupUnreadable(path: String, reason: String)
    /// Files that no manifest lists were moved to `trash/`.
    case orphansMoved(count: Int)
    /// Files of retired segments were moved to `trash/`.
    case retiredMoved(count: Int)
    /// Files were removed from `trash/` for good.
    case purged(count: Int)
    /// The count of starts could not be written; this start goes on without.
    case startNotCounted(FileError)
    /// A file that is not needed any more could not be removed; it is tried again later.
    case notRemoved(FileError)
}
