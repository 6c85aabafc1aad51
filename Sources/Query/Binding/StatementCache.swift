import Segments
import Synchronization

/// Statements that were read and bound before, by their text: a dashboard asks the same question
/// again and again, and reading, binding and planning it costs more than a small answer does.
///
/// What a text means is never remembered wrongly: a reading depends on the text alone; a binding is
/// used again only for equal options, schemas and views, and only where it has read neither the
/// clock nor a system table (`BindOptions.volatility`). No rows are kept.
///
/// Two generations of at most `generationByteCount` bytes of text: what is asked for moves to the
/// young one; where that is full, it becomes the old one, and the old one is forgotten.
public final class StatementCache: Sendable {
    /// A text that was read, and what it was last bound to.
    public final class Entry: Sendable {
        /// The statement as it was read.
        public let parsed: ParsedStatement
        private let binding = Mutex<Binding?>(nil)

        fileprivate init(_ parsed: ParsedStatement) { self.parsed = parsed }

        /// The statement bound, from the last time where it would come to the same.
        ///
        /// - Parameters:
        ///   - snapshot: Whose tables the names mean.
        ///   - view: The same tables and the system's; made where it is needed.
        /// - Throws: As `ParsedStatement.bound`.
        public func bound(
            to snapshot: Snapshot, options: BindOptions, view: () -> CatalogView
        ) throws(QueryError) -> BoundStatement {
            if let known = binding.withLock({ $0 }), known.holds(snapshot, options) {
                return .query(known.query)
            }
            let statement = try parsed.bound(to: view(), options: options)
            guard case .query(let query) = statement, !options.volatility.wasNoted else {
                return statement
            }
            let new = Binding(snapshot, options, query.optimized)
            binding.withLock { $0 = new }
            return .query(new.query)
        }

        /// Notes how long the statement took with these options, from its binding to its last row.
        public func note(nanoseconds: UInt64, options: BindOptions) {
            guard let known = binding.withLock({ $0 }), known.options == options else { return }
            known.nanoseconds.store(nanoseconds, ordering: .relaxed)
        }

        /// How long the statement took the last time with these options, on these schemas; `nil`
        /// where that is not known.
        public func lastNanoseconds(on snapshot: Snapshot, options: BindOptions) -> UInt64? {
            guard let known = binding.withLock({ $0 }), known.holds(snapshot, options) else {
                return nil
            }
            let nanoseconds = known.nanoseconds.load(ordering: .relaxed)
            return nanoseconds == .max ? nil : nanoseconds
        }
    }

    /// A query, and all that its binding depended on besides the text.
    private final class Binding: Sendable {
        let tables: [TableSchema]
        let rollups: [[Rollup]]
        let views: [View]
        let options: BindOptions
        let query: BoundQuery
        /// Of its last run; the greatest number before the first.
        let nanoseconds = Atomic<UInt64>(.max)

        init(_ snapshot: Snapshot, _ options: BindOptions, _ query: BoundQuery) {
            tables = snapshot.tables.map(\.schema)
            rollups = snapshot.tables.map { $0.rollups.map(\.rollup) }
            views = snapshot.views
            self.options = options
            self.query = query
        }

        /// Whether it would come out the same again. Schemas of successive snapshots share their
        /// storage, so that comparing them costs little.
        func holds(_ snapshot: Snapshot, _ options: BindOptions) -> Bool {
            guard tables.count == snapshot.tables.count, self.options == options,
                views == snapshot.views
            else { return false }
            for (index, table) in snapshot.tables.enumerated() {
                guard tables[index] == table.schema,
                    rollups[index].elementsEqual(table.rollups, by: { $0 == $1.rollup })
                else { return false }
            }
            return true
        }
    }

    /// A text by its bytes: Swift calls "é" and "e + accent" equal, and what they ask for differs.
    private struct Key: Hashable {
        let text: String

        static func == (one: Key, other: Key) -> Bool {
            one.text.utf8.elementsEqual(other.text.utf8)
        }

        func hash(into hasher: inout Hasher) { hasher.combine(Hashing.hash(text.utf8.span)) }
    }

    private struct Generations {
        var young: [Key: Entry] = [:]
        var old: [Key: Entry] = [:]
        var youngByteCount = 0

        mutating func insert(_ key: Key, _ entry: Entry) {
            let byteCount = key.text.utf8.count
            if youngByteCount + byteCount > StatementCache.generationByteCount {
                old = young
                young = [:]
                youngByteCount = 0
            }
            young[key] = entry
            youngByteCount += byteCount
        }
    }

    private let generations = Mutex(Generations())

    /// Longer texts are read each time.
    private static let maximumByteCount = 8 << 10
    /// A plan takes some fifty times its text.
    private static let generationByteCount = 256 << 10

    /// Remembers nothing yet.
    public init() {}

    /// The statement of a text, read before or now.
    ///
    /// - Throws: As `ParsedStatement(parsing:)`.
    public func statement(_ text: String) throws(QueryError) -> Entry {
        if let known = known(text) { return known }
        let entry = Entry(try ParsedStatement(parsing: text))
        if text.utf8.count <= Self.maximumByteCount {
            generations.withLock { $0.insert(Key(text: text), entry) }
        }
        return entry
    }

    /// The statement of a text that was read before, if it is remembered.
    public func known(_ text: String) -> Entry? {
        guard text.utf8.count <= Self.maximumByteCount else { return nil }
        let key = Key(text: text)
        return generations.withLock { generations in
            if let entry = generations.young[key] { return entry }
            guard let entry = generations.old[key] else { return nil }
            generations.insert(key, entry)
            return entry
        }
    }
}
