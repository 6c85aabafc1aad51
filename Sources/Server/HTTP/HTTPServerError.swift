import Segments

/// Why the HTTP door could not open.
public enum HTTPServerError: Error, Equatable, Sendable {
    /// Not an IPv4 or IPv6 address.
    case badAddress(String)
    /// `bind` or `listen` failed: in use, not permitted, not ours.
    case cannotListen(address: String, port: UInt16, errno: Int32)
    /// Another call of the operating system failed.
    case system(call: String, errno: Int32)
    /// The library refused to start: most often the certificate and key do not fit together.
    case cannotStart(reason: String)
    /// A server starts once.
    case alreadyStarted
}

extension HTTPServerError: CustomStringConvertible {
    /// One sentence for the person who starts the server.
    public var description: String {
        switch self {
        case .badAddress(let address): "'\(address)' is no IPv4 or IPv6 address"
        case .cannotListen(let address, let port, let errno):
            "cannot listen on \(address), port \(port): \(SystemError.text(errno))"
        case .system(let call, let errno): "\(call) failed: \(SystemError.text(errno))"
        case .cannotStart(let reason): reason
        case .alreadyStarted: "a server starts once"
        }
    }
}
