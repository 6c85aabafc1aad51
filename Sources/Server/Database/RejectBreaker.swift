import Segments
import Synchronization

/// Pauses a sender most of whose rows go wrong, so that a broken producer does not fill the dead
/// letters; others are not touched (RELIABILITY calls it R-DLQ).
///
/// Rows are judged in runs of at least `runRowCount`: where more than `percent` of a run went to
/// the dead letters, its sender is refused for `pauseNanoseconds`, and judged anew after that.
final class RejectBreaker: Sendable {
    /// Who sends what: a table, and a producer's name or else a client's address.
    struct Source: Hashable {
        let table: String
        let sender: String
    }

    /// Rows of a run.
    static let runRowCount = 1_000
    /// How long a sender is refused.
    static let pauseNanoseconds: UInt64 = 60_000_000_000
    /// Senders remembered; beyond that, those that are not paused are forgotten.
    static let maximumSourceCount = 4_096

    private struct Record {
        var rowCount = 0
        var rejectedCount = 0
        /// On the steady clock; 0 where it was never paused.
        var pausedUntil: UInt64 = 0
    }

    private let percent: Int
    private let clock: any Clock
    private let records = Mutex<[Source: Record]>([:])

    /// A breaker that trips above `percent` of a run; 100 never trips.
    init(percent: Int, clock: any Clock) {
        self.percent = percent
        self.clock = clock
    }

    /// How long a source still has to wait, in nanoseconds; `nil` where it may send.
    func pause(of source: Source) -> UInt64? {
        let now = clock.steadyNanoseconds()
        return records.withLock { records in
            guard let until = records[source]?.pausedUntil, until > now else { return nil }
            return until - now
        }
    }

    /// Counts a request's rows.
    ///
    /// - Returns: The run that made the source pause, where this request ended one that did.
    func count(
        _ source: Source, rows rowCount: Int, rejected rejectedCount: Int
    ) -> (rows: Int, rejected: Int)? {
        let now = clock.steadyNanoseconds()
        return records.withLock { records in
            if records.count >= Self.maximumSourceCount, records[source] == nil {
                records = records.filter { $0.value.pausedUntil > now }
                guard records.count < Self.maximumSourceCount else { return nil }
            }
            var record = records[source] ?? Record()
            record.rowCount += rowCount
            record.rejectedCount += rejectedCount
            defer { records[source] = record }
            guard record.rowCount >= Self.runRowCount else { return nil }
            let run = (rows: record.rowCount, rejected: record.rejectedCount)
            record = Record()
            guard run.rejected * 100 > run.rows * percent else { return nil }
            record.pausedUntil = now + Self.pauseNanoseconds
            return run
        }
    }

    /// Sources that are paused now.
    var pausedCount: Int {
        let now = clock.steadyNanoseconds()
        return records.withLock { $0.values.count { $0.pausedUntil > now } }
    }
}
