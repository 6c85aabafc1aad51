import CMicrohttpd
import Glibc
import Synchronization

/// One network loop of the library: a thread with its epoll set, and the callbacks it makes.
///
/// The callbacks only translate; `HTTPDoor` decides. Ownership across the C border:
/// * the daemon's `cls` is the door, kept alive by this object, which outlives the daemon;
/// * a connection's `socket_context` holds one reference to its `HTTPConnection`, from the start
///   notice to the close notice;
/// * a request's `con_cls` holds one reference to its `HTTPExchange`, from the first call of the
///   access handler to the completion notice.
@safe final class MicrohttpdDaemon: @unchecked Sendable {
    // SAFETY: `daemon` is written in `init` and taken by `stop`, which the server calls once, after
    // the acceptor has ended; the library's own calls are safe from any thread in between.
    private var daemon: OpaquePointer?
    private let door: HTTPDoor
    /// Zero-terminated PEM texts the library reads while it lives.
    private let texts: [UnsafeMutablePointer<UInt8>]

    /// Starts a loop without a listener: connections come by `add`.
    init(_ door: HTTPDoor) throws(HTTPServerError) {
        self.door = door
        let configuration = door.configuration
        let pair: [[UInt8]]
        if let certificate = configuration.certificatePEM, let key = configuration.privateKeyPEM {
            pair = [certificate, key]
        } else {
            pair = []
        }
        // SAFETY: `stop` frees the texts, after the daemon that reads them.
        unsafe texts = pair.map { unsafe MicrohttpdDaemon.zeroTerminated($0) }
        // SAFETY: door and texts outlive the daemon, which `stop` ends before this object goes.
        let context = unsafe Unmanaged.passUnretained(door).toOpaque()
        var options = unsafe MicrohttpdDaemon.options(configuration, context)
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_USE_NO_LISTEN_SOCKET.rawValue
            | MHD_USE_ITC.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        if unsafe texts.count == 2 {
            flags |= MHD_USE_TLS.rawValue
            unsafe options.append(
                MHD_OptionItem(option: .HTTPS_MEM_CERT, value: 0, ptr_value: texts[0]))
            unsafe options.append(
                MHD_OptionItem(option: .HTTPS_MEM_KEY, value: 0, ptr_value: texts[1]))
            unsafe options.append(
                MHD_OptionItem(
                    option: .HTTPS_PRIORITIES, value: 0,
                    ptr_value: MicrohttpdDaemon.tlsPriorities))
        }
        unsafe options.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        // SAFETY: the option array is read during the call only.
        unsafe daemon = options.withUnsafeMutableBufferPointer { items in
            unsafe withVaList([
                Int32(bitPattern: MHD_OPTION.ARRAY.rawValue),
                unsafe OpaquePointer(UnsafeMutableRawPointer(items.baseAddress) ?? context),
                Int32(bitPattern: MHD_OPTION.END.rawValue),
            ]) { list in
                unsafe MHD_start_daemon_va(
                    flags, 0, nil, nil, MicrohttpdDaemon.access, context, list)
            }
        }
        // SAFETY: no daemon was started, so nobody reads the texts.
        guard unsafe daemon != nil else {
            unsafe MicrohttpdDaemon.free(texts)
            throw .cannotStart(
                reason: pair.isEmpty
                    ? "libmicrohttpd did not start"
                    : "libmicrohttpd did not start; do the certificate and the key fit together?")
        }
    }

    // SAFETY: a comparison alone.
    deinit { precondition(unsafe daemon == nil, "stop a loop before dropping it") }

