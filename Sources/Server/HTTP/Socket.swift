import Glibc

/// The socket calls of this module, each with its errors as Swift values: the one door to the
/// kernel's network for the server's listener and for the client.
enum Socket {
    /// A connected peer as `accept` gave it.
    struct Peer {
        var descriptor: Int32
        var address: sockaddr_storage
        var addressLength: socklen_t
        /// The numeric address without port.
        var name: String
    }

    /// What `accept` said.
    enum Accepted {
        case peer(Peer)
        /// No descriptor left in the process or the system.
        case exhausted
        /// The listener was shut down.
        case closed
        /// This connection is gone already; try the next.
        case retry
    }

    /// Opens a listening socket with `SO_REUSEADDR` (and without `SO_REUSEPORT`: two servers on one
    /// port must be an error).
    static func listen(
        address: String, port: UInt16, backlog: Int32
    ) throws(HTTPServerError) -> (descriptor: Int32, port: UInt16) {
        // SAFETY: plain integers of a local that the call below reads.
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // SAFETY: `found` is a list the call allocates; it is freed below on every way out.
        guard unsafe getaddrinfo(address, String(port), &hints, &found) == 0,
            let first = unsafe found
        else { throw .badAddress(address) }
        defer { unsafe freeaddrinfo(first) }
        let descriptor = unsafe socket(
            first.pointee.ai_family, first.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        var one: Int32 = 1
        // SAFETY: the option's value is a local of the size given; the address is the list's.
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else {
            let code = errno
            close(descriptor)
            throw .cannotListen(address: address, port: port, errno: code)
        }
        return (descriptor, boundPort(descriptor) ?? port)
    }

    /// The port a socket is bound to.
    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: the storage is large enough for any address and outlives the calls; the port
        // stands at the same place in IPv4 and IPv6 addresses.
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe getsockname(descriptor, address, &length) == 0
            }
                ? unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    unsafe UInt16(bigEndian: $0.pointee.sin_port)
                } : nil
        }
    }

    /// Waits for the next connection.
    static func accept(_ listener: Int32) -> Accepted {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: the storage is large enough for any address and outlives the call.
        let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.accept(listener, $0, &length)
            }
        }
        guard descriptor >= 0 else {
            switch errno {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            case EINVAL, EBADF, ENOTSOCK: return .closed
            default: return .retry
            }
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return .peer(
            Peer(
                descriptor: descriptor, address: storage, addressLength: length,
                name: numericName(&storage, length)))
    }

    private static func numericName(
        _ storage: inout sockaddr_storage, _ length: socklen_t
    ) -> String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // SAFETY: address and text are locals of the sizes given; the text is zero-terminated.
        let code = unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getnameinfo(
                    $0, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        guard code == 0 else { return "unknown" }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Connects to a host, trying its addresses in order.
    ///
    /// - Returns: A descriptor with send and receive time-outs set, or the last error number.
    static func connect(
        host: String, port: UInt16, timeoutSeconds: Double
    ) -> Result<Int32, SocketError> {
        // SAFETY: the list is allocated by the call and freed below; its nodes are read only here.
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0,
            let first = unsafe found
        else { return .failure(SocketError(call: "getaddrinfo", errno: 0)) }
        defer { unsafe freeaddrinfo(first) }
        var last = SocketError(call: "connect", errno: ECONNREFUSED)
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let entry = unsafe next {
            let descriptor = unsafe socket(
                entry.pointee.ai_family, entry.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
                0)
            guard descriptor >= 0 else {
                return .failure(SocketError(call: "socket", errno: errno))
            }
            setTimeouts(descriptor, seconds: timeoutSeconds)
            if unsafe Glibc.connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen)
                == 0
            {
                return .success(descriptor)
            }
            last = SocketError(call: "connect", errno: errno)
            close(descriptor)
            // SAFETY: the list is freed only on the way out.
            unsafe next = entry.pointee.ai_next
        }
        return .failure(last)
    }

    /// Send and receive time-outs, and no waiting to fill packets.
    private static func setTimeouts(_ descriptor: Int32, seconds: Double) {
        let bounded = max(0.001, min(seconds, 1e6))
        var time = timeval(
            tv_sec: Int(bounded), tv_usec: Int((bounded - bounded.rounded(.down)) * 1e6))
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<timeval>.size)
        // SAFETY: the options' values are locals of the sizes given.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one,
            socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends all bytes.
    static func send(_ descriptor: Int32, _ bytes: [UInt8]) throws(SocketError) {
        var sent = 0
        while sent < bytes.count {
            // SAFETY: `sent < bytes.count`, so pointer and length stay inside the array.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw SocketError(call: "send", errno: errno)
            }
        }
    }

    /// Receives at least one byte, or none at the end of the stream.
    static func receive(_ descriptor: Int32, limit: Int) throws(SocketError) -> [UInt8] {
        while true {
            var count = 0
            // SAFETY: the kernel writes at most `capacity` bytes, and `count` says how many.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
                count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
                initialized = max(0, count)
            }
            if count >= 0 { return bytes }
            if errno != EINTR { throw SocketError(call: "recv", errno: errno) }
        }
    }

    /// Ends both directions, so that whoever waits on the socket wakes up; the descriptor stays.
    static func shutdown(_ descriptor: Int32) {
        _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Ends the sending direction: the peer reads the end of the stream.
    static func finishSending(_ descriptor: Int32) {
        _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes a descriptor.
    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// Which of the sockets have been closed or half-closed by their peers. Does not wait.
    static func hungUp(_ descriptors: [Int32]) -> [Int32] {
        // Linux's POLLRDHUP, which glibc's header hides without _GNU_SOURCE.
        let events: Int16 = 0x2000
        var polled = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
        // SAFETY: the array is passed with its own count.
        let ready = unsafe poll(&polled, nfds_t(polled.count), 0)
        guard ready > 0 else { return [] }
        return polled.filter { $0.revents != 0 }.map(\.fd)
    }

    /// The positions of the sockets that have something to read, or have ended. Waits for one, at
    /// most so long; empty when the time is up.
    static func awaitReadable(_ descriptors: [Int32], milliseconds: Int32) -> [Int] {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // SAFETY: the array is passed with its own count.
        guard unsafe poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return [] }
        return polled.indices.filter { polled[$0].revents != 0 }
    }

    /// The process's limit of open descriptors.
    static func descriptorLimit() -> Int {
        var limit = rlimit()
        // SAFETY: `limit` is a local the call fills.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        return Int(min(limit.rlim_cur, rlim_t(Int32.max)))
    }

    /// Writing to a closed connection must be an error, not the end of the process.
    static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Sleeps; the process's other threads go on.
    static func pause(seconds: Double) { usleep(UInt32(max(0, min(seconds, 60)) * 1e6)) }
}

/// A failed socket call.
struct SocketError: Error, Equatable {
    var call: String
    var errno: Int32

    /// Whether it was the time-out of `SO_RCVTIMEO` or `SO_SNDTIMEO`.
    var isTimeout: Bool { errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS }
}
