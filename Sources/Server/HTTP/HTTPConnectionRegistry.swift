import Segments

/// All open connections: counted by the acceptor, looked at by the watch, removed by the loops.
final class HTTPConnectionRegistry: Sendable {
    private struct State {
        var connections: [Int32: HTTPConnection] = [:]
        var countPerAddress: [String: Int] = [:]
        var isClosed = false

        mutating func remove(_ descriptor: Int32) {
            guard let connection = connections.removeValue(forKey: descriptor) else { return }
            let count = countPerAddress[connection.peerAddress, default: 1] - 1
            countPerAddress[connection.peerAddress] = count > 0 ? count : nil
        }
    }

    private let state = Monitor(State())
    private let limit: Int
    private let limitPerAddress: Int

    init(limit: Int, limitPerAddress: Int) {
        self.limit = limit
        self.limitPerAddress = limitPerAddress
    }

    /// Waits until there is room for one more connection.
    ///
    /// - Returns: False when the registry was closed.
    func waitForRoom() -> Bool {
        state.wait { state -> Bool? in
            if state.isClosed { return false }
            return state.connections.count < limit ? true : nil
        } ?? false
    }

    /// Enters a connection, unless its client has too many.
    func add(descriptor: Int32, peerAddress: String) -> HTTPConnection? {
        state.withLock { state in
            let count = state.countPerAddress[peerAddress, default: 0]
            guard count < limitPerAddress else { return nil }
            state.remove(descriptor)
            state.countPerAddress[peerAddress] = count + 1
            let connection = HTTPConnection(descriptor: descriptor, peerAddress: peerAddress)
            state.connections[descriptor] = connection
            return connection
        }
    }

    /// The connection of a socket.
    func connection(_ descriptor: Int32) -> HTTPConnection? {
        state.withLock { $0.connections[descriptor] }
    }

    /// Takes a connection out, before its socket is closed. Any number of times.
    func remove(_ descriptor: Int32) { state.update { $0.remove(descriptor) } }

    /// All connections.
    func all() -> [HTTPConnection] { state.withLock { Array($0.connections.values) } }

    /// Lets `waitForRoom` end.
    func close() { state.update { $0.isClosed = true } }
}
