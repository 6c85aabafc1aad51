#if Kafka
    import CKafka
    import Segments

    /// A topic of a Kafka cluster, read through librdkafka 2.0.2.
    ///
    /// Partitions are assigned with explicit positions; there is no group whose rebalancing could
    /// move them. Messages come from `rd_kafka_consumer_poll` alone: the batch calls of this
    /// version skip positions after a pause (fixed in 2.1.0). Nothing is paused and
    /// resumed either: to rest no partition is assigned, to go on all are, with their positions.
    /// No callback is registered, so the library's threads never run our code.
    ///
    /// Used by one thread at a time. The only file that knows the library.
    @safe
    final class KafkaConsumer: PartitionedStream {
        private let handle: OpaquePointer
        private let topicHandle: OpaquePointer
        private let topic: String
        private let wantsHeaders: Bool
        private let reportsProgress: Bool

        /// How long a question to the broker may take.
        private static let requestMilliseconds: Int32 = 5_000
        /// A batch that has something waits so long for more.
        private static let lingerNanoseconds: UInt64 = 20_000_000
        private static let reasonByteCount = 512

        /// Prepares a connection; nobody is asked yet.
        init(_ settings: KafkaSettings, wantsHeaders: Bool) throws(SourceError) {
            topic = settings.topic
            self.wantsHeaders = wantsHeaders
            reportsProgress = settings.reportsProgress
            guard let configuration = unsafe rd_kafka_conf_new() else {
                throw .unavailable("librdkafka has no memory")
            }
            // SAFETY: the configuration is live until `rd_kafka_new` takes it or it is destroyed.
            unsafe rd_kafka_conf_set_log_cb(configuration, nil)
            do throws(SourceError) {
                for (name, value) in settings.library {
                    try unsafe Self.set(configuration, name, value)
                }
            } catch {
                unsafe rd_kafka_conf_destroy(configuration)
                throw error
            }
            let (made, reason) = unsafe Self.withReason { buffer, count in
                unsafe rd_kafka_new(RD_KAFKA_CONSUMER, configuration, buffer, count)
            }
            guard let made = unsafe made else {
                unsafe rd_kafka_conf_destroy(configuration)
                throw .option("brokers", reason: reason)
            }
            unsafe rd_kafka_poll_set_consumer(made)
            guard let topicHandle = unsafe rd_kafka_topic_new(made, settings.topic, nil) else {
                unsafe rd_kafka_destroy(made)
                throw .option("topic", reason: "'\(settings.topic)' is no name of a topic")
            }
            unsafe handle = made
            unsafe self.topicHandle = topicHandle
        }

        deinit {
            // SAFETY: both were made in `init` and are given back once, the topic first. There is
            // no group to leave.
            unsafe rd_kafka_topic_destroy(topicHandle)
            unsafe rd_kafka_destroy_flags(handle, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
        }

        private static func set(
            _ configuration: OpaquePointer, _ name: String, _ value: String
        ) throws(SourceError) {
            let (code, reason) = unsafe withReason { buffer, count in
                // SAFETY: the strings live for the call, which copies them.
                unsafe rd_kafka_conf_set(configuration, name, value, buffer, count)
            }
            // The library's own words would repeat the value, which may be secret.
            guard code == RD_KAFKA_CONF_OK else {
                let isUnknown = reason.hasPrefix("No such")
                throw .option(
                    name, reason: isUnknown ? "librdkafka has no such setting" : "not a valid value"
                )
            }
        }

        /// Calls a function that explains its failure in a buffer.
        private static func withReason<Result>(
            _ body: (UnsafeMutablePointer<CChar>?, Int) -> Result
        ) -> (result: Result, reason: String) {
            var buffer = [CChar](repeating: 0, count: reasonByteCount)
            // SAFETY: the buffer lives for the call and its size is its own count.
            let result = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
                unsafe body(buffer.baseAddress, buffer.count)
            }
            let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return (result, String(decoding: text, as: UTF8.self))
        }

        private static func text(_ code: rd_kafka_resp_err_t) -> String {
            // SAFETY: the library returns a static string for every code.
            unsafe String(cString: rd_kafka_err2str(code))
        }

        private func check(_ code: rd_kafka_resp_err_t, _ what: String) throws(SourceError) {
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw .unavailable("\(what) of topic '\(topic)': \(Self.text(code))")
            }
        }
    }

    // MARK: - Questions

    extension KafkaConsumer {
        func partitions() throws(SourceError) -> [UInt32] {
            var answer: UnsafePointer<rd_kafka_metadata>?
            // SAFETY: both handles are live; the answer is destroyed below.
            let code = unsafe rd_kafka_metadata(
                handle, 0, topicHandle, &answer, Self.requestMilliseconds)
            try check(code, "the partitions")
            guard let answer = unsafe answer else { return [] }
            defer { unsafe rd_kafka_metadata_destroy(answer) }
            // SAFETY: the counts are those of the library's own arrays.
            guard unsafe answer.pointee.topic_cnt == 1 else { return [] }
            let found = unsafe answer.pointee.topics[0]
            try check(unsafe found.err, "the partitions")
            var numbers: [UInt32] = []
            for index in 0..<Int(unsafe found.partition_cnt) {
                numbers.append(UInt32(bitPattern: unsafe found.partitions[index].id))
            }
            return numbers.sorted()
        }

        func bounds(of partition: UInt32) throws(SourceError) -> StreamBounds {
            var low: Int64 = 0
            var high: Int64 = 0
            // SAFETY: the numbers are written during the call only.
            let code = unsafe rd_kafka_query_watermark_offsets(
                handle, topic, Int32(bitPattern: partition), &low, &high, Self.requestMilliseconds)
            try check(code, "the bounds of partition \(partition)")
            guard low >= 0, high >= low else {
                throw .unavailable("the broker names no bounds of partition \(partition)")
            }
            return StreamBounds(low: UInt64(low), high: UInt64(high))
        }

        func position(
            of partition: UInt32, at milliseconds: Int64
        ) throws(SourceError) -> UInt64 {
            // SAFETY: the list is made here and destroyed on every way out.
            let asked = unsafe list([(partition, milliseconds)])
            defer { unsafe rd_kafka_topic_partition_list_destroy(asked) }
            // SAFETY: the list is live and has one element, before and after.
            let code = unsafe rd_kafka_offsets_for_times(handle, asked, Self.requestMilliseconds)
            try check(code, "the position at a time of partition \(partition)")
            try check(unsafe asked.pointee.elems[0].err, "the position at a time")
            let found = unsafe asked.pointee.elems[0].offset
            return found >= 0 ? UInt64(found) : try bounds(of: partition).high
        }

        func knownEnd(of partition: UInt32) -> UInt64? {
            var low: Int64 = -1
            var high: Int64 = -1
            // SAFETY: the numbers are written during the call only.
            let code = unsafe rd_kafka_get_watermark_offsets(
                handle, topic, Int32(bitPattern: partition), &low, &high)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? UInt64(high) : nil
        }

        /// A new list of partitions with a number each; the caller destroys it.
        private func list(
            _ positions: [(partition: UInt32, number: Int64)]
        ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
            // SAFETY: the library ends the process where it has no memory for a list; elements are
            // live until the list is.
            let list = unsafe rd_kafka_topic_partition_list_new(Int32(clamping: positions.count))
            guard let list = unsafe list else { preconditionFailure("no memory for a list") }
            for position in positions {
                let element = unsafe rd_kafka_topic_partition_list_add(
                    list, topic, Int32(bitPattern: position.partition))
                unsafe element?.pointee.offset = position.number
            }
            return unsafe list
        }
    }

    // MARK: - Reading

    extension KafkaConsumer {
        func assign(_ positions: [(partition: UInt32, next: UInt64)]) throws(SourceError) {
            // SAFETY: the list is made here and destroyed on every way out.
            let wanted = unsafe list(positions.map { ($0.partition, Int64(clamping: $0.next)) })
            defer { unsafe rd_kafka_topic_partition_list_destroy(wanted) }
            // SAFETY: the list is live for the call, which copies it.
            try check(unsafe rd_kafka_assign(handle, wanted), "the assignment")
        }

        func pause() throws(SourceError) {
            // SAFETY: without a list nothing is assigned; the handle lives as long as this.
            try check(unsafe rd_kafka_assign(handle, nil), "a pause")
        }

        func fill(_ batch: inout MessageBatch, waitMilliseconds: Int) throws(SourceError) {
            let clock = SystemClock()
            let patience = UInt64(max(0, waitMilliseconds)) * 1_000_000
            var deadline = clock.steadyNanoseconds() + patience
            var isFirst = true
            while !batch.isFull {
                // SAFETY: the message is destroyed below, whatever it is.
                if let message = unsafe rd_kafka_consumer_poll(handle, 0) {
                    try unsafe take(message, into: &batch)
                } else {
                    let now = clock.steadyNanoseconds()
                    guard now < deadline else { return }
                    let rest = Int32(clamping: (deadline - now) / 1_000_000 + 1)
                    guard let message = unsafe rd_kafka_consumer_poll(handle, rest) else { return }
                    try unsafe take(message, into: &batch)
                }
                if isFirst {
                    isFirst = false
                    deadline = min(deadline, clock.steadyNanoseconds() + Self.lingerNanoseconds)
                }
            }
        }

        /// Adds a message to the batch, or tells what the library says instead of one.
        private func take(
            _ message: UnsafeMutablePointer<rd_kafka_message_t>, into batch: inout MessageBatch
        ) throws(SourceError) {
            // SAFETY: the message is live until it is destroyed, on every way out of here.
            defer { unsafe rd_kafka_message_destroy(message) }
            let partition = UInt32(bitPattern: unsafe message.pointee.partition)
            let offset = UInt64(bitPattern: unsafe message.pointee.offset)
            guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                return try refuse(unsafe message.pointee.err, partition, batch)
            }
            let headers = wantsHeaders ? unsafe self.headers(of: message) : []
            // SAFETY: payload and key are the library's memory of these sizes, live until the
            // message is destroyed; the batch copies what it keeps.
            let value = unsafe Self.span(message.pointee.payload, message.pointee.len)
            let key = unsafe Self.span(message.pointee.key, message.pointee.key_len)
            let time = unsafe rd_kafka_message_timestamp(message, nil)
            batch.append(
                partition: partition, offset: offset, next: offset &+ 1, milliseconds: time,
                Message(value: value, key: key, headers: headers))
        }

        @_lifetime(immortal)
        private static func span(_ start: UnsafeMutableRawPointer?, _ count: Int) -> Span<UInt8>? {
            // SAFETY: the caller says that `count` bytes are there for as long as it uses the span.
            guard let start = unsafe start else { return nil }
            let buffer = unsafe UnsafeBufferPointer(
                start: start.assumingMemoryBound(to: UInt8.self), count: count)
            return unsafe _overrideLifetime(buffer.span, copying: ())
        }

        private func headers(
            of message: UnsafeMutablePointer<rd_kafka_message_t>
        ) -> [(name: [UInt8], value: [UInt8]?)] {
            var list: OpaquePointer?
            // SAFETY: the list belongs to the message, which is live.
            guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let list = unsafe list
            else { return [] }
            var headers: [(name: [UInt8], value: [UInt8]?)] = []
            while true {
                var name: UnsafePointer<CChar>?
                var value: UnsafeRawPointer?
                var count = 0
                // SAFETY: name and value point into the message and are copied at once.
                let code = unsafe rd_kafka_header_get_all(
                    list, headers.count, &name, &value, &count)
                guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let name = unsafe name else {
                    return headers
                }
                let bytes = unsafe value.map { value in
                    unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: count))
                }
                headers.append((Array(unsafe String(cString: name).utf8), bytes))
            }
        }

        /// What a message that is none means.
        private func refuse(
            _ code: rd_kafka_resp_err_t, _ partition: UInt32, _ batch: MessageBatch
        ) throws(SourceError) {
            switch code {
            case RD_KAFKA_RESP_ERR__PARTITION_EOF: return
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
                let next = batch.positions.first { $0.partition == partition }?.next ?? 0
                throw .outOfRange(partition: partition, next: next, reason: Self.text(code))
            default: throw .unavailable("topic '\(topic)': \(Self.text(code))")
            }
        }

        func report(_ positions: [(partition: UInt32, next: UInt64)]) {
            guard reportsProgress, !positions.isEmpty else { return }
            // SAFETY: the list is made here, copied by the call, and destroyed. Nobody waits for
            // the outcome: these positions are for displays, ours are in the log.
            let durable = unsafe list(positions.map { ($0.partition, Int64(clamping: $0.next)) })
            _ = unsafe rd_kafka_commit(handle, durable, 1)
            unsafe rd_kafka_topic_partition_list_destroy(durable)
        }
    }
#endif
