/// Where the rows of a request of a source come from.
public struct StreamOrigin: Hashable, Sendable {
    /// The number of the source's definition.
    public var source: UInt32
    /// What of which partition; each partition at most once.
    public var spans: [StreamSpan]

    /// A part of a source.
    public init(source: UInt32, spans: [StreamSpan]) {
        self.source = source
        self.spans = spans
    }
}

/// A run of positions of one partition, `first` inclusive, `next` exclusive.
public struct StreamSpan: Hashable, Sendable {
    /// The partition.
    public var partition: UInt32
    /// Its first position.
    public var first: UInt64
    /// The position behind its last one, where reading goes on.
    public var next: UInt64
    /// Every event of the partition before this time, in microseconds, lies before `next`; `nil`
    /// where the source cannot say.
    public var completeThrough: Int64?

    /// A run of positions.
    public init(
        partition: UInt32, first: UInt64, next: UInt64, completeThrough: Int64? = nil
    ) {
        self.partition = partition
        self.first = first
        self.next = next
        self.completeThrough = completeThrough
    }
}

/// Where one row of a source stood.
public struct StreamPlace: Hashable, Sendable {
    /// The partition.
    public var partition: UInt32
    /// The position in it.
    public var offset: UInt64

    /// A place in a source.
    public init(partition: UInt32, offset: UInt64) {
        self.partition = partition
        self.offset = offset
    }
}
