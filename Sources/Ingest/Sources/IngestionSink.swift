import Segments

/// Ingestion as sources see it.
struct IngestionSink: SourceSink {
    let ingestion: Ingestion
    /// Bytes of live rows above which sources wait: where requests begin to wait, too.
    let liveByteLimit: Int

    func schema(of table: TableID) -> TableSchema? {
        ingestion.catalog.snapshot.table(table)?.schema
    }

    func positions(of source: UInt32) -> [UInt32: UInt64] {
        ingestion.streamPositions(of: source)
    }

    func take(
        _ events: ParsedEvents, of source: SourceDefinition, into schema: TableSchema,
        _ spans: [StreamSpan]
    ) throws(IngestError) -> IngestCounts {
        let origin = StreamOrigin(source: source.id.rawValue, spans: spans)
        let request = CommitRequest(
            schema: schema, events: events, onError: .quarantine, requestID: source.name,
            origin: .stream(origin))
        return try ingestion.submit(request).counts
    }

    func move(_ source: SourceDefinition, _ spans: [StreamSpan]) throws(IngestError) {
        _ = try ingestion.moveStream(source.id.rawValue, spans, requestID: source.name)
    }

    func forget(_ source: UInt32) throws(IngestError) {
        _ = try ingestion.forgetStream(source)
    }

    var hasRoom: Bool { ingestion.load.liveBytes <= liveByteLimit / 4 * 3 }
}

/// What sources need of the process.
public struct SourceSettings: Sendable {
    /// Where passwords and keys come from.
    public var secrets: any SecretStore
    /// The directory below which `FROM FILES` may read; `nil` where it may not.
    public var filesDirectory: String?
    /// Decodes gzip.
    public var gunzip: @Sendable ([UInt8], _ limit: Int) -> [UInt8]?
    /// As `IngestSettings.liveByteLimit`.
    public var liveByteLimit = 256 << 20
    /// A source is stopped when more than this many of 100 of its rows are rejected; 100: never.
    public var rejectPercent = 20
    /// Learns of what an operator may want to see, in the source's thread.
    public var onEvent: @Sendable (SourceEvent) -> Void = { _ in }

    /// Settings with these secrets, without files.
    public init(
        secrets: any SecretStore, gunzip: @escaping @Sendable ([UInt8], Int) -> [UInt8]?
    ) {
        self.secrets = secrets
        self.gunzip = gunzip
    }
}

extension SourceSet {
    /// The sources of a database; none runs before `start`.
    public convenience init(
        ingestion: Ingestion, clock: any Clock, settings: SourceSettings
    ) {
        var limits = SourceLimits()
        limits.breakerPercent = settings.rejectPercent
        self.init(
            catalog: ingestion.catalog,
            sink: IngestionSink(ingestion: ingestion, liveByteLimit: settings.liveByteLimit),
            clock: clock, limits: limits,
            connectors: { kind in
                switch kind {
                case .kafka: KafkaConnector(secrets: settings.secrets)
                case .files:
                    FilesConnector(
                        directory: settings.filesDirectory,
                        fileSystem: ingestion.catalog.fileSystem,
                        gunzip: settings.gunzip)
                }
            }, onEvent: settings.onEvent)
    }
}
