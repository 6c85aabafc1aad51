import Segments
import Synchronization

/// All sources of a database: their definitions in the catalog, their threads here.
///
/// Each source has a thread and a state of its own; what happens to one never touches another.
/// Changes are made one after the other; looking at them waits for nobody.
public final class SourceSet: Sendable {
    /// One source with what it is doing.
    public struct Source: Sendable {
        /// How it is declared.
        public let definition: SourceDefinition
        /// What it is doing.
        public let status: SourceStatus
    }

    private let catalog: Catalog
    private let sink: any SourceSink
    private let clock: any Clock
    private let limits: SourceLimits
    private let connectors: @Sendable (SourceDefinition.Kind) -> any SourceConnector
    private let onEvent: @Sendable (SourceEvent) -> Void
    /// Held while something changes; never in a source's own thread.
    private let changing = Mutex(false)
    private let runners = Mutex<[TableID: SourceRunner]>([:])

    init(
        catalog: Catalog, sink: any SourceSink, clock: any Clock, limits: SourceLimits,
        connectors: @escaping @Sendable (SourceDefinition.Kind) -> any SourceConnector,
        onEvent: @escaping @Sendable (SourceEvent) -> Void
    ) {
        self.catalog = catalog
        self.sink = sink
        self.clock = clock
        self.limits = limits
        self.connectors = connectors
        self.onEvent = onEvent
    }

    /// Every source, by name.
    public var all: [Source] {
        let runners = runners.withLock { $0 }
        return catalog.manifest.sources.map { definition in
            var status = runners[definition.id]?.status ?? SourceStatus(.starting)
            if definition.pause != nil { status.state = .paused }
            return Source(definition: definition, status: status)
        }.sorted { $0.definition.name < $1.definition.name }
    }

    /// Starts every source that should run.
    public func start() {
        changing.withLock { _ in
            for definition in catalog.manifest.sources where definition.pause == nil {
                run(definition)
            }
        }
    }

    /// Ends all threads; sources go on where they were at the next start.
    public func stop() {
        changing.withLock { _ in
            let all = runners.withLock { $0.values.map { $0 } }
            for runner in all { runner.askToStop() }
            for runner in all { runner.join() }
        }
    }

    private func run(_ definition: SourceDefinition) {
        let (catalog, sink, connectors, onEvent) = (catalog, sink, connectors, onEvent)
        let runner = SourceRunner(
            definition, sink: sink, clock: clock, limits: limits
        ) { () throws(SourceError) in
            guard let schema = sink.schema(of: definition.tableID) else { throw .tableGone }
            return try connectors(definition.kind).open(definition, for: schema)
        } onRest: { error in
            onEvent(.rests(source: definition.name, error))
            do throws(CatalogError) {
                try catalog.setPause(error.code, ofSource: definition.id)
            } catch {
                // It rests all the same; the next start finds out anew why.
                onEvent(.pauseNotKept(source: definition.name, error))
            }
        } onError: { error in
            onEvent(.failed(source: definition.name, error))
        }
        runners.withLock { $0[definition.id] = runner }
    }

    private func end(_ id: TableID) {
        let runner = runners.withLock { $0.removeValue(forKey: id) }
        runner?.join()
    }
}

/// What sources do that an operator may want to see in the log.
public enum SourceEvent: Hashable, Sendable {
    /// Something failed; it tries again by itself.
    case failed(source: String, SourceError)
    /// It waits for an operator.
    case rests(source: String, SourceError)
    /// That it waits could not be noted durably.
    case pauseNotKept(source: String, CatalogError)
}

/// Why a source could not be changed.
public enum SourceChangeError: Error, Hashable, Sendable {
    /// There is no source of that name.
    case unknown(String)
    /// The definition, or the other side, stands against it.
    case source(SourceError)
    /// Its positions could not be moved.
    case ingest(IngestError)
    /// The catalog refused.
    case catalog(CatalogError)
}

// MARK: - Changes

extension SourceSet {
    /// Declares a source and starts it.
    public func create(
        _ wanted: SourceDefinition
    ) throws(SourceChangeError) -> SourceDefinition {
        try changing.withLock { _ throws(SourceChangeError) in
            guard let schema = sink.schema(of: wanted.tableID) else { throw .source(.tableGone) }
            do throws(SourceError) {
                try connectors(wanted.kind).check(wanted, for: schema)
            } catch {
                throw .source(error)
            }
            let definition = try Self.carryOut { () throws(CatalogError) in
                try catalog.createSource(wanted)
            }
            run(definition)
            return definition
        }
    }

