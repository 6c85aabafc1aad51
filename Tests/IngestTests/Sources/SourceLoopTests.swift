import Segments
import Synchronization
import TestSupport
import Testing

@testable import Ingest

@Suite struct SourceLoopTests {
    let topic = FakeTopic()
    let sink = FakeSink()
    let clock = ManualClock()

    private func loop(
        _ limits: SourceLimits = SourceLimits(), options: [SourceDefinition.Option] = []
    ) -> SourceLoop {
        let definition = SourceDefinition(
            id: TableID(7), name: "s", tableID: TableID(1), kind: .kafka, options: options)
        return SourceLoop(definition, sink: sink, clock: clock, limits: limits, jitter: { 0.5 }) {
            [topic] () throws(SourceError) in topic.open()
        }
    }

    private func send(_ ids: ClosedRange<Int>, to partition: UInt32 = 0) {
        for id in ids { topic.send(#"{"id":"\#(id)","amount":\#(id)}"#, to: partition) }
    }

    private var positions: [UInt32: UInt64] { sink.positions(of: 7) }
    private var ids: [String] { sink.state.withLock { $0.ids } }

    @Test("Rows and positions are taken together, and a further round goes on behind them")
    func reads() {
        send(1...3)
        var loop = loop()
        #expect(loop.step() == 0)
        #expect(ids == ["1", "2", "3"])
        #expect(positions == [0: 3])
        send(4...4)
        _ = loop.step()
        #expect(ids == ["1", "2", "3", "4"])
        #expect(loop.status.state == .running)
        #expect(loop.status.lag == 0)
    }

    @Test("reg_duplicate_fetch: what is delivered a second time is passed over")
    func duplicateFetch() {
        send(1...3)
        var loop = loop()
        _ = loop.step()
        send(4...4)
        topic.state.withLock { $0.redeliveries = [(0, 1), (0, 2)] }
        _ = loop.step()
        #expect(ids == ["1", "2", "3", "4"])
        #expect(loop.status.repeatedCount == 2)
        #expect(loop.status.counts.duplicate == 0)
    }

    @Test("reg_out_of_range_fails: a position the broker does not have stops the source")
    func outOfRange() {
        send(1...3)
        var loop = loop()
        _ = loop.step()
        let refusal = SourceError.outOfRange(partition: 0, next: 3, reason: "no")
        topic.state.withLock { $0.failures = [refusal] }
        #expect(loop.step() == nil)
        #expect(loop.status.state == .paused)
        #expect(loop.status.error == refusal)
        #expect(positions == [0: 3])
    }

    @Test("reg_no_auto_reset: a new process neither begins anew nor jumps to the end")
    func noAutoReset() {
        send(1...5)
        sink.state.withLock { $0.positions = [0: 2] }
        var first = loop(options: [.init("start", "latest")])
        _ = first.step()
        #expect(ids == ["3", "4", "5"])
        topic.expire(before: 5)
        sink.state.withLock { $0.positions = [0: 2] }
        var second = loop(options: [.init("start", "latest")])
        #expect(second.step() == nil)
        #expect(positions == [0: 2])
        #expect(topic.state.withLock { $0.assignments.count } == 1)
    }

    @Test("reg_expired_gap_detected: messages that expired unread stop the source, with the gap")
    func expiredGap() {
        send(1...5)
        var loop = loop()
        _ = loop.step()
        send(6...9)
        topic.expire(before: 7)
        #expect(loop.step() == nil)
        #expect(loop.status.error == .gapDetected(partition: 0, next: 5, low: 7))
        #expect(ids.count == 5)
        #expect(positions == [0: 5])
    }

    @Test("reg_txn_holes_ok: markers of transactions leave holes that are counted, and no loss")
    func transactionHoles() {
        send(1...2)
        topic.skip(1)
        send(3...4)
        topic.skip(1)
        send(5...5)
        var loop = loop()
        #expect(loop.step() == 0)
        #expect(ids.count == 5)
        #expect(loop.status.holeCount == 2)
        #expect(loop.status.error == nil)
        #expect(positions == [0: 7])
    }

    @Test("A topic that was made anew stops the source")
    func topicRecreated() {
        send(1...5)
        sink.state.withLock { $0.positions = [0: 9] }
        var loop = loop()
        #expect(loop.step() == nil)
        #expect(loop.status.error == .topicRecreated(partition: 0, next: 9, high: 5))
    }

    @Test("reg_enospc_offsets: while the disk is full positions stand still, and nothing is lost")
    func diskFull() {
        send(1...3)
        var loop = loop()
        let full = IngestError.diskFull(
            FileError(.write, path: "wal/1", code: 28, reason: "No space left on device"))
        sink.state.withLock { $0.failures = [full, full] }
        #expect(loop.step() ?? 0 > 0)
        #expect(positions == [0: 0])
        #expect(loop.status.state == .waiting)
        send(4...4)
        #expect(loop.step() ?? 0 > 0)
        #expect(positions == [0: 0])
        #expect(loop.step() == 0)
        #expect(ids == ["1", "2", "3", "4"])
        #expect(positions == [0: 4])
        #expect(loop.status.state == .running)
    }

    @Test("reg_offset_after_durable: the broker is never told a position that is not durable")
    func offsetAfterDurable() {
        var limits = SourceLimits()
        limits.checkNanoseconds = 0
        send(1...3)
        var loop = loop(limits)
        let busy = IngestError.overloaded(what: "bytes", limit: 1)
        for round in 4...12 {
            if round.isMultiple(of: 3) { sink.state.withLock { $0.failures = [busy] } }
            let durable = positions[0] ?? 0
            _ = loop.step()
            let told = topic.state.withLock { $0.reports.last?[0] } ?? 0
            #expect(told <= max(durable, 0))
            send(round...round)
        }
        #expect(topic.state.withLock { $0.reports.count } > 3)
    }

    @Test("A batch of nothing but duplicates and dead letters moves the position")
    func onlyRejects() {
        send(1...2)
        var loop = loop()
        _ = loop.step()
        send(1...2)
        topic.send("{broken")
        topic.send(#"{"id":"3"} {"id":"4"}"#)
        _ = loop.step()
        #expect(positions == [0: 6])
        #expect(loop.status.counts == IngestCounts(accepted: 2, duplicate: 2, rejected: 2))
        let dead = sink.state.withLock { ($0.rejections, $0.places) }
        #expect(
            dead.0.map { String(decoding: $0.raw, as: UTF8.self) }
                == ["{broken", #"{"id":"3"} {"id":"4"}"#])
        #expect(
            dead.1 == [StreamPlace(partition: 0, offset: 4), StreamPlace(partition: 0, offset: 5)])
    }

    @Test("A message without a value moves the position and is counted")
    func tombstones() {
        topic.send(nil)
        send(1...1)
        var loop = loop()
        _ = loop.step()
        #expect(positions == [0: 2])
        #expect(loop.status.skippedCount == 1)
        #expect(ids == ["1"])
    }

    @Test(
        "A source that begins at the end keeps that beginning over a restart before its first row")
    func latest() {
        send(1...3)
        var first = loop(options: [.init("start", "latest")])
        _ = first.step()
        send(4...5)
        var second = loop(options: [.init("start", "latest")])
        _ = second.step()
        #expect(ids == ["4", "5"])
    }

    @Test("A partition that is added later is read from its beginning")
    func addedPartition() {
        var limits = SourceLimits()
        limits.checkNanoseconds = 0
        send(1...2)
        var loop = loop(limits, options: [.init("start", "latest")])
        _ = loop.step()
        send(3...4, to: 1)
        _ = loop.step()
        _ = loop.step()
        #expect(ids == ["3", "4"])
        #expect(positions == [0: 2, 1: 2])
    }

    @Test("While ingestion has no room the stream is paused and still asked, then goes on in place")
    func backPressure() {
        send(1...2)
        var loop = loop()
        _ = loop.step()
        sink.state.withLock { $0.isRoomy = false }
        send(3...4)
        for _ in 0..<3 { #expect(loop.step() == 0) }
        #expect(loop.status.state == .waiting)
        #expect(topic.state.withLock { $0.pauseCount } == 1)
        #expect(positions == [0: 2])
        sink.state.withLock { $0.isRoomy = true }
        _ = loop.step()
        _ = loop.step()
        #expect(topic.state.withLock { $0.assignments.last } == [0: 2])
        #expect(ids == ["1", "2", "3", "4"])
    }

    @Test("More than 20 of 100 rows going wrong, over a thousand, stop this source")
    func breaker() {
        for id in 1...800 { topic.send(#"{"id":"\#(id)"}"#) }
        for _ in 1...300 { topic.send("no") }
        var loop = loop()
        #expect(loop.step() == nil)
        #expect(loop.status.error == .tooManyRejects(rows: 1_100, rejected: 300))
        #expect(positions == [0: 1_100])
    }

    @Test("Failures are tried again after waits that double up to a limit")
    func backOff() {
        send(1...1)
        topic.state.withLock { $0.outage = .unavailable("down") }
        var loop = loop()
        let waits = (0..<12).compactMap { _ in loop.step() }
        #expect(waits.count == 12)
        #expect(waits[1] == 2 * waits[0])
        #expect(waits.last ?? 0 <= 33_000_000_000)
        #expect(loop.status.state == .failing)
        topic.state.withLock { $0.outage = nil }
        #expect(loop.step() == 0)
        #expect(ids == ["1"])
        #expect(loop.status.state == .running)
    }

    @Test("Rows that wait while the table changes are read for its new columns")
    func tableChanges() {
        send(1...1)
        var loop = loop()
        _ = loop.step()
        send(2...2)
        var changed = FakeSink.schema
        changed.version += 1
        changed.columns.append(ColumnDefinition(id: 3, name: "note", type: .varchar))
        sink.state.withLock { state in
            state.failures = [.tableChanged("payments")]
            state.schema = changed
        }
        _ = loop.step()
        #expect(ids == ["1", "2"])
    }

    @Test("A source whose table is dropped stops")
    func tableGone() {
        sink.state.withLock { $0.schema = nil }
        var loop = loop()
        #expect(loop.step() == nil)
        #expect(loop.status.error == .tableGone)
    }
}
