import Glibc
import Segments
import Server
import Synchronization

/// A handler made of two closures.
struct ClosureHandler: HTTPHandler {
    var onAdmit: @Sendable (HTTPRequestHead) -> HTTPAdmission = { _ in .process(bodyLimit: nil) }
    var onRespond: @Sendable (HTTPRequest, Cancellation) -> HTTPResponse
    var onRespondAtOnce: @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil }

    func admit(_ head: HTTPRequestHead) -> HTTPAdmission { onAdmit(head) }

    func respond(to request: HTTPRequest, cancellation: Cancellation) -> HTTPResponse {
        onRespond(request, cancellation)
    }

    func respondAtOnce(to request: HTTPRequest, cancellation: Cancellation) -> HTTPResponse? {
        onRespondAtOnce(request)
    }
}

/// Keeps the access records of a server.
final class RecordingObserver: HTTPAccessObserver {
    let records = Mutex<[HTTPAccessRecord]>([])

    func observe(_ record: HTTPAccessRecord) { records.withLock { $0.append(record) } }
}

/// Answers with the method, the path and the body; `/big`, `/stream` and others on request.
func echo(_ request: HTTPRequest, _ cancellation: Cancellation) -> HTTPResponse {
    let head = request.head
    var text = "\(head.method.rawValue) /\(head.path.joined(separator: "/"))"
    for item in head.query { text += " \(item.name)=\(item.value)" }
    if !request.body.isEmpty { text += " body=\(String(decoding: request.body, as: UTF8.self))" }
    return .text(text)
}

/// Runs a server for the time of a closure.
func withServer<Result>(
    _ handler: ClosureHandler = ClosureHandler(onRespond: echo),
    observer: RecordingObserver? = nil,
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: (HTTPServer, UInt16) throws -> Result
) throws -> Result {
    var configuration = HTTPServerConfiguration()
    configuration.workerCount = 4
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, handler: handler, observer: observer)
    try server.start()
    defer { server.stop(drainSeconds: 5) }
    guard let port = server.port else { throw HTTPServerError.cannotStart(reason: "no port") }
    return try body(server, port)
}

/// Waits until something is true: no promise about time, only that it happens within ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<5000 {
        if condition() { return true }
        pauseBriefly()
    }
    return false
}

/// Two milliseconds for other threads.
func pauseBriefly() { usleep(2000) }

/// A thread to be joined.
final class TestThread: Sendable {
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(_ run: @escaping @Sendable () -> Void) {
        var started = pthread_t()
        // SAFETY: the box is retained for the thread, which takes it back as its first act.
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
        precondition(code == 0)
        handle = started
    }

    func join() { pthread_join(handle, nil) }
}

extension String {
    /// The parts between occurrences of a separator.
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
