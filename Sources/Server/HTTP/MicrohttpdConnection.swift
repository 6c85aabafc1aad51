import CMicrohttpd

/// The library's connection, as a value: what may be asked and done, and from where.
@safe struct MicrohttpdConnection: @unchecked Sendable {
    // SAFETY: the pointer is used by the loop thread within callbacks, and by other threads only
    // while the connection is suspended, when the library neither touches nor frees it.
    private let pointer: OpaquePointer

    // SAFETY: the callers have it from a callback of the library, where it is live.
    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// The socket's number, or -1. Only from a callback.
    // SAFETY: the connection is live within its callbacks; so for the next three.
    var descriptor: Int32 { unsafe daybook_connection_socket(pointer) }

    /// The object stored for the connection when it began. Only from a callback.
    var context: UnsafeMutableRawPointer? { unsafe daybook_connection_context(pointer) }

    /// Bytes of the request's head. Only from the access handler.
    var headByteCount: Int { unsafe daybook_request_head_size(pointer) }

    /// Takes the connection out of its loop. Only from the access handler or a content reader.
    func suspend() {
        // SAFETY: the callers are those two callbacks, as the library demands.
        unsafe MHD_suspend_connection(pointer)
    }

    /// Gives a suspended connection back to its loop. From any thread, once per `suspend`.
    func resume() {
        // SAFETY: the caller holds the lock under which the connection was suspended.
        unsafe MHD_resume_connection(pointer)
    }

    /// What the fields' callback collects.
    private struct Fields {
        var headers = HTTPHeaders()
        /// Bytes of the field lines as they stood in the head; nil when a value does not follow
        /// its name in memory, as after a folded line.
        var byteCount: Int? = 0

        mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
            // SAFETY: the caller gives live buffers of the library's lengths; both are copied.
            unsafe headers.add(
                String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            let nameStart = Int(bitPattern: name.baseAddress)
            let valueStart = Int(bitPattern: value.baseAddress)
            // The colon and the white space after it.
            let gap = valueStart - nameStart - name.count
            let isInPlace = gap >= 1 && gap <= HTTPServerConfiguration.headByteLimit
            byteCount = isInPlace ? byteCount.map { $0 + name.count + gap + value.count + 2 } : nil
        }
    }

    /// The header fields of the request, and the bytes of their lines. Only from the access
    /// handler.
    func headers() -> (HTTPHeaders, byteCount: Int?) {
        var fields = Fields()
        // SAFETY: the callback runs only during this call, with the address of a local; names and
        // values are copied from the lengths the library gives.
        unsafe withUnsafeMutablePointer(to: &fields) { target in
            _ = unsafe MHD_get_connection_values_n(
                pointer, MHD_ValueKind.HEADER_KIND,
                { context, _, name, nameSize, value, valueSize in
                    guard let context = unsafe context else { return .NO }
                    unsafe context.assumingMemoryBound(to: Fields.self).pointee.add(
                        UnsafeRawBufferPointer(start: name, count: nameSize),
                        UnsafeRawBufferPointer(start: value, count: valueSize))
                    return .YES
                }, target)
        }
        return (fields.headers, fields.byteCount)
    }

    /// Queues an answer. Only from the access handler.
    ///
    /// - Returns: Whether the library took it.
    func queue(_ response: HTTPResponse, for exchange: HTTPExchange, closing: Bool) -> Bool {
        // SAFETY: the response is created here; queueing takes a reference of its own, and ours is
        // given back on every way out.
        guard let made = unsafe MicrohttpdResponse.make(response.body, exchange) else {
            return false
        }
        defer { unsafe MHD_destroy_response(made) }
        for field in response.headers.fields where !MicrohttpdResponse.isManaged(field.name) {
            guard unsafe MHD_add_response_header(made, field.name, field.value) == .YES else {
                return false
            }
        }
        if closing { unsafe _ = MHD_add_response_header(made, "Connection", "close") }
        return unsafe MHD_queue_response(pointer, UInt32(response.status), made) == .YES
    }
}
