import Segments

/// What is known of a producer, for people and for queries.
public struct ProducerFacts: Hashable, Sendable {
    /// The table it sends to.
    public var table: TableID
    /// Its name.
    public var name: String
    /// Its incarnation.
    public var epoch: UInt64
    /// The first number that it has not used.
    public var nextSequence: UInt64
    /// Runs of numbers that are missing although a later one came, ascending.
    public var gaps: [Range<UInt64>]
    /// Numbers that were missing when earlier epochs ended.
    public var abandonedCount: UInt64
    /// Every event of it before this time has been taken; microseconds.
    public var completeThrough: Int64?
    /// When it last sent something new; microseconds.
    public var lastTime: Int64
}

extension CommitState {
    /// All producers, by table and name.
    var producerFacts: [ProducerFacts] {
        producers.sorted { ($0.key.table, $0.key.name) < ($1.key.table, $1.key.name) }
            .map { id, state in
                ProducerFacts(
                    table: id.table, name: id.name, epoch: state.epoch,
                    nextSequence: state.window.next, gaps: state.window.gaps,
                    abandonedCount: state.abandonedCount, completeThrough: state.completeThrough,
                    lastTime: state.time)
            }
    }
}

/// How complete a table is, by the word of its producers and sources.
public struct TableCompleteness: Hashable, Sendable {
    /// The table.
    public var table: TableID
    /// Everyone who declares has sent every event before this time, and nothing of it is missing;
    /// microseconds; `nil` where nobody declares.
    public var completeThrough: Int64?
    /// How many declare.
    public var declarerCount: Int
    /// Numbers of producers that are missing although later ones came.
    public var missingCount: Int
    /// Rows that came after their time had been declared complete.
    public var lateRowCount: Int

    /// Whether every event before `time` is there, as far as anybody can say.
    public func isComplete(through time: Int64) -> Bool {
        missingCount == 0 && completeThrough.map { $0 >= time } ?? false
    }
}

extension CommitState {
    /// What is known of a table's completeness.
    ///
    /// - Complexity: O(producers).
    func completeness(of table: TableID) -> TableCompleteness {
        let arrivals = tables[table]
        let missing = producers.reduce(0) { count, producer in
            producer.key.table == table ? count + Int(producer.value.window.missingCount) : count
        }
        return TableCompleteness(
            table: table, completeThrough: arrivals?.completeThrough,
            declarerCount: arrivals?.declared.count ?? 0, missingCount: missing,
            lateRowCount: arrivals?.lateRowCount ?? 0)
    }
}
