import CMicrohttpd
import Synchronization

/// Makes the library's responses from ours.
enum MicrohttpdResponse {
    /// The library's marks of a content reader and of an unknown size (macros with casts).
    private static let endOfStream = -1
    private static let endWithError = -2
    private static let unknownSize = UInt64.max
    /// Bytes asked of a content reader at a time.
    private static let blockByteCount = 32 << 10

    /// Header fields that are the door's business.
    static func isManaged(_ name: String) -> Bool {
        ["Content-Length", "Transfer-Encoding", "Connection", "Date"].contains {
            HTTPHeaders.equal($0, name)
        }
    }

    /// A response with the body and no headers, owned by the caller; nil when memory is short.
    static func make(_ body: HTTPResponse.Body, _ exchange: HTTPExchange) -> OpaquePointer? {
        switch body {
        case .none:
            // SAFETY: an empty body needs no buffer.
            return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(let bytes) where bytes.count <= HTTPServerConfiguration.copiedBodyByteCount:
            exchange.sentByteCount.store(bytes.count, ordering: .relaxed)
            // SAFETY: the library copies the bytes before it returns and does not write to them.
            return unsafe bytes.withUnsafeBytes { buffer in
                unsafe MHD_create_response_from_buffer(
                    buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress),
                    .RESPMEM_MUST_COPY)
            }
        case .bytes(let bytes):
            let source = BytesSource(bytes, exchange)
            return unsafe make(size: UInt64(bytes.count), source)
        case .stream:
            let source = StreamSource(exchange)
            let response = unsafe make(size: unknownSize, source)
            unsafe source.response = response
            // A HEAD request's stream has no pipe and is never read.
            if exchange.pipe == nil, let response = unsafe response {
                unsafe _ = daybook_response_ends_connection(response)
            }
            return unsafe response
        }
    }

    /// A response read from `source`, which it keeps until it is destroyed.
    private static func make(size: UInt64, _ source: Source) -> OpaquePointer? {
        // SAFETY: the retained reference is taken back by the free callback, which the library
        // calls exactly once when the response is destroyed; if there is none, it is released here.
        let retained = unsafe Unmanaged.passRetained(source)
        let response = unsafe MHD_create_response_from_callback(
            size, blockByteCount,
            { context, position, target, limit in
                guard let context = unsafe context, let target = unsafe target else {
                    return MicrohttpdResponse.endWithError
                }
                let source = unsafe Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
                return unsafe source.read(
                    position, UnsafeMutableRawBufferPointer(start: target, count: limit))
            }, retained.toOpaque(),
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Source>.fromOpaque(context).release()
            })
        if unsafe response == nil { unsafe retained.release() }
        return unsafe response
    }

    /// Gives a body piece by piece. Read by the connection's loop alone.
    private class Source {
        let exchange: HTTPExchange

        init(_ exchange: HTTPExchange) { self.exchange = exchange }

        /// Fills `target`, or says why not.
        func read(_ position: UInt64, _ target: UnsafeMutableRawBufferPointer) -> Int {
            MicrohttpdResponse.endWithError
        }

        /// Copies `bytes`, which fit, and notes the progress.
        final func copy(_ bytes: ArraySlice<UInt8>, to target: UnsafeMutableRawBufferPointer) -> Int
        {
            // SAFETY: the callers cut `bytes` to `target.count`.
            unsafe target.copyBytes(from: bytes)
            exchange.connection.enter(.sending)
            exchange.sentByteCount.add(bytes.count, ordering: .relaxed)
            return bytes.count
        }
    }

    /// A large body that is ready.
    private final class BytesSource: Source {
        private let bytes: [UInt8]

        init(_ bytes: [UInt8], _ exchange: HTTPExchange) {
            self.bytes = bytes
            super.init(exchange)
        }

        override func read(_ position: UInt64, _ target: UnsafeMutableRawBufferPointer) -> Int {
            guard position < UInt64(bytes.count) else { return MicrohttpdResponse.endOfStream }
            let start = Int(position)
            let end = min(bytes.count, start + target.count)
            // SAFETY: `target` is the library's buffer, live during the call, and not overrun.
            return unsafe copy(bytes[start..<end], to: target)
        }
    }

    /// A body a worker is writing.
    @safe private final class StreamSource: Source {
        /// The response this is the source of, for the trailers; it outlives its source.
        var response: OpaquePointer?

        override func read(_ position: UInt64, _ target: UnsafeMutableRawBufferPointer) -> Int {
            guard let pipe = exchange.pipe else { return MicrohttpdResponse.endWithError }
            let taken = pipe.take(limit: target.count) {
                exchange.connection.enter(.working)
                exchange.handle.suspend()
            }
            switch taken {
            case .bytes(let bytes):
                // SAFETY: the pipe gave at most `target.count` bytes; `target` lives for the call.
                return unsafe copy(bytes, to: target)
            case .parked:
                return 0
            case .broken:
                return MicrohttpdResponse.endWithError
            case .finished(let trailers):
                exchange.connection.enter(.sending)
                return addTrailers(trailers)
                    ? MicrohttpdResponse.endOfStream
                    : MicrohttpdResponse.endWithError
            }
        }

        /// Adds the trailer fields: the library writes them after this reader's last word, on this
        /// thread, from the response as it is then.
        private func addTrailers(_ trailers: HTTPHeaders) -> Bool {
            // SAFETY: the response is live while its reader is called; names and values are copied.
            guard let response = unsafe response else { return trailers.count == 0 }
            for field in trailers.fields {
                guard
                    unsafe MHD_add_response_footer(response, field.name, field.value) == .YES
                else { return false }
            }
            return true
        }
    }
}
