import Glibc

/// One operating system thread that runs one closure to its end.
///
/// The stack is 8 MiB whatever the shell's limit says: recursive parsers count on it.
final class WorkerThread: @unchecked Sendable {
    // SAFETY: `handle` is written once in `init`; `isJoined` only by the owner that calls `join`.
    private var handle = pthread_t()
    private var isJoined = false

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Bytes of stack of every thread.
    static let stackByteCount = 8 << 20

    /// Starts a thread.
    init(_ run: @escaping @Sendable () -> Void) throws(HTTPServerError) {
        // SAFETY: the box is retained for the thread, which takes it back as its first act; when no
        // thread starts, it is released here.
        let box = unsafe Unmanaged.passRetained(Body(run))
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { unsafe attributes.deallocate() }
        unsafe pthread_attr_init(attributes)
        unsafe pthread_attr_setstacksize(attributes, WorkerThread.stackByteCount)
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        unsafe pthread_attr_destroy(attributes)
        guard code == 0 else {
            unsafe box.release()
            throw .system(call: "pthread_create", errno: code)
        }
        handle = started
    }

    /// Waits for the closure's end. Once.
    func join() {
        precondition(!isJoined)
        isJoined = true
        pthread_join(handle, nil)
    }

    /// Lets the thread end by itself; it can no longer be joined.
    func detach() {
        precondition(!isJoined)
        isJoined = true
        pthread_detach(handle)
    }
}