    /// Ends and forgets a source; the rows it brought stay.
    public func drop(named name: String) throws(SourceChangeError) {
        try changing.withLock { _ throws(SourceChangeError) in
            let definition = try definition(named: name)
            try Self.carryOut { () throws(CatalogError) in try catalog.dropSource(definition.id) }
            end(definition.id)
            forget(definition.id)
        }
    }

    /// Ends the threads of sources whose table was dropped.
    public func forgetDropped() {
        changing.withLock { _ in
            let known = Set(catalog.manifest.sources.map(\.id))
            let gone = runners.withLock { $0.keys.filter { !known.contains($0) } }
            for id in gone {
                end(id)
                forget(id)
            }
        }
    }

    /// Positions that nobody will ask for are forgotten; where the log takes nothing, they stay and
    /// do no harm, because numbers are never given twice.
    private func forget(_ id: TableID) {
        do throws(IngestError) { try sink.forget(id.rawValue) } catch {
            onEvent(.failed(source: "\(id.rawValue)", .ingest(error)))
        }
    }

    /// Lets a source rest until it is resumed, across restarts.
    public func pause(named name: String) throws(SourceChangeError) {
        try changing.withLock { _ throws(SourceChangeError) in
            let definition = try definition(named: name)
            try setPause("operator", definition)
            end(definition.id)
        }
    }

    /// Lets a source go on.
    ///
    /// - Parameter acceptsGap: Where positions that come next are not there any more, to go on
    ///   behind them; what is passed over is recorded.
    public func resume(named name: String, acceptsGap: Bool = false) throws(SourceChangeError) {
        try changing.withLock { _ throws(SourceChangeError) in
            let definition = try definition(named: name)
            end(definition.id)
            if acceptsGap {
                try move(definition) { (next, bounds, _, _) throws(SourceError) in
                    if bounds.low > next { return bounds.low }
                    return bounds.high < next ? bounds.low : next
                }
            }
            run(try setPause(nil, definition))
        }
    }

    /// Moves every position of a source to where it is asked to, and lets it go on.
    ///
    /// - Parameter target: `earliest`, `latest` or a time.
    public func reset(named name: String, to target: String) throws(SourceChangeError) {
        try changing.withLock { _ throws(SourceChangeError) in
            let definition = try definition(named: name)
            let begin: StreamStart
            do throws(SourceError) { begin = try StreamStart(target, option: "to") } catch {
                throw .source(error)
            }
            end(definition.id)
            try move(definition) { (_, bounds, stream, partition) throws(SourceError) in
                switch begin {
                case .earliest: bounds.low
                case .latest: bounds.high
                case .time(let milliseconds):
                    try stream.position(of: partition, at: milliseconds)
                }
            }
            run(try setPause(nil, definition))
        }
    }

    /// Moves positions as `target` says, from where each is, what there is, in which stream and of
    /// which partition.
    private func move(
        _ definition: SourceDefinition,
        _ target: (UInt64, StreamBounds, any PartitionedStream, UInt32) throws(SourceError) ->
            UInt64
    ) throws(SourceChangeError) {
        var spans: [StreamSpan] = []
        do throws(SourceError) {
            guard let schema = sink.schema(of: definition.tableID) else {
                throw SourceError.tableGone
            }
            let stream = try connectors(definition.kind).open(definition, for: schema)
            let known = sink.positions(of: definition.id.rawValue)
            for partition in try stream.partitions() {
                let bounds = try stream.bounds(of: partition)
                let next = known[partition] ?? 0
                let goal = try target(next, bounds, stream, partition)
                guard goal != next || known[partition] == nil else { continue }
                spans.append(StreamSpan(partition: partition, first: next, next: goal))
            }
        } catch {
            // What was ended goes on, as far as it can.
            if definition.pause == nil { run(definition) }
            throw .source(error)
        }
        guard !spans.isEmpty else { return }
        do throws(IngestError) { try sink.move(definition, spans) } catch {
            if definition.pause == nil { run(definition) }
            throw .ingest(error)
        }
    }

    private func definition(named name: String) throws(SourceChangeError) -> SourceDefinition {
        let sources = catalog.manifest.sources
        guard let found = sources.first(where: { $0.name == name }) else { throw .unknown(name) }
        return found
    }

    @discardableResult
    private func setPause(
        _ reason: String?, _ definition: SourceDefinition
    ) throws(SourceChangeError) -> SourceDefinition {
        try Self.carryOut { () throws(CatalogError) in
            try catalog.setPause(reason, ofSource: definition.id)
        }
    }

    private static func carryOut<Result>(
        _ change: () throws(CatalogError) -> Result
    ) throws(SourceChangeError) -> Result {
        do throws(CatalogError) { return try change() } catch { throw .catalog(error) }
    }
}
