// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode, strict memory safety, and no warning left standing, in every target.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// The engine's hot loops: optimised in debug builds too (with assertions on), because unoptimised
/// kernels are 14 to 110 times slower; specialised across modules in release builds.
let engine: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug)),
        .unsafeFlags(
            ["-cross-module-optimization", "-enforce-exclusivity=unchecked"],
            .when(configuration: .release)),
    ]

let package = Package(
    name: "daybook",
    products: [.executable(name: "daybook", targets: ["daybook"])],
    traits: [
        .trait(name: "Kafka", description: "The Kafka source, on Debian's librdkafka."),
        .default(enabledTraits: ["Kafka"]),
    ],
    targets: [
        // C libraries, each behind one door (see docs/architecture.md).
        .systemLibrary(
            name: "CZstd", path: "Sources/Segments/Codecs/CZstd", pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CLz4", path: "Sources/Segments/Codecs/CLz4", pkgConfig: "liblz4",
            providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CChecksum", path: "Sources/Segments/Bytes/CChecksum"),
        .systemLibrary(
            name: "CZlib", path: "Sources/Server/HTTP/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CMicrohttpd", path: "Sources/Server/HTTP/CMicrohttpd",
            pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(
            name: "CKafka", path: "Sources/Ingest/Sources/Kafka/CKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/Server/Memory/CMalloc"),
        .systemLibrary(
            name: "CEdit", path: "Sources/Server/CommandLine/Prompt/CEdit", pkgConfig: "libedit",
            providers: [.apt(["libedit-dev"])]),

        // The engine.
        .target(
            name: "Segments", dependencies: ["CZstd", "CLz4", "CChecksum"],
            exclude: ["Codecs/CZstd", "Codecs/CLz4", "Bytes/CChecksum"], swiftSettings: engine),
        .target(
            name: "Ingest",
            dependencies: [
                "Segments", .target(name: "CKafka", condition: .when(traits: ["Kafka"])),
            ],
            exclude: ["Sources/Kafka/CKafka"], swiftSettings: engine),
        .target(name: "Query", dependencies: ["Segments"], swiftSettings: engine),
        .target(name: "Compaction", dependencies: ["Segments"], swiftSettings: engine),

        // The process.
        .target(
            name: "Server",
            dependencies: [
                "Segments", "Ingest", "Query", "Compaction", "CMicrohttpd", "CZlib", "CMalloc",
                "CEdit",
            ],
            exclude: [
                "HTTP/CMicrohttpd", "HTTP/CZlib", "Memory/CMalloc", "CommandLine/Prompt/CEdit",
                "Main",
            ],
            resources: [.embedInCode("Bench/queries.sql")],
            swiftSettings: engine),
        .executableTarget(
            name: "daybook", dependencies: ["Server"], path: "Sources/Server/Main",
            swiftSettings: strict),

        // Tests.
        .executableTarget(
            name: "KafkaBroker",
            dependencies: [.target(name: "CKafka", condition: .when(traits: ["Kafka"]))],
            path: "Tests/KafkaBroker",
            cSettings: [.define("DAYBOOK_KAFKA", .when(traits: ["Kafka"]))]),
        .target(
            name: "TestSupport", dependencies: ["Query", "Segments"], path: "Tests/Support",
            swiftSettings: engine),
        .testTarget(
            name: "SegmentsTests", dependencies: ["Segments", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "IngestTests",
            dependencies: ["Ingest", "Segments", "TestSupport", "KafkaBroker"],
            swiftSettings: strict),
        .testTarget(
            name: "QueryTests", dependencies: ["Query", "Segments", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "CompactionTests", dependencies: ["Compaction", "Segments", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests", dependencies: ["Server", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Server", "Ingest", "Query", "Compaction", "Segments", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "StyleTests", swiftSettings: strict),
    ]
)

// libFuzzer brings its own `main`, so that this target links under `Tests/Fuzz/run` alone.
if Context.environment["DAYBOOK_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz-sql", dependencies: ["Query", "TestSupport"], path: "Tests/Fuzz",
            exclude: ["run"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
