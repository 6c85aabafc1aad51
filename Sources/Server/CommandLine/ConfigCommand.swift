import Ingest
import Segments

/// `daybook config`: what `serve` would be set to here, and where each value comes from.
enum ConfigCommand {
    static let command = Command(
        name: "config", summary: "Print the effective settings and where they come from",
        usage: "[options]",
        options: [
            CommandOption("check", nil, "print nothing; the exit code says whether they are right"),
            CommandOption("config", "FILE", "the file (default: $DAYBOOK_CONFIG, or daybook.toml)"),
            CommandOption("help-settings", nil, "every setting with its meaning"),
            OutputFormat.option,
        ] + Setting.options,
        examples: [
            "daybook config", "daybook config --check --config /etc/daybook.toml",
            "DAYBOOK_SERVER_PORT=9000 daybook config", "daybook config --server.port=9000",
        ]
    ) { arguments throws(CommandError) in try run(arguments) }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard arguments.operands.isEmpty else { throw .usage("config takes no words") }
        let format = try OutputFormat(arguments)
        let sources = try ConfigurationSources(arguments)
        let configuration = try sources.configuration()
        if arguments.has("check") { return .success }
        var printer = RowPrinter(format, showsTypes: false)
        if arguments.has("help-settings") {
            printer.begin(names: ["setting", "variable", "meaning"], types: ["", "", ""])
            for setting in Setting.all {
                printer.append([
                    .string(.init(setting.key)), .string(.init(setting.environmentName)),
                    .string(.init(setting.help)),
                ])
            }
        } else {
            printer.begin(names: ["setting", "value", "from"], types: ["", "", ""])
            for setting in Setting.all {
                printer.append([
                    .string(.init(setting.key)), .string(.init(setting.text(configuration))),
                    .string(.init(sources.source(of: setting))),
                ])
            }
        }
        printer.end()
        return .success
    }
}

/// The three sources of settings, read but not yet judged.
struct ConfigurationSources {
    /// Where the file's text came from; `nil` where there is none.
    let path: String?
    private let file: String?
    private let environment: Environment
    private let flags: [(key: String, value: String)]

    /// A file of settings is a page, not a book.
    private static let fileByteLimit = 1 << 20
    private static let standardPath = "daybook.toml"

    /// Reads the sources. A file that is named must be there; the standard one need not.
    ///
    /// - Parameter arguments: May have `--config` and one option for each setting.
    init(_ arguments: Arguments) throws(CommandError) {
        environment = try Environment.current()
        flags = Setting.all.compactMap { setting in
            arguments.value(setting.key).map { (setting.key, $0) }
        }
        let named = arguments.value("config") ?? environment["DAYBOOK_CONFIG"]
        guard let found = named ?? (InputFile.exists(Self.standardPath) ? Self.standardPath : nil)
        else {
            path = nil
            file = nil
            return
        }
        let bytes = try InputFile.contents(of: found, limit: Self.fileByteLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .usage("\(found) is not UTF-8")
        }
        path = found
        file = text
    }

    /// The settings; a wrong one is a usage error that names it.
    func configuration() throws(CommandError) -> Configuration {
        do throws(ServerError) {
            return try Configuration(
                file: file, environment: environment.variables, flags: flags)
        } catch {
            throw error.commandError
        }
    }

    /// `flag`, the variable's name, the file with its line, or `default`.
    func source(of setting: Setting) -> String {
        if flags.contains(where: { $0.key == setting.key }) { return "flag" }
        if environment[setting.environmentName] != nil { return setting.environmentName }
        let entries = file.flatMap { try? ConfigurationFile.entries(in: $0) } ?? []
        if let entry = entries.last(where: { $0.key == setting.key }) {
            return "\(path ?? ""), line \(entry.line)"
        }
        return "default"
    }
}

extension Setting {
    /// One option for each setting, for commands that start a server.
    static let options = all.map { CommandOption($0.key, "VALUE", $0.help) }
}

extension ServerError {
    /// As the end of a command.
    var commandError: CommandError {
        if case .configuration(let key, let reason, let hint) = self {
            return .usage("\(key): \(reason)" + (hint.map { "; did you mean '\($0)'?" } ?? ""))
        }
        return CommandError("\(self)", .system)
    }
}
