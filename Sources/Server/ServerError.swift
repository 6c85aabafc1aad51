/// Why the process could not start or has to stop.
public enum ServerError: Error, Equatable, Sendable {
    /// A setting has no meaning here; `hint` names the nearest one that has.
    case configuration(key: String, reason: String, hint: String?)
    /// The data directory cannot be used; the text says why and what to do.
    case cannotOpen(String)
    /// The system refused a file call, or another process holds the data directory.
    case refused(String)
    /// The door could not be opened.
    case cannotListen(String)
}

extension ServerError: CustomStringConvertible {
    /// What to print.
    public var description: String {
        switch self {
        case .configuration(let key, let reason, let hint):
            "\(key): \(reason)" + (hint.map { " (nearest: \($0))" } ?? "")
        case .cannotOpen(let reason), .refused(let reason): reason
        case .cannotListen(let reason): reason
        }
    }
}
