#if Kafka
    import Segments
    import Synchronization
    import TestSupport
    import Testing

    @testable import Ingest

    /// Against librdkafka's mock cluster in another process.
    @Suite(.serialized, .enabled(if: BrokerProcess.isAvailable))
    struct KafkaConsumerTests {
        private struct NoSecrets: SecretStore {
            func secret(_ reference: String, option: String) throws(SourceError) -> String {
                throw .option(option, reason: "none here")
            }
            func path(_ name: String, option: String) throws(SourceError) -> String {
                throw .option(option, reason: "none here")
            }
        }

        private func definition(
            _ broker: BrokerProcess, _ more: [SourceDefinition.Option] = []
        ) -> SourceDefinition {
            SourceDefinition(
                id: TableID(7), name: "s", tableID: TableID(1), kind: .kafka,
                options: [.init("brokers", broker.address), .init("topic", "payments")] + more)
        }

        private func loop(_ definition: SourceDefinition, _ sink: FakeSink) -> SourceLoop {
            SourceLoop(definition, sink: sink, clock: SystemClock()) { () throws(SourceError) in
                try KafkaConnector(secrets: NoSecrets()).open(definition, for: FakeSink.schema)
            }
        }

        private func run(_ loop: inout SourceLoop, until isDone: () -> Bool) {
            for _ in 0..<200 where !isDone() {
                if let wait = loop.step(), wait == 0 { continue }
                return
            }
        }

        private func send(_ ids: ClosedRange<Int>, to broker: BrokerProcess) throws {
            try broker.send(
                ids.map { id in (id % 3, "k\(id)", #"{"id":"\#(id)","amount":\#(id)}"#) })
            try broker.flush()
        }

        @Test("A topic is read whole, each partition in order, and again from where it was left")
        func reads() throws {
            let broker = try BrokerProcess(topic: "payments", partitionCount: 3)
            defer { broker.stop() }
            let sink = FakeSink()
            try send(1...3_000, to: broker)
            var first = loop(definition(broker), sink)
            run(&first) { sink.state.withLock { $0.ids.count } >= 3_000 }
            #expect(sink.state.withLock { Set($0.ids).count } == 3_000)
            #expect(sink.positions(of: 7) == [0: 1_000, 1: 1_000, 2: 1_000])
            #expect(first.status.lag == 0)
            try send(3_001...3_300, to: broker)
            var second = loop(definition(broker), sink)
            run(&second) { sink.state.withLock { $0.ids.count } >= 3_300 }
            #expect(sink.state.withLock { Set($0.ids).count } == 3_300)
            #expect(second.status.counts.duplicate == 0)
        }

        @Test("Back-pressure loses and repeats nothing")
        func backPressure() throws {
            let broker = try BrokerProcess(topic: "payments", partitionCount: 3)
            defer { broker.stop() }
            let sink = FakeSink()
            var loop = loop(definition(broker), sink)
            for round in 0..<6 {
                try send((round * 500 + 1)...(round * 500 + 500), to: broker)
                sink.state.withLock { $0.isRoomy = round.isMultiple(of: 2) }
                for _ in 0..<3 { _ = loop.step() }
            }
            sink.state.withLock { $0.isRoomy = true }
            run(&loop) { sink.state.withLock { $0.ids.count } >= 3_000 }
            #expect(sink.state.withLock { Set($0.ids).count } == 3_000)
            #expect(loop.status.counts.duplicate == 0)
            #expect(loop.status.holeCount == 0)
        }

        @Test("A position behind the end of a partition stops the source instead of moving it")
        func recreated() throws {
            let broker = try BrokerProcess(topic: "payments", partitionCount: 3)
            defer { broker.stop() }
            let sink = FakeSink()
            try send(1...9, to: broker)
            sink.state.withLock { $0.positions = [0: 3, 1: 99, 2: 3] }
            var loop = loop(definition(broker), sink)
            #expect(loop.step() == nil)
            #expect(loop.status.error == .topicRecreated(partition: 1, next: 99, high: 3))
            #expect(sink.positions(of: 7)[1] == 99)
        }

        @Test("The library itself reports a position out of range instead of jumping")
        func outOfRange() throws {
            let broker = try BrokerProcess(topic: "payments", partitionCount: 3)
            defer { broker.stop() }
            try send(1...9, to: broker)
            let definition = definition(broker)
            let stream = try KafkaConnector(secrets: NoSecrets())
                .open(definition, for: FakeSink.schema)
            var batch = MessageBatch(
                layout: MessageLayout(.json), rowLimit: 100, byteLimit: 1 << 20)
            batch.expect(0, from: 77)
            try stream.assign([(0, 77)])
            var found: SourceError?
            for _ in 0..<50 where found == nil {
                do throws(SourceError) { try stream.fill(&batch, waitMilliseconds: 100) } catch {
                    found = error
                }
            }
            guard case .outOfRange(0, 77, _) = found else {
                Issue.record("no refusal but \(String(describing: found))")
                return
            }
            #expect(batch.isEmpty)
        }

        @Test("Keys and a tombstone come as they are; times find positions")
        func keys() throws {
            let broker = try BrokerProcess(topic: "payments", partitionCount: 1)
            defer { broker.stop() }
            try broker.send([(0, "a", #"{"amount":1}"#), (0, "b", nil), (0, "c", "{}")])
            try broker.flush()
            let sink = FakeSink()
            let definition = definition(broker, [.init("key", "id")])
            var loop = loop(definition, sink)
            run(&loop) { sink.positions(of: 7) == [0: 3] }
            #expect(sink.state.withLock { $0.ids } == ["a", "c"])
            #expect(loop.status.skippedCount == 1)
            let stream = try KafkaConnector(secrets: NoSecrets())
                .open(definition, for: FakeSink.schema)
            #expect(try stream.position(of: 0, at: 4_000_000_000_000) == 3)
        }

        @Test("Options that are no ones, and secrets in the open, are refused")
        func options() throws {
            let connector = KafkaConnector(secrets: NoSecrets())
            for (name, value) in [
                ("auto.offset.reset", "latest"), ("enable.auto.commit", "true"), ("broker", "x"),
                ("sasl.password", "hunter2"), ("format", "avro"), ("key", "nothing"),
                ("start", "noon"), ("security.protocol", "carrier_pigeon"),
            ] {
                let definition = SourceDefinition(
                    id: TableID(1), name: "s", tableID: TableID(1), kind: .kafka,
                    options: [
                        .init("brokers", "localhost:1"), .init("topic", "t"), .init(name, value),
                    ])
                #expect(throws: SourceError.self) {
                    try connector.check(definition, for: FakeSink.schema)
                }
            }
        }
    }
#endif
