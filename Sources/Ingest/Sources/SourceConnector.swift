import Segments

/// Knows one kind of source: what its options mean, and how it is opened.
protocol SourceConnector: Sendable {
    /// Refuses a definition that could not be opened whatever the other side says.
    func check(_ definition: SourceDefinition, for schema: TableSchema) throws(SourceError)
    /// Opens what the definition names.
    func open(
        _ definition: SourceDefinition, for schema: TableSchema
    ) throws(SourceError) -> any PartitionedStream
}

/// Kafka, through librdkafka where the build has it.
struct KafkaConnector: SourceConnector {
    let secrets: any SecretStore

    /// Options besides those of `KafkaSettings`.
    private static let ownOptions: Set<String> = [
        "brokers", "topic", "format", "key", "headers", "start", "group",
    ]

    func check(_ definition: SourceDefinition, for schema: TableSchema) throws(SourceError) {
        #if Kafka
            let options = SourceOptions(definition)
            try options.check(known: Self.ownOptions.union(KafkaSettings.libraryOptions))
            _ = try MessageLayout(options, schema)
            _ = try StreamStart(options["start"] ?? "earliest", option: "start")
            let settings = try KafkaSettings(options, secrets: secrets)
            _ = try KafkaConsumer(settings, wantsHeaders: false)
        #else
            throw Self.missing
        #endif
    }

    func open(
        _ definition: SourceDefinition, for schema: TableSchema
    ) throws(SourceError) -> any PartitionedStream {
        #if Kafka
            let options = SourceOptions(definition)
            let layout = try MessageLayout(options, schema)
            return try KafkaConsumer(
                try KafkaSettings(options, secrets: secrets), wantsHeaders: layout.wantsHeaders)
        #else
            throw Self.missing
        #endif
    }

    #if !Kafka
        private static let missing = SourceError.unsupported(
            "this build has no Kafka: install librdkafka-dev and build with the package trait "
                + "Kafka, which is on unless --disable-default-traits is given")
    #endif
}
