import Segments

/// Looks at all connections every few milliseconds and cuts what is too slow or gone.
///
/// The library has one time-out (no byte moved for so long) and sees nothing of a connection that
/// is suspended while a worker has its request. The watch adds what is missing: a deadline for the
/// head, a least speed for the body, a stall limit for the answer, and disconnects during work.
final class HTTPWatch: Sendable {
    private let registry: HTTPConnectionRegistry
    private let configuration: HTTPServerConfiguration
    private let isStopping = Monitor(false)

    init(registry: HTTPConnectionRegistry, configuration: HTTPServerConfiguration) {
        self.registry = registry
        self.configuration = configuration
    }

    /// Ends `run`.
    func stop() { isStopping.update { $0 = true } }

    /// The watch's thread.
    func run() {
        while true {
            let pause =
                look()
                ? HTTPServerConfiguration.watchSeconds : HTTPServerConfiguration.idleWatchSeconds
            let stopped: Bool? = isStopping.wait(
                timeoutNanoseconds: UInt64(pause * 1e9), until: { $0 ? true : nil })
            if stopped == true { return }
        }
    }

    /// One look at all connections.
    ///
    /// - Returns: Whether any of them waits for a worker.
    private func look() -> Bool {
        let now = MonotonicClock.nanoseconds()
        var isWorking = false
        var waiting: [Int32: HTTPConnection] = [:]
        for connection in registry.all() {
            let phase = connection.phase
            if phase == .working { isWorking = true }
            if isTooSlow(connection, now) {
                connection.abort()
            } else if phase != .sending, let descriptor = connection.openDescriptor {
                waiting[descriptor] = connection
            }
        }
        for descriptor in Socket.hungUp(Array(waiting.keys)) {
            guard let connection = waiting[descriptor] else { continue }
            if connection.phase == .working {
                connection.cancelExchange()
            } else if connection.noteHangup() {
                // The library misses an end that comes together with the last bytes.
                connection.abort()
            }
        }
        return isWorking
    }

    private func isTooSlow(_ connection: HTTPConnection, _ now: UInt64) -> Bool {
        let seconds = Double(connection.elapsed(at: now)) / 1e9
        switch connection.phase {
        case .head: return seconds > configuration.headSeconds
        // The library sees idleness; this bounds a head that drips in after it.
        case .idle: return seconds > configuration.idleSeconds + configuration.headSeconds
        case .body:
            guard seconds > configuration.bodyGraceSeconds else { return false }
            return Double(connection.bodyByteCount) < seconds * configuration.bodyBytesPerSecond
        case .sending: return seconds > configuration.stallSeconds
        case .working: return false
        }
    }
}
