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
