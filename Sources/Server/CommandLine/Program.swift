import Segments

/// The command line: finds the command, prints its help, and turns errors into exit codes.
public enum Program {
    /// The version of the program.
    public static let version = "0.1.0"

    /// Every command, in the order of the help.
    static let commands: [Command] = [
        ServeCommand.command, SQLCommand.command, LocalCommand.command,
        IngestCommand.command,
        LookupCommand.command, TableCommand.command, SegmentsCommand.command,
        SourceCommand.command, CompactCommand.command, GenerateCommand.command, DemoCommand.command,
        BenchCommand.command, CheckCommand.command, RepairCommand.command, ConfigCommand.command,
        versionCommand,
    ]

    /// Runs what the command line asks for.
    ///
    /// - Parameter arguments: The words behind the program's name.
    /// - Returns: The process's exit code (see ``ExitCode``).
    public static func run(_ arguments: [String]) -> Int32 {
        guard let word = arguments.first else {
            Terminal.report(overview)
            return ExitCode.usage.rawValue
        }
        switch word {
        case "-h", "--help": return printed(overview)
        case "help": return help(Array(arguments.dropFirst()))
        case "--version": return run(versionCommand, [])
        default:
            guard let command = command(named: word) else { return ExitCode.usage.rawValue }
            return run(command, Array(arguments.dropFirst()))
        }
    }

    /// The list of commands.
    static var overview: String {
        let width = (commands.map(\.name.count).max() ?? 0) + 2
        let lines = commands.map { command in
            let padding = String(repeating: " ", count: width - command.name.count)
            return "  \(command.name)\(padding)\(command.summary)\n"
        }
        return "Daybook, the read side of a ledger.\n\nUsage: daybook COMMAND [options]\n\n"
            + lines.joined() + "\n'daybook help COMMAND' explains one of them.\n"
    }

    private static let versionCommand = Command(
        name: "version", summary: "Print the program's version", usage: "", options: [],
        examples: ["daybook version"]
    ) { arguments throws(CommandError) in
        guard arguments.operands.isEmpty else { throw .usage("version takes no words") }
        Terminal.write("daybook \(version)\n")
        return .success
    }

    private static func help(_ words: [String]) -> Int32 {
        guard let word = words.first else { return printed(overview) }
        guard let command = command(named: word) else { return ExitCode.usage.rawValue }
        return printed(command.help)
    }

    /// The command of that name; tells the person when there is none.
    private static func command(named name: String) -> Command? {
        if let command = commands.first(where: { $0.name == name }) { return command }
        let nearest = Spelling.nearest(to: name, among: commands.map(\.name))
        Terminal.report(
            "daybook: there is no command '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "") + "\nSee 'daybook help'.")
        return nil
    }

    private static func run(_ command: Command, _ words: [String]) -> Int32 {
        do throws(CommandError) {
            if command.page != nil {
                return try command.run(Arguments(unread: words)).rawValue
            }
            let arguments = try Arguments(words, options: command.options + helpOptions)
            if helpOptions.contains(where: { arguments.has($0.name) }) {
                return printed(command.help)
            }
            return try command.run(arguments).rawValue
        } catch {
            if !error.message.isEmpty {
                Terminal.report("daybook \(command.name): \(error.message)")
            }
            if error.exitCode == .usage {
                Terminal.report("See 'daybook \(command.name) --help'.")
            }
            return error.exitCode.rawValue
        }
    }

    private static let helpOptions = [
        CommandOption("help", nil, "this page"), CommandOption("h", nil, "this page"),
    ]

    private static func printed(_ text: String) -> Int32 {
        Terminal.write(text)
        return ExitCode.success.rawValue
    }
}

extension GenerateCommand {
    /// `generate` reads its words itself.
    static let command = Command(
        name: "generate", summary: "Write a seeded ledger and the truth about it",
        usage: "[options]", options: [], examples: [], page: help
    ) { arguments throws(CommandError) in
        ExitCode(rawValue: run(arguments: arguments.operands)) ?? .failure
    }
}
