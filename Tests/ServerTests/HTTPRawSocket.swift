import Glibc

/// A bare TCP connection for tests that must send what no client would.
final class RawSocket {
    private let descriptor: Int32

    /// Connects to a loopback port.
    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // SAFETY: the address is a local of the size given.
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(code == 0, "no connection to the test server")
        var time = timeval(tv_sec: 10, tv_usec: 0)
        // SAFETY: the option's value is a local of the size given.
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends text; false when the server has closed.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends bytes; false when the server has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            // SAFETY: `sent < bytes.count`, so pointer and length stay inside the array.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Ends our sending direction.
    func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Receives up to `limit` bytes; empty at the end of the stream, or on an error.
    func receive(limit: Int = 65536) -> [UInt8] {
        // SAFETY: the kernel writes at most the capacity.
        unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// Everything until the server closes.
    func receiveAll() -> String {
        var all: [UInt8] = []
        while true {
            let bytes = receive()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all.append(contentsOf: bytes)
        }
    }

    /// Receives until the text has come, or the end.
    func receive(until mark: String) -> String {
        var all = ""
        while !all.contains(mark) {
            let bytes = receive()
            if bytes.isEmpty { return all }
            all += String(decoding: bytes, as: UTF8.self)
        }
        return all
    }
}
