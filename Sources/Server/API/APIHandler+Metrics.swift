import Compaction
import Ingest
import Segments

/// `GET /metrics`.
extension APIHandler {
    func prometheus() -> HTTPResponse {
        HTTPResponse(
            contentType: "text/plain; version=0.0.4; charset=utf-8",
            bytes: Array(database.metricsText().utf8))
    }
}

/// Counts and times every answer, and logs those that failed on our side.
final class AccessObserver: HTTPAccessObserver {
    private let metrics: Metrics
    private let log: Log

    init(metrics: Metrics, log: Log) {
        self.metrics = metrics
        self.log = log
    }

    func observe(_ record: HTTPAccessRecord) {
        metrics.requests[min(5, max(1, record.status / 100))].add()
        metrics.requestDurations.record(nanoseconds: record.durationNanoseconds)
        let level = record.status >= 500 ? LogLevel.warning : .debug
        guard log.writes(level) else { return }
        log.write(
            level, "request",
            [
                "method": .text(record.method), "target": .text(record.target),
                "status": .number(record.status), "bytes_in": .number(record.requestByteCount),
                "bytes_out": .number(record.responseByteCount),
                "elapsed_us": .number(Int(record.durationNanoseconds / 1_000)),
                "outcome": .text(record.outcome.rawValue), "peer": .text(record.peerAddress),
            ])
    }
}
