import Glibc
import Segments
import Synchronization

/// Ends the running query on the server when Ctrl-C is typed; a second time it ends the process.
///
/// While no query runs, a Ctrl-C that comes as a signal means nothing: at the prompt it is a key.
final class QueryInterrupt: Sendable {
    private struct Running {
        var id: String
        var wasInterrupted = false
    }

    private let url: ServerURL
    private let running = Mutex<Running?>(nil)

    /// Takes SIGINT away from this thread and all that it starts later. Call it before any other
    /// thread exists.
    init(_ url: ServerURL) {
        self.url = url
        SignalWatch.block(SIGINT)
        EngineThread { [self] in
            while true {
                SignalWatch.wait(for: SIGINT)
                interrupt()
            }
        }.detach()
    }

    /// Runs `body` under a query id that an interrupt ends.
    func run<Result>(
        _ body: (_ queryID: String) throws(CommandError) -> Result
    ) throws(CommandError) -> Result {
        let id = "sql-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        running.withLock { $0 = Running(id: id) }
        defer { running.withLock { $0 = nil } }
        return try body(id)
    }

    private func interrupt() {
        let found = running.withLock { running in
            defer { running?.wasInterrupted = true }
            return running
        }
        guard let found else { return }
        guard !found.wasInterrupted else { exit(128 + SIGINT) }
        do throws(CommandError) {
            _ = try ServerConnection(url).exchange(.delete, "/v1/queries/" + found.id)
        } catch {
            Terminal.report("the query could not be cancelled: \(error.message)")
        }
    }
}
