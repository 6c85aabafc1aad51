import Segments

/// One word after `daybook`: what it does and how it is called.
struct Command: Sendable {
    /// The word.
    let name: String
    /// One line for the list of commands.
    let summary: String
    /// What may follow the word, for example `[options] TABLE [FILE|-]`.
    let usage: String
    /// Options besides `--help`.
    let options: [CommandOption]
    /// Lines that can be typed as they stand.
    let examples: [String]
    /// The whole help page of a command that reads its words itself: they come as operands.
    var page: String?
    /// Does it; the result is the process's exit code.
    let run: @Sendable (Arguments) throws(CommandError) -> ExitCode

    /// The page that `--help` prints.
    var help: String {
        if let page { return page }
        var text = "\(summary)\n\nUsage: daybook \(name) \(usage)\n"
        if !options.isEmpty {
            text += "\nOptions:\n"
            let width = (options.map(\.label.count).max() ?? 0) + 2
            for option in options {
                let padding = String(repeating: " ", count: width - option.label.count)
                text += "  \(option.label)\(padding)\(option.help)\n"
            }
        }
        return text + "\nExamples:\n" + examples.map { "  \($0)\n" }.joined()
    }
}

/// An option of a command.
struct CommandOption: Sendable {
    /// Without its dashes.
    let name: String
    /// What stands for the value in the help, or `nil` for an option that takes none.
    let value: String?
    /// One line.
    let help: String

    init(_ name: String, _ value: String? = nil, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }

    /// `--name VALUE`, or `-c VALUE` for a single letter.
    var label: String {
        (name.count == 1 ? "-" : "--") + name + (value.map { " " + $0 } ?? "")
    }
}

/// What the shell learns.
enum ExitCode: Int32, Sendable {
    case success = 0
    /// The query, the check or the demonstration failed.
    case failure = 1
    /// The command line made no sense.
    case usage = 2
    /// No server answered.
    case noConnection = 3
    /// Rows were rejected.
    case rejectedRows = 4
    /// Data is damaged (`EX_DATAERR`).
    case damaged = 65
    /// A system call failed (`EX_OSERR` and friends).
    case system = 70
}

/// Why a command ended early: what to print and what the shell learns.
struct CommandError: Error {
    let message: String
    let exitCode: ExitCode

    init(_ message: String, _ exitCode: ExitCode = .failure) {
        self.message = message
        self.exitCode = exitCode
    }

    /// A command line that made no sense.
    static func usage(_ message: String) -> CommandError { CommandError(message, .usage) }
}

/// A command's words, sorted into options and the rest.
struct Arguments: Sendable {
    /// What is not an option, in order.
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// Takes all words as operands.
    init(unread words: [String]) { operands = words }

    /// Takes `--name value`, `--name=value`, `-c value`, and `--` before operands with dashes.
    ///
    /// - Throws: a usage error that names the word and the nearest option.
    init(_ words: [String], options: [CommandOption]) throws(CommandError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            let parts = word.drop { $0 == "-" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts.first ?? "")
            guard let option = options.first(where: { $0.name == name }) else {
                let nearest = Spelling.nearest(to: name, among: options.map(\.name))
                throw .usage(
                    "there is no option \(word)" + (nearest.map { "; did you mean --\($0)?" } ?? "")
                )
            }
            if option.value == nil {
                guard parts.count == 1 else { throw .usage("--\(name) takes no value") }
                values[name, default: []].append("")
            } else if parts.count == 2 {
                values[name, default: []].append(String(parts[1]))
            } else {
                guard let value = rest.popFirst() else {
                    throw .usage("\(word) needs a value: \(option.label)")
                }
                values[name, default: []].append(value)
            }
        }
    }

    /// Whether the option was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The option's last value.
    func value(_ name: String) -> String? { values[name]?.last }

    /// All of the option's values, in order.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The option's value as a whole number within `range`.
    func integer(
        _ name: String, default standard: Int, in range: ClosedRange<Int>
    ) throws(CommandError) -> Int {
        guard let text = value(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw .usage(
                "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), "
                    + "not '\(text)'")
        }
        return number
    }
}
