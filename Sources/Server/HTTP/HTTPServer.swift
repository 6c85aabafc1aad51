import Segments
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd, behind one small door.
///
///     let server = HTTPServer(configuration: configuration, handler: routes, observer: log)
///     try server.start()
///     ... server.port ...
///     server.stop(drainSeconds: 25)
///
/// Threads: one that accepts, `loopCount` that move bytes and call `HTTPHandler.admit`,
/// `workerCount` that call `HTTPHandler.respond`, one that watches for time-outs and disconnects.
public final class HTTPServer: Sendable {
    private struct Running {
        var listener: Int32
        var port: UInt16
        var loops: [MicrohttpdDaemon]
        var pool: HTTPWorkerPool
        var door: HTTPDoor
        var watch: HTTPWatch
        var acceptorThread: EngineThread
        var watchThread: EngineThread
    }

    private let configuration: HTTPServerConfiguration
    private let handler: any HTTPHandler
    private let observer: (any HTTPAccessObserver)?
    private let running = Mutex<Running?>(nil)
    private let isStarted = Atomic<Bool>(false)

    /// A server that is not listening yet.
    public init(
        configuration: HTTPServerConfiguration, handler: any HTTPHandler,
        observer: (any HTTPAccessObserver)? = nil
    ) {
        self.configuration = configuration
        self.handler = handler
        self.observer = observer
    }

    /// The port in use; nil before `start` and after `stop`.
    public var port: UInt16? { running.withLock { $0?.port } }

    /// Requests between their head and the end of their answer.
    public var activeRequestCount: Int { running.withLock { $0?.door.activeCount ?? 0 } }

    /// Listens and answers from now on. Once per server. The process ignores `SIGPIPE` afterwards.
    public func start() throws(HTTPServerError) {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else {
            throw .alreadyStarted
        }
        Socket.ignoreBrokenPipes()
        let (listener, port) = try Socket.listen(
            address: configuration.address, port: configuration.port, backlog: 1024)
        let started: Running
        do {
            started = try open(listener, port)
        } catch {
            Socket.close(listener)
            throw error
        }
        running.withLock { $0 = started }
    }

    private func open(_ listener: Int32, _ port: UInt16) throws(HTTPServerError) -> Running {
        let registry = HTTPConnectionRegistry(
            limit: configuration.connectionLimit,
            limitPerAddress: configuration.connectionLimitPerAddress)
        let pool = HTTPWorkerPool(count: configuration.workerCount)
        let door = HTTPDoor(
            configuration: configuration, handler: handler, observer: observer,
            registry: registry, pool: pool)
        let watch = HTTPWatch(registry: registry, configuration: configuration)
        var loops: [MicrohttpdDaemon] = []
        var watchThread: EngineThread?
        do {
            for _ in 0..<configuration.loopCount { loops.append(try MicrohttpdDaemon(door)) }
            let acceptor = HTTPAcceptor(listener: listener, registry: registry, loops: loops)
            let watching = EngineThread { watch.run() }
            watchThread = watching
            let accepting = EngineThread { acceptor.run() }
            return Running(
                listener: listener, port: port, loops: loops, pool: pool, door: door, watch: watch,
                acceptorThread: accepting, watchThread: watching)
        } catch {
            watch.stop()
            watchThread?.join()
            for loop in loops { loop.stop() }
            _ = pool.stop(until: MonotonicClock.nanoseconds())
            throw error
        }
    }

    /// Stops accepting, lets what runs end within `drainSeconds`, cancels the rest, closes.
    ///
    /// While it drains, requests on open connections are still answered and their connections
    /// closed. Waits at most `drainSeconds` and a few seconds more.
    ///
    /// - Returns: Whether every request was answered; false when some were cancelled.
    @discardableResult
    public func stop(drainSeconds: Double) -> Bool {
        guard let server = running.withLock({ $0.take() }) else { return true }
        server.door.drain()
        server.door.registry.close()
        Socket.shutdown(server.listener)
        server.acceptorThread.join()
        Socket.close(server.listener)

        var isClean = waitUntilIdle(server.door, seconds: drainSeconds)
        server.door.close()
        if !isClean {
            for connection in server.door.registry.all() { connection.cancelExchange() }
            _ = waitUntilIdle(server.door, seconds: HTTPServerConfiguration.cancelSeconds)
        }
        // A suspended connection must not outlive its loop: whatever is left is woken and cut.
        while server.door.activeCount > 0 {
            for connection in server.door.registry.all() { connection.abandonExchange() }
            Socket.pause(seconds: 0.005)
        }
        for loop in server.loops { loop.stop() }
        server.watch.stop()
        server.watchThread.join()
        let deadline = MonotonicClock.deadline(inSeconds: HTTPServerConfiguration.cancelSeconds)
        if !server.pool.stop(until: deadline) { isClean = false }
        return isClean
    }

    private func waitUntilIdle(_ door: HTTPDoor, seconds: Double) -> Bool {
        let deadline = MonotonicClock.deadline(inSeconds: seconds)
        while door.activeCount > 0 {
            guard MonotonicClock.nanoseconds() < deadline else { return false }
            Socket.pause(seconds: 0.005)
        }
        return true
    }
}
