import Glibc
import Segments

/// `daybook serve`: the server in the foreground, until a signal ends it.
enum ServeCommand {
    static let command = Command(
        name: "serve", summary: "Run the server until SIGINT or SIGTERM.",
        usage: "[--config FILE] [--SECTION.NAME VALUE ...]",
        options: [
            CommandOption("config", "FILE", "the file (default: $DAYBOOK_CONFIG, or daybook.toml)")
        ]
            + Setting.all.map { CommandOption($0.key, "VALUE", $0.help) },
        examples: [
            "daybook serve --storage.directory /var/lib/daybook",
            "daybook serve --server.port 0 --server.dashboards sample-data/dashboards",
            "DAYBOOK_QUERY_TIMEOUT=10s daybook serve",
        ]
    ) { (arguments) throws(CommandError) in try run(arguments) }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        let configuration = try ConfigurationSources(arguments).configuration()
        let signals = SignalWatch()
        let clock = SystemClock()
        let log = Log(minimumLevel: configuration.logLevel, clock: clock)
        if !Allocator.keepLargeBlocks(coreCount: coreCount) {
            log.write(.warning, "allocator_not_tuned")
        }
        let fileSystem: PosixFileSystem
        do throws(FileError) {
            fileSystem = try PosixFileSystem(
                root: configuration.dataDirectory,
                readMode: configuration.mapsFiles ? .mapped : .pread)
        } catch {
            throw CommandError("cannot use '\(configuration.dataDirectory)': \(error)", .system)
        }
        let database: Database
        do throws(ServerError) {
            database = try Database(
                configuration: configuration, fileSystem: fileSystem, clock: clock, log: log,
                coreCount: coreCount
            ) { _ in signals.raise() }
        } catch {
            if case .refused(let reason) = error { throw CommandError(reason, .system) }
            throw CommandError("\(error)", .damaged)
        }
        defer { database.close(sealSeconds: sealSeconds) }
        let handler = APIHandler(
            database: database, dashboards: try loadDashboards(configuration, log))
        let server = HTTPServer(
            configuration: try doorConfiguration(configuration), handler: handler,
            observer: AccessObserver(metrics: database.metrics, log: log))
        do throws(HTTPServerError) {
            try server.start()
        } catch {
            throw CommandError("\(error)", .system)
        }
        let scheme = configuration.tlsCertificate == nil ? "http" : "https"
        let host = configuration.address == "::1" ? "[::1]" : configuration.address
        Terminal.write("listening on \(scheme)://\(host):\(server.port ?? 0)\n")
        log.write(
            .info, "ready",
            [
                "version": .number(Int(database.catalog.snapshot.version)),
                "tables": .number(database.catalog.snapshot.tables.count),
            ])
        signals.wait()
        handler.retire()
        let isClean = server.stop(drainSeconds: Double(configuration.drainSeconds))
        log.write(.info, "stopped", ["drained": .text(isClean ? "all" : "not all")])
        guard let failure = database.failure else { return .success }
        throw CommandError(failure, .system)
    }

    /// How long a stop may begin to seal tables; one that is begun takes a few seconds at most.
    private static let sealSeconds = 10

    /// Processors that the system has.
    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Dashboards, certificates and keys are pages, not books.
    private static let definitionByteLimit = 1 << 20

    private static func loadDashboards(
        _ configuration: Configuration, _ log: Log
    ) throws(CommandError) -> [Dashboard] {
        guard let directory = configuration.dashboardDirectory else { return [] }
        var dashboards: [Dashboard] = []
        for name in try InputFile.names(in: directory).sorted() where name.hasSuffix(".json") {
            let path = directory + "/" + name
            let bytes = try InputFile.contents(of: path, limit: definitionByteLimit)
            do throws(Dashboard.Malformed) {
                dashboards.append(try Dashboard(json: bytes))
            } catch {
                throw .usage("\(path): \(error.message)")
            }
        }
        log.write(.info, "dashboards", ["count": .number(dashboards.count)])
        return dashboards
    }

    static func doorConfiguration(
        _ configuration: Configuration
    ) throws(CommandError) -> HTTPServerConfiguration {
        var door = HTTPServerConfiguration()
        door.address = configuration.address == "localhost" ? "127.0.0.1" : configuration.address
        door.port = UInt16(configuration.port)
        let threads = configuration.requestThreads
        door.workerCount = threads > 0 ? threads : max(4, 2 * coreCount)
        door.bodyLimit = configuration.maximumBodyByteCount
        // One body of the largest size must fit, or it would be refused for ever.
        door.bodyBudget = max(door.bodyBudget, configuration.maximumBodyByteCount)
        door.allowedHosts = configuration.allowedHosts
        door.allowedOrigins = configuration.allowedOrigins
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            door.certificatePEM = try InputFile.contents(
                of: certificate, limit: definitionByteLimit)
            door.privateKeyPEM = try InputFile.contents(of: key, limit: definitionByteLimit)
        }
        return door
    }
}
