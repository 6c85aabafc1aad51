import Ingest

/// Passwords and key files of sources: from variables named for it and from one directory, so that
/// no statement can carry a secret, read a file, or make the server send one elsewhere.
struct SourceSecrets: SecretStore {
    /// `sources.secrets`; `nil` where no files may be used.
    let directory: String?
    /// Reads one of the process's variables.
    let variable: @Sendable (String) -> String?

    /// Only variables that begin so are ever read for a source.
    static let variablePrefix = "DAYBOOK_SECRET_"
    private static let maximumByteCount = 64 << 10

    func secret(_ reference: String, option: String) throws(SourceError) -> String {
        if let name = reference.removing(prefix: "env:") {
            guard name.hasPrefix(Self.variablePrefix) else {
                throw .option(
                    option, reason: "variables of secrets begin with \(Self.variablePrefix)")
            }
            guard let value = variable(name) else {
                throw .option(option, reason: "the server has no variable \(name)")
            }
            return value
        }
        guard let name = reference.removing(prefix: "file:") else {
            throw .option(
                option,
                reason: "secrets are not written here; name one: 'env:\(Self.variablePrefix)X' or "
                    + "'file:NAME' of the directory sources.secrets")
        }
        let path = try path(name, option: option)
        do throws(CommandError) {
            let bytes = try InputFile.contents(of: path, limit: Self.maximumByteCount)
            var text = String(decoding: bytes, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return text
        } catch {
            throw .option(option, reason: "the file '\(name)' of sources.secrets cannot be read")
        }
    }

    func path(_ name: String, option: String) throws(SourceError) -> String {
        guard let directory else {
            throw .option(option, reason: "the server has no setting sources.secrets")
        }
        guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")),
            !name.utf8.contains(0)
        else {
            throw .option(option, reason: "it is the name of a file directly in sources.secrets")
        }
        return directory + "/" + name
    }
}

extension String {
    /// The text behind `prefix`; `nil` where it does not begin so, or nothing follows it.
    fileprivate func removing(prefix: String) -> String? {
        guard hasPrefix(prefix), count > prefix.count else { return nil }
        return String(dropFirst(prefix.count))
    }
}
