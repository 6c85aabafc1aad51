/// Why nothing, or not everything, was generated.
public enum GeneratorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An option has a value it cannot have.
    case option(String, found: String, expected: String)
    /// An option ends the command line without its value.
    case missingValue(option: String)
    /// There is no such option; `hint` names the nearest one there is.
    case unknownOption(String, hint: String?)
    /// The operating system refused a file; `code` is its errno.
    case file(path: String, operation: String, code: Int32)

    /// One line for the operator: what, what was found, what was expected.
    public var description: String {
        switch self {
        case .option(let name, let found, let expected):
            "\(name): found '\(found)', expected \(expected)"
        case .missingValue(let option):
            "\(option): expected a value after it"
        case .unknownOption(let name, let hint):
            "\(name): there is no such option" + (hint.map { "; did you mean \($0)?" } ?? "")
        case .file(let path, let operation, let code):
            "cannot \(operation) \(path): \(SystemError.text(code))"
        }
    }
}
