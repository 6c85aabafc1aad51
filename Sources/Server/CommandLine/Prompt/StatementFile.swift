import Glibc
import Segments

/// A statement in a person's editor: a file of its own, an editor's process, what it left.
enum StatementFile {
    /// The longest statement read back.
    private static let byteLimit = 1 << 20

    /// Lets a person change `text`.
    ///
    /// - Parameter editor: A command with its options, such as `vim -u NONE`.
    static func edit(_ text: String, with editor: String) throws(CommandError) -> String {
        let directory = try WorkDirectory(kept: nil, name: "sql")
        defer { directory.remove() }
        try directory.write(text + "\n", to: "statement.sql")
        let path = directory.path + "/statement.sql"
        // The shell takes the command's words apart, as for git or psql.
        let child = try ChildProcess(
            program: "/bin/sh", arguments: ["-c", "\(editor) \"$1\"", "sh", path],
            environment: try Environment.current().variables.map { "\($0.key)=\($0.value)" })
        guard child.waitForEnd() == .exit(code: 0) else {
            throw CommandError("'\(editor)' ended with an error; nothing is run")
        }
        let bytes = try InputFile.contents(of: path, limit: byteLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("the statement is not UTF-8")
        }
        return text
    }
}
