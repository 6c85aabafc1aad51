import Synchronization

/// A number that only grows; safe from any thread.
public final class Counter: Sendable {
    private let total = Atomic<UInt64>(0)

    /// Zero.
    public init() {}

    /// Adds `amount`, which is not negative.
    public func add(_ amount: Int = 1) {
        total.add(UInt64(max(0, amount)), ordering: .relaxed)
    }

    /// The sum so far.
    public var value: UInt64 { total.load(ordering: .relaxed) }
}

/// How long things took, in buckets of powers of four from 100 µs to 100 s.
public final class DurationHistogram: Sendable {
    /// Upper bounds in nanoseconds; what is longer counts only in the total.
    public static let bounds: [UInt64] = [
        100_000, 400_000, 1_600_000, 6_400_000, 25_600_000, 102_400_000, 409_600_000,
        1_638_400_000, 6_553_600_000, 26_214_400_000, 104_857_600_000,
    ]

    private let state = Mutex(
        (counts: [UInt64](repeating: 0, count: bounds.count), count: UInt64(0), sum: UInt64(0)))

    /// Nothing measured yet.
    public init() {}

    /// Adds one duration.
    public func record(nanoseconds: UInt64) {
        state.withLock { state in
            state.count += 1
            state.sum &+= nanoseconds
            if let index = Self.bounds.firstIndex(where: { nanoseconds <= $0 }) {
                state.counts[index] += 1
            }
        }
    }

    /// Counts per bucket, their total, and the sum of all durations in nanoseconds.
    public var values: (counts: [UInt64], count: UInt64, sum: UInt64) { state.withLock { $0 } }
}

/// What the process counts, and its text for Prometheus.
public final class Metrics: Sendable {
    /// Requests answered, by class of status: index 2 counts the 2xx.
    public let requests: [Counter] = (0..<6).map { _ in Counter() }
    /// How long requests took, from their head to their last byte.
    public let requestDurations = DurationHistogram()
    /// Rows accepted, refused as duplicates or conflicts, and rejected.
    public let rowsAccepted = Counter()
    /// See `rowsAccepted`.
    public let rowsDuplicate = Counter()
    /// Requests that were here before, and of which nothing was done again.
    public let requestsRepeated = Counter()
    /// See `rowsAccepted`.
    public let rowsConflict = Counter()
    /// See `rowsAccepted`.
    public let rowsRejected = Counter()
    /// Older than what their key has.
    public let rowsStale = Counter()
    /// Requests refused because the process had enough to do.
    public let overloads = Counter()
    /// Queries run and failed, and rows they read.
    public let queries = Counter()
    /// See `queries`.
    public let queryFailures = Counter()
    /// See `queries`.
    public let queryRowsRead = Counter()
    /// How long queries took.
    public let queryDurations = DurationHistogram()

    /// All zero.
    public init() {}

    /// A number read when somebody asks for it.
    public struct Gauge {
        /// What Prometheus calls it.
        public enum Kind: String {
            /// Goes up and down.
            case gauge
            /// Only grows until the process ends.
            case counter
        }

        /// Whether it can fall.
        public var kind: Kind
        /// `daybook_…`, with its unit at the end.
        public var name: String
        /// One line for people.
        public var help: String
        /// One value per set of labels (`table="ledger"`, or empty).
        public var samples: [(labels: String, value: Double)]

        /// A gauge.
        public init(
            _ name: String, _ help: String, kind: Kind = .gauge,
            _ samples: [(labels: String, value: Double)]
        ) {
            self.kind = kind
            self.name = name
            self.help = help
            self.samples = samples
        }
    }

    /// The text exposition format, version 0.0.4.
    public func prometheusText(gauges: [Gauge]) -> String {
        var text = ""
        func counter(_ name: String, _ help: String, _ samples: [(String, UInt64)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) counter\n"
            for (labels, value) in samples {
                text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
            }
        }
        counter(
            "daybook_http_requests_total", "Requests answered, by class of status.",
            (1...5).map { ("status=\"\($0)xx\"", requests[$0].value) })
        counter(
            "daybook_rows_total", "Rows received, by outcome.",
            [
                ("outcome=\"accepted\"", rowsAccepted.value),
                ("outcome=\"duplicate\"", rowsDuplicate.value),
                ("outcome=\"conflict\"", rowsConflict.value),
                ("outcome=\"rejected\"", rowsRejected.value),
                ("outcome=\"stale\"", rowsStale.value),
            ])
        counter(
            "daybook_requests_repeated_total", "Requests that were here before.",
            [("", requestsRepeated.value)])
        counter("daybook_overloads_total", "Requests answered with 429.", [("", overloads.value)])
        counter("daybook_queries_total", "Queries run.", [("", queries.value)])
        counter("daybook_query_failures_total", "Queries that failed.", [("", queryFailures.value)])
        counter(
            "daybook_query_rows_read_total", "Rows read by queries.", [("", queryRowsRead.value)])
        text += Self.histogram(
            "daybook_http_request_seconds", "Time of requests.", requestDurations)
        text += Self.histogram("daybook_query_seconds", "Time of queries.", queryDurations)
        for gauge in gauges {
            text +=
                "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) \(gauge.kind.rawValue)\n"
            for (labels, value) in gauge.samples {
                let name = labels.isEmpty ? gauge.name : "\(gauge.name){\(labels)}"
                text += "\(name) \(value)\n"
            }
        }
        return text
    }

    private static func histogram(
        _ name: String, _ help: String, _ histogram: DurationHistogram
    ) -> String {
        let values = histogram.values
        var text = "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
        var cumulative: UInt64 = 0
        for (bound, count) in zip(DurationHistogram.bounds, values.counts) {
            cumulative += count
            text += "\(name)_bucket{le=\"\(Double(bound) / 1e9)\"} \(cumulative)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(values.count)\n"
        return text + "\(name)_sum \(Double(values.sum) / 1e9)\n\(name)_count \(values.count)\n"
    }
}
