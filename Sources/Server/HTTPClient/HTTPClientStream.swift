/// The client's end of a connection: sends, and reads lines and counted bytes through a buffer.
final class HTTPClientStream {
    /// Bytes asked of the kernel at a time.
    private static let receiveByteCount = 64 << 10

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var offset = 0
    /// Bytes received since the last request: 0 tells a stale connection from a broken answer.
    private(set) var receivedByteCount = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { Socket.close(descriptor) }

    /// Sends all bytes and begins a new exchange.
    func send(_ bytes: [UInt8]) throws(HTTPClientError) {
        receivedByteCount = 0
        do {
            try Socket.send(descriptor, bytes)
        } catch {
            throw error.isTimeout ? .timedOut : .connectionClosed(receivedByteCount: 0)
        }
    }

    /// Receives more; false at the end of the stream.
    private func fill() throws(HTTPClientError) -> Bool {
        let bytes: [UInt8]
        do {
            bytes = try Socket.receive(descriptor, limit: HTTPClientStream.receiveByteCount)
        } catch {
            throw error.isTimeout
                ? .timedOut : .connectionClosed(receivedByteCount: receivedByteCount)
        }
        receivedByteCount += bytes.count
        if offset == buffer.count {
            buffer = bytes
            offset = 0
        } else {
            buffer.append(contentsOf: bytes)
        }
        return !bytes.isEmpty
    }

    /// The next line without its CR LF. A bare LF or CR is an error, and so is a line over `limit`.
    func line(limit: Int) throws(HTTPClientError) -> String {
        var scanned = offset
        while true {
            while scanned < buffer.count {
                let byte = buffer[scanned]
                scanned += 1
                guard byte == UInt8(ascii: "\n") else { continue }
                let end = scanned - 2
                guard end >= offset, buffer[end] == UInt8(ascii: "\r"),
                    let text = String(validating: buffer[offset..<end], as: UTF8.self),
                    !text.utf8.contains(UInt8(ascii: "\r"))
                else { throw .malformedAnswer(reason: "a line does not end with CR LF") }
                offset = scanned
                return text
            }
            guard scanned - offset <= limit else {
                throw .malformedAnswer(reason: "a line is longer than \(limit) bytes")
            }
            let before = offset
            guard try fill() else { throw .connectionClosed(receivedByteCount: receivedByteCount) }
            scanned -= before - offset
        }
    }

    /// Up to `limit` bytes, at least one; empty at the end of the stream.
    func bytes(limit: Int) throws(HTTPClientError) -> ArraySlice<UInt8> {
        if offset == buffer.count {
            guard try fill() else { return [] }
        }
        let end = min(buffer.count, offset + limit)
        defer { offset = end }
        return buffer[offset..<end]
    }
}
