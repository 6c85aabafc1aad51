import Segments

/// What a Kafka source may set, and what it may not.
///
/// Options of a definition that begin with `security.`, `ssl.` or `sasl.` go to librdkafka, if they
/// are on the list; everything that correctness rests on is set here and nowhere else.
struct KafkaSettings: Sendable {
    /// The topic to read.
    let topic: String
    /// Names and values for librdkafka.
    let library: [(name: String, value: String)]
    /// Whether durable positions are told to the broker under the group's name.
    let reportsProgress: Bool

    /// What correctness rests on. The library's own defaults would skip what is lost, trust damaged
    /// messages and keep 64 MiB a partition.
    static let fixed: [(name: String, value: String)] = [
        ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
        ("auto.offset.reset", "error"), ("isolation.level", "read_committed"),
        ("check.crcs", "true"), ("queued.max.messages.kbytes", "8192"),
        ("queued.min.messages", "20000"), ("allow.auto.create.topics", "false"),
        ("enable.partition.eof", "false"), ("fetch.wait.max.ms", "100"),
        ("fetch.error.backoff.ms", "100"), ("reconnect.backoff.max.ms", "2000"),
        ("topic.metadata.refresh.interval.ms", "30000"), ("client.id", "daybook"),
    ]

    /// Options for librdkafka whose values may be seen.
    static let plainOptions: Set<String> = [
        "security.protocol", "ssl.endpoint.identification.algorithm", "ssl.cipher.suites",
        "enable.ssl.certificate.verification", "sasl.mechanism", "sasl.username",
        "sasl.kerberos.service.name", "sasl.kerberos.principal",
    ]
    /// Options whose values name a secret, or a file of the secrets' directory.
    static let secretOptions: Set<String> = ["sasl.password", "ssl.key.password"]
    /// Options that name a file of the secrets' directory.
    static let fileOptions: Set<String> = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
        "sasl.kerberos.keytab",
    ]

    /// Every option of librdkafka that a definition may have.
    static var libraryOptions: Set<String> { plainOptions.union(secretOptions).union(fileOptions) }

    /// The settings of a definition.
    ///
    /// - Throws: `option` for what is missing; options that are no ones were refused before.
    init(_ options: SourceOptions, secrets: any SecretStore) throws(SourceError) {
        topic = try options.required("topic")
        var library = [("bootstrap.servers", try options.required("brokers"))]
        let group = options["group"]
        reportsProgress = group != nil
        library.append(("group.id", group ?? "daybook"))
        for (name, value) in options.pairs where Self.libraryOptions.contains(name) {
            if Self.secretOptions.contains(name) {
                library.append((name, try secrets.secret(value, option: name)))
            } else if Self.fileOptions.contains(name) {
                library.append((name, try secrets.path(value, option: name)))
            } else {
                library.append((name, value))
            }
        }
        self.library = library + Self.fixed
    }
}

/// Where passwords and keys come from: never from a statement.
public protocol SecretStore: Sendable {
    /// What `env:NAME` or `file:NAME` stands for.
    func secret(_ reference: String, option: String) throws(SourceError) -> String
    /// The path of a file of the secrets' directory.
    func path(_ name: String, option: String) throws(SourceError) -> String
}
