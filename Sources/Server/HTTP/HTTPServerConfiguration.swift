/// How the door listens and what it tolerates. Every limit here has a default that protects.
public struct HTTPServerConfiguration: Sendable {
    /// IPv4 or IPv6 address to listen on.
    public var address = "127.0.0.1"
    /// Port; 0 takes any free one.
    public var port: UInt16 = 0
    /// Threads that move bytes; each has its own epoll set.
    public var loopCount = 2
    /// Threads that run `HTTPHandler.respond` and streamed bodies.
    public var workerCount = 16
    /// Open connections in all; more wait in the kernel's backlog.
    public var connectionLimit = 1024
    /// Open connections per client address; more are closed at once.
    public var connectionLimitPerAddress = 128
    /// The most bytes of a body as sent, unless the handler says less or more.
    public var bodyLimit = 16 << 20
    /// Bytes of request bodies held at one time, over all connections.
    public var bodyBudget = 128 << 20
    /// Seconds for a request's head to arrive.
    public var headSeconds = 10.0
    /// Seconds an idle connection is kept.
    public var idleSeconds = 60.0
    /// Seconds after which a body must have come at `bodyBytesPerSecond` or more on average.
    public var bodyGraceSeconds = 10.0
    /// The slowest body tolerated.
    public var bodyBytesPerSecond = 1024.0
    /// Seconds without progress after which an answer is cut.
    public var stallSeconds = 30.0
    /// Names that `Host` may carry besides the loopback ones, without port. `*` allows any.
    public var allowedHosts: [String] = []
    /// Values that `Origin` may have besides the server's own; `https://grafana.example`.
    public var allowedOrigins: [String] = []
    /// PEM bytes of the certificate chain; TLS is on when this and the key are set.
    public var certificatePEM: [UInt8]?
    /// PEM bytes of the private key.
    public var privateKeyPEM: [UInt8]?

    /// The defaults: loopback, any port, no TLS.
    public init() {}

    /// Bytes of a request's head, and how many fields it may have.
    static let headByteLimit = 32 << 10
    /// See `headByteLimit`.
    static let headerFieldLimit = 100
    /// The library's memory per connection: a head of 32 KiB, what it parses from it, and the
    /// buffer of the answer. The library clears all of it after each request, so it is not larger.
    static let connectionMemoryBytes = 64 << 10
    /// Bytes of a streamed answer kept between its producer and the network.
    static let streamBufferByteCount = 256 << 10
    /// Bodies up to here are handed to the library in one copy; larger ones piece by piece.
    static let copiedBodyByteCount = 64 << 10
    /// File descriptors the door leaves to the rest of the process.
    static let reservedDescriptorCount = 64
    /// How often connections are looked at for time-outs and disconnects while requests run.
    static let watchSeconds = 0.05
    /// The same while nothing runs.
    static let idleWatchSeconds = 0.25
    /// After `stop` has cancelled what runs: how long it may take to end.
    static let cancelSeconds = 2.0
}
