import Segments

/// What a record says.
enum LogPayload {
    /// The rows of one request, as decided: what is replayed is never decided again.
    case events(EventsRecord)
    /// A change of the catalogue, which has its own durable home, the manifest; the record only
    /// gives it a position, so that every commit has a version.
    case marker(TableID)

    /// Records without facts, as builds before the state of requests wrote them.
    private static let plainEventsKind: UInt16 = 1
    private static let markerKind: UInt16 = 2
    private static let eventsKind: UInt16 = 3
    /// Kinds from here on may be passed over by a build that does not know them.
    private static let firstIgnorableKind: UInt16 = 0x8000

    /// The record's kind and byte form.
    func entry() -> LogWriter.Entry {
        switch self {
        case .events(let record):
            return LogWriter.Entry(kind: Self.eventsKind, payload: record.encoded())
        case .marker(let table):
            var writer = ByteWriter()
            writer.append(table.rawValue)
            return LogWriter.Entry(kind: Self.markerKind, payload: writer.bytes)
        }
    }

    /// Reads a record; `nil` for one that may be passed over.
    static func read(_ record: LogRecord) throws(LogError) -> LogPayload? {
        var reader = ByteReader(record.payload)
        let payload: LogPayload
        do throws(ByteError) {
            switch record.kind {
            case plainEventsKind:
                payload = .events(try EventsRecord(from: &reader, hasFacts: false))
            case eventsKind: payload = .events(try EventsRecord(from: &reader, hasFacts: true))
            case markerKind: payload = .marker(TableID(try reader.readUInt32()))
            case firstIgnorableKind...: return nil
            default: throw .invalid("record kind \(record.kind)", byteOffset: 0)
            }
            guard reader.isAtEnd else {
                throw .invalid("record: bytes are left", byteOffset: reader.byteOffset)
            }
        } catch {
            throw .unreadableRecord(path: record.path, lsn: record.lsn, reason: "\(error)")
        }
        return payload
    }
}

/// Everything that one request leaves behind: its rows, its dead letters, its counts, and by what
/// it is recognised when it comes again.
struct EventsRecord {
    /// Rows of one table.
    struct Part {
        let tableID: TableID
        let schemaVersion: UInt32
        let rows: RowBatch
    }

    let requestID: String
    let counts: IngestCounts
    let facts: RequestFacts
    /// At most one part a table; the dead letters are rows of `RejectsTable`.
    let parts: [Part]

    private static let maximumPartCount = 16

    init(requestID: String, counts: IngestCounts, facts: RequestFacts, parts: [Part]) {
        precondition(parts.count <= Self.maximumPartCount)
        self.requestID = requestID
        self.counts = counts
        self.facts = facts
        self.parts = parts
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(string: requestID)
        writer.append(counts)
        facts.append(to: &writer)
        writer.append(UInt32(parts.count))
        var bytes = writer.bytes
        // Integers shrink on the way, so that this is always enough but for types and counts.
        bytes.reserveCapacity(
            bytes.count + parts.reduce(0) { $0 + $1.rows.memoryBytes + 64 * $1.rows.columns.count })
        for part in parts {
            RawBytes.append([part.tableID.rawValue, part.schemaVersion], to: &bytes)
            RowBatchBytes.append(part.rows, to: &bytes)
        }
        return bytes
    }

    init(from reader: inout ByteReader, hasFacts: Bool) throws(ByteError) {
        requestID = try reader.readString()
        counts = try reader.readCounts(hasStates: hasFacts)
        facts =
            hasFacts
            ? try RequestFacts(from: &reader)
            : RequestFacts(origin: .none, table: TableID(0), time: 0)
        var parts: [Part] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumPartCount)) {
            parts.append(
                Part(
                    tableID: TableID(try reader.readUInt32()),
                    schemaVersion: try reader.readUInt32(),
                    rows: try RowBatchBytes.read(from: &reader)))
        }
        self.parts = parts
    }
}

/// What became of the rows of a request.
public struct IngestCounts: Hashable, Sendable {
    /// Rows that are new and now durable.
    public var accepted: Int
    /// Rows whose id and content are there already.
    public var duplicate: Int
    /// Rows whose id is there with other content; kept as dead letters.
    public var conflict: Int
    /// Rows that could not be taken; kept as dead letters.
    public var rejected: Int
    /// Rows of a state table that are older than what is there: nothing to do.
    public var stale: Int
    /// Accepted rows that replaced one of their key.
    public var updated: Int
    /// Accepted rows that deleted one of their key.
    public var deleted: Int

    /// Counts, all zero where nothing is said.
    public init(
        accepted: Int = 0, duplicate: Int = 0, conflict: Int = 0, rejected: Int = 0,
        stale: Int = 0, updated: Int = 0, deleted: Int = 0
    ) {
        self.accepted = accepted
        self.duplicate = duplicate
        self.conflict = conflict
        self.rejected = rejected
        self.stale = stale
        self.updated = updated
        self.deleted = deleted
    }
}
