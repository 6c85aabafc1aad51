import Compaction
import Ingest
import Segments
import TestSupport
import Testing

/// A database with its sender: carries out steps, tells the model what was answered, and starts a
/// new process where the old one has to stop.
final class Simulation {
    enum Step: Hashable {
        case create(String)
        case drop(String)
        /// A rollup of payments.
        case createRollup(String)
        case dropRollup(String)
        /// Adds the column `note` with a default to a table that lacks it, or drops it.
        case alter(String, note: Int64?)
        /// Requests that are committed as one group.
        case ingest([LedgerModel.Request])
        case seal
        case compact
        case restart
        /// Lets time pass and collects garbage.
        case collectGarbage
    }

    let fileSystem: SimulatedFileSystem
    let clock: ManualClock
    let context: String
    var model: LedgerModel
    private(set) var database: SimulatedDatabase?
    /// Why the last start failed.
    private(set) var startFailure: String?

    init(
        _ fileSystem: SimulatedFileSystem, model: LedgerModel = LedgerModel(),
        wallMicroseconds: Int64 = EventScript.now, context: String = ""
    ) {
        self.fileSystem = fileSystem
        self.model = model
        self.context = context
        clock = ManualClock(wallMicroseconds: wallMicroseconds)
    }

    deinit { database?.close() }

    /// The same sender with another disk: what a power cut or a kill left.
    func continued(on disk: SimulatedFileSystem, _ context: String) -> Simulation {
        Simulation(
            disk, model: model, wallMicroseconds: clock.wallMicroseconds(), context: context)
    }

    func report(_ problem: String?) {
        if let problem { Issue.record("\(context): \(problem)") }
    }

    // MARK: Processes

    /// The process, started if none runs; `nil` where that fails.
    @discardableResult
    func process() -> SimulatedDatabase? {
        if let database { return database }
        do {
            database = try SimulatedDatabase(fileSystem, clock: clock)
            startFailure = nil
        } catch {
            startFailure = "\(error)"
        }
        return database
    }

    /// Ends the process.
    func stop() {
        database?.close()
        database = nil
    }

    // MARK: Steps

    func run(_ steps: [Step]) {
        for step in steps { perform(step) }
    }

    func perform(_ step: Step) {
        guard let database = process() else { return }
        switch step {
        case .create(let table): create(table, database)
        case .drop(let table): drop(table, database)
        case .createRollup(let name): createRollup(name, database)
        case .dropRollup(let name): dropRollup(name, database)
        case .alter(let table, let note): alter(table, note, database)
        case .ingest(let requests): ingest(requests, database)
        case .seal:
            do throws(IngestError) { try database.ingestion.sealer.sealNow() } catch {
                if case .catalog(.unknownOutcome) = error { stop() }
            }
        case .compact:
            let report = database.compactor.run(isForced: true)
            let failures = report.merges.map(\.failure) + report.rollups.map(\.failure)
            for failure in failures.compactMap({ $0 }) {
                if case CompactionError.controlTotalsDiffer = failure { self.report("\(failure)") }
                if case CompactionError.catalog(.unknownOutcome) = failure { stop() }
            }
        case .restart: stop()
        case .collectGarbage:
            for _ in 0..<2 {
                clock.advance(seconds: 700)
                _ = database.catalog.collectGarbage(clock: clock)
            }
        }
    }

    private func create(_ table: String, _ database: SimulatedDatabase) {
        do throws(IngestError) {
            guard let version = try database.create(EventScript.statement(table)) else { return }
            report(model.change(table: table, exists: true, version: version))
        } catch {
            settle(error) { model.change(table: table, exists: true, version: nil) }
        }
    }

    private func drop(_ table: String, _ database: SimulatedDatabase) {
        do throws(IngestError) {
            let version = try database.ingestion.dropTable(named: table)
            report(model.change(table: table, exists: false, version: version))
        } catch {
            settle(error) { model.change(table: table, exists: false, version: nil) }
        }
    }

    private func createRollup(_ name: String, _ database: SimulatedDatabase) {
        do throws(IngestError) {
            let sql = EventScript.rollup(name)
            guard let version = try database.createRollup(sql) else { return }
            report(model.change(rollup: name, exists: true, version: version))
        } catch {
            settle(error) { model.change(rollup: name, exists: true, version: nil) }
        }
    }

    private func dropRollup(_ name: String, _ database: SimulatedDatabase) {
        do throws(IngestError) {
            let version = try database.ingestion.dropRollup(named: name)
            report(model.change(rollup: name, exists: false, version: version))
        } catch {
            settle(error) { model.change(rollup: name, exists: false, version: nil) }
        }
    }

    private func alter(_ table: String, _ note: Int64?, _ database: SimulatedDatabase) {
        let sql = EventScript.alteration(of: table, note: note)
        do throws(IngestError) {
            guard let version = try database.alter(sql) else { return }
            report(model.change(table: table, note: note, version: version))
        } catch {
            settle(error) { model.change(table: table, note: note, version: nil) }
        }
    }

    /// A change of tables failed: definitely, or nobody knows and the process has to stop.
    private func settle(_ error: IngestError, _ leaveOpen: () -> String?) {
        switch error {
        case .durabilityUnknown, .catalog(.unknownOutcome):
            report(leaveOpen())
            stop()
        default: return
        }
    }

    private func ingest(_ requests: [LedgerModel.Request], _ database: SimulatedDatabase) {
        var group: [(request: LedgerModel.Request, commit: CommitRequest)] = []
        for request in requests {
            do {
                guard let commit = try database.request(request) else { continue }
                group.append((request, commit))
            } catch {
                report("\(request.id) was not parsed: \(error)")
            }
        }
        model.send(group.map(\.request))
        let outcomes = database.commit(group.map(\.commit))
        var open: [LedgerModel.Request] = []
        for ((request, _), outcome) in zip(group, outcomes) {
            switch outcome {
            case .success(let outcome):
                let counts = LedgerModel.Counts(
                    accepted: outcome.counts.accepted, duplicate: outcome.counts.duplicate,
                    conflict: outcome.counts.conflict, rejected: outcome.counts.rejected)
                report(model.acknowledge(request, counts, version: outcome.version))
            case .failure(.aborted): report(model.refuse(request))
            case .failure(.durabilityUnknown): open.append(request)
            case .failure: continue
            }
        }
        guard !open.isEmpty else { return }
        model.leaveOpen(open)
        expectClosed(database, group.map(\.commit))
        stop()
    }

    /// After an unknown outcome nothing is acknowledged any more, and the reason is given.
    private func expectClosed(_ database: SimulatedDatabase, _ again: [CommitRequest]) {
        if !database.ingestion.isFailed { report("ingestion goes on after an unknown outcome") }
        for outcome in database.commit(again) {
            switch outcome {
            case .failure(.closed(let reason)) where !reason.isEmpty: continue
            // Refused for its rows, or where its ids could not be looked up.
            case .failure(.aborted), .failure(.segment): continue
            default: report("after an unknown outcome: \(outcome)")
            }
        }
    }

    /// Sends everything again that was ever sent, several requests at a time.
    ///
    /// The model knows how each has to be answered: what is there already is a duplicate.
    func sendAgain() {
        guard let database = process() else {
            report("no start for sending again: \(startFailure ?? "")")
            return
        }
        let names = Set(database.catalog.snapshot.tables.map(\.schema.name))
        let requests = model.sent.filter { names.contains($0.table) }
        for start in stride(from: 0, to: requests.count, by: 5) {
            perform(.ingest(Array(requests[start..<min(start + 5, requests.count)])))
        }
    }
}
