import Segments
import Testing

@testable import Server

@Suite struct CommandTests {
    @Test("Every command has a summary, options and examples that its own parser takes")
    func examples() throws {
        #expect(Set(Program.commands.map(\.name)).count == Program.commands.count)
        for command in Program.commands {
            #expect(!command.summary.isEmpty && command.help.contains("daybook \(command.name)"))
            guard command.page == nil else { continue }
            #expect(!command.examples.isEmpty, "\(command.name) has no example")
            for example in command.examples {
                #expect(example.contains("daybook \(command.name)"))
                let line = example.prefix { $0 != "#" && $0 != "<" && $0 != ">" }
                // Words between quotes are one word.
                let pieces = line.split { $0 == "'" || $0 == "\"" }
                let words = pieces.enumerated().flatMap { index, piece in
                    index % 2 == 1 ? [String(piece)] : piece.split(separator: " ").map(String.init)
                }
                guard let start = words.lastIndex(of: "daybook") else { continue }
                let rest = Array(words[(start + 2)...])
                #expect(throws: Never.self, "\(example)") {
                    _ = try Arguments(rest, options: command.options)
                }
            }
        }
    }

    @Test("Words are sorted into options with their values and operands, in all written forms")
    func parsing() throws {
        let options = [
            CommandOption("url", "URL", ""), CommandOption("c", "SQL", ""),
            CommandOption("quiet", nil, ""), CommandOption("rows", "N", ""),
        ]
        let arguments = try Arguments(
            ["one", "--url=http://h", "-c", "SELECT 1", "--quiet", "-", "-c", "-2", "--", "--x"],
            options: options)
        #expect(arguments.operands == ["one", "-", "--x"])
        #expect(arguments.value("url") == "http://h")
        #expect(arguments.all("c") == ["SELECT 1", "-2"])
        #expect(arguments.has("quiet") && !arguments.has("rows"))
        #expect(try arguments.integer("rows", default: 7, in: 1...9) == 7)
    }

    @Test(
        "A command line that makes no sense is a usage error that names the word",
        arguments: [
            (["--urll", "x"], "did you mean --url"), (["--url"], "needs a value"),
            (["--quiet=1"], "takes no value"), (["--rows", "ten"], "a whole number from 1 to 9"),
            (["--rows", "10"], "a whole number from 1 to 9"),
        ])
    func usageErrors(words: [String], message: String) {
        #expect {
            let arguments = try Arguments(
                words,
                options: [
                    CommandOption("url", "URL", ""), CommandOption("quiet", nil, ""),
                    CommandOption("rows", "N", ""),
                ])
            _ = try arguments.integer("rows", default: 1, in: 1...9)
        } throws: { error in
            guard let error = error as? CommandError else { return false }
            return error.exitCode == .usage && error.message.contains(message)
        }
    }

    @Test("Exit codes: 0 for help, 2 for what makes no sense, 3 where nobody answers")
    func exitCodes() {
        #expect(Program.run(["help"]) == 0)
        #expect(Program.run(["help", "ingest"]) == 0)
        #expect(Program.run(["sql", "--help"]) == 0)
        #expect(Program.run(["generate", "--help"]) == 0)
        #expect(Program.run(["version"]) == 0)
        #expect(Program.run([]) == 2)
        #expect(Program.run(["ingset"]) == 2)
        #expect(Program.run(["ingest"]) == 2)
        #expect(Program.run(["sql", "--format", "xml", "-c", "SELECT 1"]) == 2)
        #expect(Program.run(["demo", "--rows", "1"]) == 2)
        // Port 1 of the loopback belongs to nobody on a machine that runs tests.
        #expect(Program.run(["sql", "--url", "http://127.0.0.1:1", "-c", "SELECT 1"]) == 3)
    }

    @Test("A slip in a command's name leads to the right one")
    func nearest() {
        let names = Program.commands.map(\.name)
        #expect(Spelling.nearest(to: "ingset", among: names) == "ingest")
        #expect(Spelling.nearest(to: "lookpu", among: names) == "lookup")
        #expect(Spelling.nearest(to: "xyzzy", among: names) == nil)
    }

    @Test("A server's address is read in all its forms")
    func serverURL() throws {
        #expect(try ServerURL("http://127.0.0.1:8420") == .standard)
        #expect(try ServerURL("http://127.0.0.1:8420/") == .standard)
        #expect(try ServerURL("http://[::1]:9") == ServerURL(host: "::1", port: 9))
        #expect(try ServerURL("http://host") == ServerURL(host: "host", port: 80))
        #expect(try ServerURL("http://[::1]:9").description == "http://[::1]:9")
        for wrong in [
            "127.0.0.1:8420", "https://h:1", "http://", "http://h:0", "http://h:99999",
            "http://h:1/path", "http://[::1", "ftp://h", "",
        ] {
            #expect(throws: CommandError.self, "\(wrong)") { _ = try ServerURL(wrong) }
        }
    }

    @Test("A refusal shows what, where and what to do; a refused row has its own exit code")
    func problems() {
        var details = ProblemDetails(
            status: 400, code: "unknown_column", title: "Unknown column", detail: "no such column")
        details.excerpt = "SELECT x\n       ^"
        details.hint = "did you mean y?"
        let problem = ServerProblem(status: 400, body: details.json())
        #expect(
            problem.text
                == "no such column\nSELECT x\n       ^\nhint: did you mean y?\n(unknown_column)")
        #expect(problem.commandError.exitCode == .failure && !problem.isBusy)
        details.code = "rows_rejected"
        let refused = ServerProblem(status: 422, body: details.json())
        #expect(refused.commandError.exitCode == .rejectedRows)
        let busy = ServerProblem(status: 429, body: [], retryAfter: "2")
        #expect(busy.isBusy && busy.retryAfterSeconds == 2)
        let other = ServerProblem(status: 502, body: Array("<html>".utf8))
        #expect(other.text == "HTTP status 502: <html>")
    }

    @Test("The environment is a block of texts; the first of equal names counts")
    func environment() throws {
        let environment = Environment(block: Array("A=1\0B=x=y\0A=2\0broken\0C=\0".utf8))
        #expect(environment.variables == ["A": "1", "B": "x=y", "C": ""])
        #expect(try Environment.current()["PATH"] != nil)
    }

    @Test("Every setting can be shown and read back")
    func settings() throws {
        var changed = Configuration()
        changed.sealAgeSeconds = 90
        changed.queryMemoryByteCount = 3 << 30
        changed.mapsFiles = false
        changed.allowedHosts = ["a", "b"]
        for configuration in [Configuration(), changed] {
            let flags = Setting.all.map { (key: $0.key, value: $0.text(configuration)) }
            let read = try Configuration(file: nil, environment: [:], flags: flags)
            #expect(read == configuration)
        }
        let age = Setting.all.first { $0.key == "ingest.seal_age" }
        #expect(age?.text(changed) == "90s" && age?.text(Configuration()) == "1m")
    }
}
