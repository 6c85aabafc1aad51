/// Accepts connections and gives them to the loops in turn.
///
/// Accepting ourselves, instead of leaving it to the library's loops, makes the limits exact over
/// all loops, keeps the loops evenly loaded, and lets `stop` close the door at once.
final class HTTPAcceptor: Sendable {
    private let listener: Int32
    private let registry: HTTPConnectionRegistry
    private let loops: [MicrohttpdDaemon]
    private let descriptorLimit: Int

    init(listener: Int32, registry: HTTPConnectionRegistry, loops: [MicrohttpdDaemon]) {
        precondition(!loops.isEmpty)
        self.listener = listener
        self.registry = registry
        self.loops = loops
        descriptorLimit =
            Socket.descriptorLimit() - HTTPServerConfiguration.reservedDescriptorCount
    }

    /// The acceptor's thread: runs until the listener is shut down.
    func run() {
        var turn = 0
        while registry.waitForRoom() {
            switch Socket.accept(listener) {
            case .peer(let peer):
                turn = (turn + 1) % loops.count
                admit(peer, to: loops[turn])
            case .exhausted:
                Socket.pause(seconds: 0.1)
            case .retry:
                continue
            case .closed:
                return
            }
        }
    }

    private func admit(_ peer: Socket.Peer, to loop: MicrohttpdDaemon) {
        let isReserved = Int(peer.descriptor) >= descriptorLimit
        guard !isReserved,
            registry.add(descriptor: peer.descriptor, peerAddress: peer.name) != nil
        else {
            Socket.close(peer.descriptor)
            if isReserved { Socket.pause(seconds: 0.01) }
            return
        }
        // The library closes the socket when it cannot take it.
        if !loop.add(peer) { registry.remove(peer.descriptor) }
    }
}
