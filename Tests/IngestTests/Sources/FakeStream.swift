import Segments
import Synchronization

@testable import Ingest

/// A topic in memory, with the tricks that brokers play.
final class FakeTopic: Sendable {
    struct Partition {
        var low: UInt64 = 0
        var messages: [(offset: UInt64, value: String?)] = []
        /// Behind the last message, unless markers follow it.
        var high: UInt64 = 0
    }

    struct State {
        var partitions: [UInt32: Partition] = [:]
        /// Thrown by the next calls, one each.
        var failures: [SourceError] = []
        /// Thrown by every call while it is set.
        var outage: SourceError?
        /// Delivered again once, before anything else.
        var redeliveries: [(partition: UInt32, offset: UInt64)] = []
        var openCount = 0
        var pauseCount = 0
        var assignments: [[UInt32: UInt64]] = []
        var reports: [[UInt32: UInt64]] = []
    }

    let state = Mutex(State())

    init(partitionCount: UInt32 = 1) {
        state.withLock { state in
            for partition in 0..<partitionCount { state.partitions[partition] = Partition() }
        }
    }

    /// Appends a message behind the last one; `nil` is a tombstone.
    func send(_ value: String?, to partition: UInt32 = 0) {
        state.withLock { state in
            let offset = state.partitions[partition]?.high ?? 0
            state.partitions[partition, default: Partition()].messages.append((offset, value))
            state.partitions[partition]?.high = offset + 1
        }
    }

    /// Leaves positions without a message, as markers of transactions do.
    func skip(_ count: UInt64, in partition: UInt32 = 0) {
        state.withLock { $0.partitions[partition]?.high += count }
    }

    /// Lets everything before `low` expire.
    func expire(before low: UInt64, of partition: UInt32 = 0) {
        state.withLock { state in
            state.partitions[partition]?.low = low
            state.partitions[partition]?.messages.removeAll { $0.offset < low }
        }
    }

    func open() -> FakeStream {
        state.withLock { $0.openCount += 1 }
        return FakeStream(self)
    }

    func call<Result>(
        _ body: (inout State) throws(SourceError) -> Result
    ) throws(SourceError) -> Result {
        try state.withLock { state throws(SourceError) in
            if let outage = state.outage { throw outage }
            if !state.failures.isEmpty { throw state.failures.removeFirst() }
            return try body(&state)
        }
    }
}

/// One reader of a `FakeTopic`.
final class FakeStream: PartitionedStream {
    private let topic: FakeTopic
    private var next: [UInt32: UInt64] = [:]
    private var isPaused = false

    init(_ topic: FakeTopic) { self.topic = topic }

    func partitions() throws(SourceError) -> [UInt32] {
        try topic.call { state throws(SourceError) in state.partitions.keys.sorted() }
    }

    func bounds(of partition: UInt32) throws(SourceError) -> StreamBounds {
        try topic.call { state throws(SourceError) in
            let found = state.partitions[partition] ?? FakeTopic.Partition()
            return StreamBounds(low: found.low, high: found.high)
        }
    }

    func position(of partition: UInt32, at milliseconds: Int64) throws(SourceError) -> UInt64 {
        UInt64(milliseconds)
    }

    func assign(_ positions: [(partition: UInt32, next: UInt64)]) throws(SourceError) {
        isPaused = false
        next = Dictionary(uniqueKeysWithValues: positions.map { ($0.partition, $0.next) })
        topic.state.withLock { $0.assignments.append(next) }
    }

    func pause() throws(SourceError) {
        isPaused = true
        topic.state.withLock { $0.pauseCount += 1 }
    }

    func fill(_ batch: inout MessageBatch, waitMilliseconds: Int) throws(SourceError) {
        guard !isPaused else { return }
        let (found, again) = try topic.call { state throws(SourceError) in
            defer { state.redeliveries = [] }
            return (state.partitions, state.redeliveries)
        }
        for (partition, offset) in again {
            let message = found[partition]?.messages.first { $0.offset == offset }
            if let message { deliver(message, partition, to: &batch) }
        }
        for partition in next.keys.sorted() {
            for message in found[partition]?.messages ?? []
            where message.offset >= next[partition] ?? 0 {
                if batch.isFull { return }
                deliver(message, partition, to: &batch)
                next[partition] = message.offset + 1
            }
        }
    }

    private func deliver(
        _ message: (offset: UInt64, value: String?), _ partition: UInt32,
        to batch: inout MessageBatch
    ) {
        let bytes = Array((message.value ?? "").utf8)
        batch.append(
            partition: partition, offset: message.offset, next: message.offset + 1,
            milliseconds: 1_767_225_600_000,
            Message(value: message.value == nil ? nil : bytes.span, key: nil))
    }

    func knownEnd(of partition: UInt32) -> UInt64? {
        topic.state.withLock { $0.partitions[partition]?.high }
    }

    func report(_ positions: [(partition: UInt32, next: UInt64)]) {
        topic.state.withLock { state in
            state.reports.append(
                Dictionary(uniqueKeysWithValues: positions.map { ($0.partition, $0.next) }))
        }
    }
}
