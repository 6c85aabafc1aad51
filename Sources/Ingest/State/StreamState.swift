import Segments

/// Where a source stands.
struct StreamState: Hashable, Sendable {
    /// For each partition the position at which reading goes on.
    var positions: [UInt32: UInt64] = [:]
    /// Jumps that an operator made, the newest ones.
    var gaps: [StreamGap] = []
    /// For partitions of which the source says so: every event before this time has been taken.
    var completeThrough: [UInt32: Int64] = [:]

    /// Jumps kept of a source.
    static let gapCount = 1_000

    /// What a request is to those before it.
    func standing(
        of origin: StreamOrigin
    ) throws(OriginRefusal) -> Recognition {
        func isCommitted(_ span: StreamSpan) -> Bool {
            positions[span.partition].map { span.next <= $0 } ?? false
        }
        if !origin.spans.isEmpty, origin.spans.allSatisfy(isCommitted) {
            return .repeatedLongAgo
        }
        for span in origin.spans {
            if let committed = positions[span.partition], span.first < committed {
                throw .streamMoved(
                    source: origin.source, partition: span.partition, committed: committed)
            }
        }
        return .first
    }

    /// Takes spans that come first.
    mutating func take(_ spans: [StreamSpan]) {
        for span in spans {
            positions[span.partition] = span.next
            if let time = span.completeThrough {
                let known = completeThrough[span.partition]
                completeThrough[span.partition] = max(known ?? time, time)
            }
        }
    }

    /// Goes on elsewhere, as an operator says.
    mutating func move(_ spans: [StreamSpan], at time: Int64) {
        for span in spans {
            let known = positions[span.partition]
            positions[span.partition] = span.next
            guard let from = known ?? (span.first < span.next ? span.first : nil),
                from != span.next
            else { continue }
            if gaps.count == Self.gapCount { gaps.removeFirst() }
            gaps.append(
                StreamGap(
                    partition: span.partition, from: from, next: span.next, time: time))
        }
    }
}

/// A jump of a source that an operator made: forwards over events that nobody read, or back to
/// read events again.
public struct StreamGap: Hashable, Sendable {
    /// The partition.
    public var partition: UInt32
    /// Where the source stood.
    public var from: UInt64
    /// Where it goes on.
    public var next: UInt64
    /// When, in microseconds.
    public var time: Int64
}
