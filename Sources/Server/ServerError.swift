/// Why the process could not start or has to stop.
public enum ServerError: Error, Equatable, Sendable {
    /// A setting has no meaning here; `hint` names the nearest one that has.
    case configuration(key: String, reason: String, hint: String?)
}
