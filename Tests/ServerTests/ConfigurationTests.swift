import Server
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    private func load(
        _ file: String? = nil, _ environment: [String: String] = [:],
        _ flags: [(key: String, value: String)] = []
    ) throws(ServerError) -> Configuration {
        try Configuration(file: file, environment: environment, flags: flags)
    }

    @Test("Nothing set gives the defaults that protect")
    func defaults() throws {
        let settings = try load()
        #expect(settings == Configuration())
        #expect(settings.address == "127.0.0.1")
    }

    @Test("Flags win over the environment, and the environment over the file")
    func precedence() throws {
        let file = "[server]\nport = 1 # first\n[query]\ntimeout = \"5s\"\nmemory = \"64MiB\"\n"
        let settings = try load(
            file, ["DAYBOOK_SERVER_PORT": "2", "DAYBOOK_QUERY_TIMEOUT": "2m"],
            [(key: "server.port", value: "3")])
        #expect(settings.port == 3)
        #expect(settings.queryTimeoutSeconds == 120)
        #expect(settings.queryMemoryByteCount == 64 << 20)
    }

    @Test("Every setting can be set by its key and by its variable")
    func everySetting() throws {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        for setting in Setting.all {
            #expect(setting.environmentName.hasPrefix("DAYBOOK_"))
            #expect(throws: Never.self) {
                // Every kind refuses some text, or takes any; none traps.
                _ = try? load(nil, [setting.environmentName: "\u{1}?"])
            }
        }
    }

    static let refused: [(file: String, names: String)] = [
        ("port = 1", "port"),
        ("[server]\nprot = 1", "server.port"),
        ("[server]\nport = 70000", "65535"),
        ("[server]\nport = -1", "line 2"),
        ("[server]\nport = \"x\"", "whole number"),
        ("[server]\nport", "line 2"),
        ("[server\nport = 1", "line 1"),
        ("[server]\naddress = \"0.0.0.0\"", "loopback"),
        ("[server]\ntls_key = \"k.pem\"", "together"),
        ("[query]\ntimeout = \"9h\"", "query.timeout"),
        ("[query]\nmemory = \"1TB\"", "256MiB"),
        ("[storage]\nread_mode = \"mmap\"", "mapped, pread"),
        ("[storage]\ndirectory = \"a", "closing quote"),
        ("[storage]\ndirectory = \"a\\n\"", "backslash"),
        ("[storage]\ndirectory = \"a\" b", "closing quote"),
        ("[log]\nlevel = \"loud\"", "debug, error, info, warning"),
        ("[ingest]\nseal_rows = 99999999999999999999", "whole number"),
    ]

    @Test(
        "A setting that means nothing is refused, with its place and the way out",
        arguments: refused)
    func refusals(file: String, names: String) {
        do throws(ServerError) {
            _ = try load(file)
            Issue.record("accepted: \(file)")
        } catch {
            let message = "\(error)"
            #expect(message.contains(names), "\(message)")
        }
    }

    @Test("An unknown variable is refused and the nearest one named")
    func unknownVariable() {
        #expect(
            throws: ServerError.configuration(
                key: "DAYBOOK_SERVER_PROT", reason: "there is no such setting",
                hint: "DAYBOOK_SERVER_PORT")
        ) { try load(nil, ["DAYBOOK_SERVER_PROT": "1"]) }
    }
}
