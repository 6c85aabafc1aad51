import Segments

extension Configuration {
    /// The configuration from all its sources.
    ///
    /// - Parameters:
    ///   - file: The text of `daybook.toml`, if there is one.
    ///   - environment: The process's variables; those named `DAYBOOK_…` must be known.
    ///   - flags: `key=value` pairs from the command line, in order.
    /// - Throws: `ServerError.configuration` that names the key, what was expected, and the nearest
    ///   key that exists.
    public init(
        file: String?, environment: [String: String], flags: [(key: String, value: String)]
    ) throws(ServerError) {
        self.init()
        if let file {
            for entry in try ConfigurationFile.entries(in: file) {
                try set(entry.key, to: entry.text, source: " (daybook.toml, line \(entry.line))")
            }
        }
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("DAYBOOK_") && !Self.otherVariables.contains(name)
            && !name.hasPrefix(SourceSecrets.variablePrefix)
        {
            guard let setting = Setting.all.first(where: { $0.environmentName == name }) else {
                throw .configuration(
                    key: name, reason: "there is no such setting",
                    hint: Spelling.nearest(to: name, among: Setting.all.map(\.environmentName)))
            }
            try set(setting.key, to: value, source: " (\(name))")
        }
        for flag in flags { try set(flag.key, to: flag.value, source: " (--\(flag.key))") }
        try validate()
    }

    /// Variables that concern the start script, the tests or the client, not the server.
    private static let otherVariables: Set<String> = [
        "DAYBOOK_CONFIG", "DAYBOOK_SWIFT", "DAYBOOK_GOLDEN", "DAYBOOK_VERIFY", "DAYBOOK_URL",
        "DAYBOOK_HOME", "DAYBOOK_BUILD", "DAYBOOK_SEED",
    ]

    private mutating func set(
        _ key: String, to text: String, source: String
    ) throws(ServerError) {
        guard let setting = Setting.all.first(where: { $0.key == key }) else {
            throw .configuration(
                key: key + source, reason: "there is no such setting",
                hint: Spelling.nearest(to: key, among: Setting.all.map(\.key)))
        }
        do throws(SettingError) {
            try setting.apply(&self, text)
        } catch {
            throw .configuration(
                key: key + source, reason: "'\(text)' is not \(error.expected)", hint: nil)
        }
    }

    private func validate() throws(ServerError) {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw .configuration(
                key: "server.tls_certificate",
                reason: "a certificate and its key are set together or not at all", hint: nil)
        }
        guard ["127.0.0.1", "::1", "localhost"].contains(address) else {
            throw .configuration(
                key: "server.address",
                reason: "'\(address)' is not a loopback address, and without tokens anybody on the "
                    + "network could read and write",
                hint: "listen on 127.0.0.1 and put an authenticating proxy in front")
        }
    }
}