    /// Gives the loop a connection. The library owns and closes its socket from here on.
    ///
    /// - Returns: False when the library could not take it; the socket is closed.
    func add(_ peer: Socket.Peer) -> Bool {
        // SAFETY: the daemon lives until `stop`, which comes after the last call; the address is a
        // local of the length given, read during the call.
        guard let daemon = unsafe daemon else { return false }
        var peer = peer
        return unsafe withUnsafePointer(to: &peer.address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe MHD_add_connection(daemon, peer.descriptor, $0, peer.addressLength)
                    == .YES
            }
        }
    }

    /// Closes all connections and ends the thread. None may be suspended.
    func stop() {
        // SAFETY: called once; the callbacks the library still makes find the door alive.
        guard let running = unsafe daemon else { return }
        unsafe MHD_stop_daemon(running)
        unsafe daemon = nil
        unsafe MicrohttpdDaemon.free(texts)
    }

    // MARK: Options

    /// TLS 1.2 and later. A constant of the process's life, which GnuTLS reads at start.
    // SAFETY: allocated once, never written again, never freed.
    nonisolated(unsafe) private static let tlsPriorities = unsafe zeroTerminated(
        Array("NORMAL:-VERS-TLS1.0:-VERS-TLS1.1".utf8))

    private static func options(
        _ configuration: HTTPServerConfiguration, _ context: UnsafeMutableRawPointer
    ) -> [MHD_OptionItem] {
        func number(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
            // SAFETY: a number option has no pointer.
            unsafe MHD_OptionItem(option: option, value: value, ptr_value: nil)
        }
        func callback(_ option: MHD_OPTION, _ function: UnsafeRawPointer) -> MHD_OptionItem {
            // SAFETY: the library takes the function from the integer member and `cls` from the
            // pointer member.
            unsafe MHD_OptionItem(
                option: option, value: Int(bitPattern: function), ptr_value: context)
        }
        // SAFETY: each constant is a C function of the type its option asks for.
        return unsafe [
            number(.CONNECTION_LIMIT, configuration.connectionLimit),
            number(.CONNECTION_TIMEOUT, Int(configuration.idleSeconds.rounded(.up))),
            number(
                .CONNECTION_MEMORY_LIMIT, HTTPServerConfiguration.connectionMemoryBytes),
            // The library's own strictness answers a missing Host with two heads (0.9.75);
            // `HTTPRules` refuses all that it would, and more.
            number(.STRICT_FOR_CLIENT, 0),
            callback(
                .NOTIFY_COMPLETED, unsafeBitCast(completed, to: UnsafeRawPointer.self)),
            callback(
                .NOTIFY_CONNECTION, unsafeBitCast(notified, to: UnsafeRawPointer.self)),
            callback(
                .URI_LOG_CALLBACK, unsafeBitCast(targetSeen, to: UnsafeRawPointer.self)),
        ]
    }

    private static func zeroTerminated(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
        // SAFETY: one byte more than there are, all of them initialised.
        let text = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { unsafe (text + index).initialize(to: byte) }
        unsafe (text + bytes.count).initialize(to: 0)
        return unsafe text
    }

    private static func free(_ texts: [UnsafeMutablePointer<UInt8>]) {
        // SAFETY: allocated by `zeroTerminated`, and the daemon that read them is gone.
        unsafe texts.forEach { unsafe $0.deallocate() }
    }

    // MARK: Callbacks, all on the loop's thread

    private typealias Notified =
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
            MHD_ConnectionNotificationCode
        ) -> Void

    /// A connection begins or ends.
    private static let notified: Notified = { context, pointer, slot, code in
        guard let context = unsafe context, let pointer = unsafe pointer, let slot = unsafe slot
        else { return }
        // SAFETY: see the ownership rules above.
        let door = unsafe Unmanaged<HTTPDoor>.fromOpaque(context).takeUnretainedValue()
        let descriptor = unsafe MicrohttpdConnection(pointer).descriptor
        if code == .CONNECTION_NOTIFY_STARTED {
            guard let connection = door.registry.connection(descriptor) else { return }
            unsafe slot.pointee = Unmanaged.passRetained(connection).toOpaque()
        } else if let held = unsafe slot.pointee {
            unsafe slot.pointee = nil
            unsafe Unmanaged<HTTPConnection>.fromOpaque(held).takeRetainedValue().didClose()
            door.registry.remove(descriptor)
        }
    }

    private typealias TargetSeen =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
        ) -> UnsafeMutableRawPointer?

    /// The request line is there: keep the target before the library decodes it in place.
    private static let targetSeen: TargetSeen = { _, text, pointer in
        guard let text = unsafe text, let pointer = unsafe pointer,
            let connection = unsafe connection(pointer)
        else { return nil }
        // SAFETY: the text is zero-terminated; one byte more than the limit is enough to refuse it.
        let count = unsafe strnlen(text, HTTPTarget.maximumByteCount + 1)
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: text, count: count))
        connection.pendingTarget.withLock { $0 = bytes }
        connection.enter(.head)
        return nil
    }

    private typealias Access =
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafeMutablePointer<Int>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> MHD_Result

    /// The head is there (first call), a piece of body is there, or the whole request.
    private static let access: Access = {
        context, pointer, _, method, version, data, dataSize, slot in
        guard let context = unsafe context, let pointer = unsafe pointer,
            let dataSize = unsafe dataSize, let slot = unsafe slot
        else { return .NO }
        // SAFETY: see the ownership rules above.
        let door = unsafe Unmanaged<HTTPDoor>.fromOpaque(context).takeUnretainedValue()
        guard let held = unsafe slot.pointee else {
            guard let connection = unsafe connection(pointer) else { return .NO }
            let handle = unsafe MicrohttpdConnection(pointer)
            let raw = unsafe rawHead(connection, handle, method, version)
            let exchange = HTTPExchange(
                connection: connection, handle: handle, method: String(raw.method.prefix(16)),
                rawTarget: String(decoding: raw.target, as: UTF8.self))
            unsafe slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
            return perform(door.begin(exchange, raw), exchange, door)
        }
        let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(held).takeUnretainedValue()
        let byteCount = unsafe dataSize.pointee
        guard byteCount > 0, let data = unsafe data else {
            return perform(door.complete(exchange), exchange, door)
        }
        unsafe dataSize.pointee = 0
        switch door.receive(exchange, byteCount: byteCount) {
        case .keep:
            // SAFETY: the library gives `byteCount` readable bytes at `data`.
            unsafe exchange.body.append(
                contentsOf: UnsafeRawBufferPointer(start: data, count: byteCount))
            return .YES
        case .drop: return .YES
        case .cut: return .NO
        }
    }

    private static func perform(
        _ step: HTTPDoor.Step, _ exchange: HTTPExchange, _ door: HTTPDoor
    ) -> MHD_Result {
        switch step {
        case .proceed: return .YES
        case .cut: return .NO
        case .queue(let response):
            exchange.status = response.status
            exchange.connection.enter(.sending)
            let closing = exchange.mustClose || door.isDraining
            return exchange.handle.queue(response, for: exchange, closing: closing)
                ? .YES : .NO
        }
    }

    private typealias Completed =
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
            MHD_RequestTerminationCode
        ) -> Void

    /// A request is over, well or not.
    private static let completed: Completed = { context, _, slot, code in
        // SAFETY: see the ownership rules above; this takes the exchange's reference back.
        guard let context = unsafe context, let slot = unsafe slot,
            let held = unsafe slot.pointee
        else { return }
        unsafe slot.pointee = nil
        let door = unsafe Unmanaged<HTTPDoor>.fromOpaque(context).takeUnretainedValue()
        let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(held).takeRetainedValue()
        door.end(exchange, completed: code == .REQUEST_TERMINATED_COMPLETED_OK)
    }

    private static func connection(_ pointer: OpaquePointer) -> HTTPConnection? {
        // SAFETY: the context is the reference stored at the start notice.
        unsafe MicrohttpdConnection(pointer).context.map {
            unsafe Unmanaged<HTTPConnection>.fromOpaque($0).takeUnretainedValue()
        }
    }

    private static func rawHead(
        _ connection: HTTPConnection, _ handle: MicrohttpdConnection,
        _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?
    ) -> HTTPRules.RawHead {
        let target = connection.pendingTarget.withLock { pending in
            defer { pending = [] }
            return pending
        }
        let (headers, fieldByteCount) = handle.headers()
        // SAFETY: both texts are zero-terminated and live during the callback.
        let methodByteCount = unsafe method.map { unsafe strlen($0) } ?? 0
        let versionByteCount = unsafe version.map { unsafe strlen($0) } ?? 0
        // Two spaces, the request line's CR LF, and the empty line's.
        let lineByteCount = methodByteCount + target.count + versionByteCount + 6
        return HTTPRules.RawHead(
            method: unsafe method.map { unsafe String(cString: $0) } ?? "",
            version: unsafe version.map { unsafe String(cString: $0) } ?? "", target: target,
            headers: headers, headByteCount: handle.headByteCount,
            accountedByteCount: fieldByteCount.map { $0 + lineByteCount },
            peerAddress: connection.peerAddress)
    }
}
