/// What a source is read from: partitions, in each of which positions ascend.
///
/// A real seam: Kafka, a directory of files, and the tests' own. Used by one thread at a time.
/// Nothing here remembers what was taken in: positions live in the log alone.
protocol PartitionedStream: AnyObject {
    /// The partitions there are now, ascending.
    func partitions() throws(SourceError) -> [UInt32]
    /// The first position that is kept, and the one behind the last, asked now.
    func bounds(of partition: UInt32) throws(SourceError) -> StreamBounds
    /// The first position whose time is `milliseconds` since 1970 or later; the end, where none is.
    func position(
        of partition: UInt32, at milliseconds: Int64
    ) throws(SourceError) -> UInt64
    /// Reads these from now on, each from its position, and nothing else.
    func assign(_ positions: [(partition: UInt32, next: UInt64)]) throws(SourceError)
    /// Delivers nothing more until the next `assign`.
    func pause() throws(SourceError)
    /// Takes what comes into `batch` until it is full, or `waitMilliseconds` have passed, or, once
    /// there is something, no more is at hand.
    ///
    /// What was appended before an error stays in the batch and is good.
    func fill(_ batch: inout MessageBatch, waitMilliseconds: Int) throws(SourceError)
    /// Where a partition ends, as far as that is known without asking.
    func knownEnd(of partition: UInt32) -> UInt64?
    /// Tells the other side how far all is durable, for its displays; may be lost.
    func report(_ positions: [(partition: UInt32, next: UInt64)])
}

/// The positions that a partition keeps: `low ..< high`.
public struct StreamBounds: Hashable, Sendable {
    /// The first that is kept.
    public var low: UInt64
    /// The one behind the last.
    public var high: UInt64

    /// Bounds.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}
