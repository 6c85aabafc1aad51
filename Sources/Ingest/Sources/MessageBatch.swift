import Segments

/// Messages on their way into rows: their texts one behind the other, each ended by the byte that
/// ends JSON texts in a sequence (RFC 7464), which no JSON text can hold.
///
/// It also is the guard of order: for each partition it knows the next position, drops what comes a
/// second time, and counts what is missing in between. Lives as long as its stream; `clear` makes
/// room for the next batch and keeps the positions.
struct MessageBatch: Sendable {
    /// Ends each text.
    static let separator: UInt8 = 0x1e

    /// How far a partition was read.
    struct Cursor: Hashable, Sendable {
        /// Of the first message of this batch; `next` where there is none.
        var first: UInt64
        /// The position expected next.
        var next: UInt64
        /// Positions passed over in this batch.
        var holeCount: UInt64 = 0
        /// The first of them.
        var firstHole: UInt64 = 0
    }

    /// All texts.
    private(set) var body: [UInt8] = []
    /// Where each text ends; its separator stands there, and the next one begins behind it.
    private(set) var ends: [Int32] = []
    /// For each text, of which message it is.
    private(set) var places: [StreamPlace] = []
    /// Messages without any row, such as tombstones, in this batch.
    private(set) var skippedCount = 0
    /// Messages in this batch.
    private(set) var messageCount = 0
    /// Messages that came a second time, ever.
    private(set) var droppedCount = 0
    /// The newest time of a message, in milliseconds since 1970; `nil` before the first.
    private(set) var newestMilliseconds: Int64?
    private var cursors: [UInt32: Cursor] = [:]
    private var current: (partition: UInt32, cursor: Cursor)?
    /// How messages become texts.
    let layout: MessageLayout
    private let rowLimit: Int
    private let byteLimit: Int

    /// An empty batch.
    ///
    /// - Parameters:
    ///   - rowLimit: The batch is full at this many rows; a message brings as many at most.
    ///   - byteLimit: The batch is full at this many bytes of texts.
    init(layout: MessageLayout, rowLimit: Int, byteLimit: Int) {
        self.layout = layout
        self.rowLimit = rowLimit
        self.byteLimit = byteLimit
    }

    /// Whether it should be committed before more is added.
    var isFull: Bool { ends.count >= rowLimit || body.count >= byteLimit }

    /// Whether no position would move by committing it.
    var isEmpty: Bool { messageCount == 0 }

    /// What the batch holds of each partition that it holds anything of, by partition.
    var spans: [StreamSpan] {
        known.filter { $0.value.next > $0.value.first }.map { partition, cursor in
            StreamSpan(partition: partition, first: cursor.first, next: cursor.next)
        }.sorted { $0.partition < $1.partition }
    }

    /// The partitions of which positions are missing in this batch: the first, and how many.
    var holes: [(partition: UInt32, first: UInt64, count: UInt64)] {
        known.filter { $0.value.holeCount > 0 }
            .map { ($0.key, $0.value.firstHole, $0.value.holeCount) }
            .sorted { $0.0 < $1.0 }
    }

    /// The next position of every partition, what this batch holds included.
    var positions: [(partition: UInt32, next: UInt64)] {
        known.map { ($0.key, $0.value.next) }.sorted { $0.0 < $1.0 }
    }

    private var known: [UInt32: Cursor] {
        var all = cursors
        if let current { all[current.partition] = current.cursor }
        return all
    }

    /// Reads a partition from `next` on; others stay as they are.
    mutating func expect(_ partition: UInt32, from next: UInt64) {
        settle()
        cursors[partition] = Cursor(first: next, next: next)
    }

    /// Forgets the texts, whose positions are durable now.
    mutating func clear() {
        settle()
        body.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        skippedCount = 0
        messageCount = 0
        for (partition, cursor) in cursors {
            cursors[partition] = Cursor(first: cursor.next, next: cursor.next)
        }
    }

    private mutating func settle() {
        if let current { cursors[current.partition] = current.cursor }
        current = nil
    }

    /// Adds a message, unless its position was passed already or nobody asked for its partition.
    ///
    /// - Parameters:
    ///   - next: The position behind it.
    ///   - milliseconds: Its time; 0 or less where it has none.
    mutating func append(
        partition: UInt32, offset: UInt64, next: UInt64, milliseconds: Int64,
        _ message: borrowing Message
    ) {
        guard admit(partition, offset, next) else {
            droppedCount &+= 1
            return
        }
        messageCount &+= 1
        if milliseconds > newestMilliseconds ?? 0 { newestMilliseconds = milliseconds }
        let before = ends.count
        layout.append(message, lineLimit: rowLimit, to: &body, ends: &ends)
        if ends.count == before { skippedCount &+= 1 }
        let place = StreamPlace(partition: partition, offset: offset)
        for _ in before..<ends.count { places.append(place) }
    }

    /// Moves the partition's cursor behind a message; false for one that was there already.
    private mutating func admit(_ partition: UInt32, _ offset: UInt64, _ next: UInt64) -> Bool {
        if current?.partition != partition {
            settle()
            guard let cursor = cursors[partition] else { return false }
            current = (partition, cursor)
        }
        guard var cursor = current?.cursor, offset >= cursor.next, next > offset else {
            return false
        }
        if offset > cursor.next {
            if cursor.holeCount == 0 { cursor.firstHole = cursor.next }
            cursor.holeCount &+= offset &- cursor.next
        }
        cursor.next = next
        current = (partition, cursor)
        return true
    }
}

/// One message as it lies in a connector's memory.
struct Message: ~Escapable {
    /// The value; `nil` for a tombstone.
    let value: Span<UInt8>?
    /// The key, if it has one.
    let key: Span<UInt8>?
    /// Names and values of the headers, where the layout asks for them.
    let headers: [(name: [UInt8], value: [UInt8]?)]

    @_lifetime(copy value, copy key)
    init(
        value: Span<UInt8>?, key: Span<UInt8>?,
        headers: [(name: [UInt8], value: [UInt8]?)] = []
    ) {
        self.value = value
        self.key = key
        self.headers = headers
    }
}
