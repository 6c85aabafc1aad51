import Glibc

/// A plain thread of the engine: started once, joined or detached once.
///
/// The engine blocks on disks and locks, which the pools of Swift concurrency and Dispatch are not
/// made for; it runs on a fixed number of these.
public final class EngineThread: Sendable {
    private let thread: pthread_t

    /// 8 MiB, so that deep but bounded recursion (100 levels of SQL or JSON) always fits.
    private static let stackByteCount = 8 << 20

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread that runs `body`.
    ///
    /// - Precondition: the system can start another thread.
    public init(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        // SAFETY: `attributes` is a local value, set up here and taken down below.
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, Self.stackByteCount)
        var created = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
        // SAFETY: the thread takes over the reference that `passRetained` made, exactly once.
        let code = unsafe pthread_create(
            &created, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body()
                return nil
            }, start)
        unsafe pthread_attr_destroy(&attributes)
        precondition(code == 0, "the system refused a thread: error \(code)")
        thread = created
    }

    /// Lets the thread run on alone. Instead of `join`, exactly once.
    public func detach() { pthread_detach(thread) }

    /// Waits for the thread's end. Call it exactly once, from another thread.
    public func join() {
        pthread_join(thread, nil)
    }
}
