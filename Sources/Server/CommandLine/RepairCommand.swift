import Segments

/// `daybook repair`: makes a damaged, stopped data directory one that starts again.
enum RepairCommand {
    static let command = Command(
        name: "repair", summary: "Say what damage costs; with --accept-loss, go on without it",
        usage: "[--accept-loss] [DIRECTORY]",
        options: [
            CommandOption(
                "accept-loss", nil, "set damaged files aside in quarantine/; nothing is removed")
        ],
        examples: ["daybook repair /var/lib/daybook", "daybook repair --accept-loss"]
    ) { (arguments) throws(CommandError) in
        guard arguments.operands.count <= 1 else { throw .usage("repair takes one directory") }
        let directory = arguments.operands.first ?? Configuration().dataDirectory
        guard try InputFile.names(in: directory).contains("manifest") else {
            throw .usage("\(directory) is no data directory: it has no manifest")
        }
        let fileSystem: PosixFileSystem
        do throws(FileError) { fileSystem = try PosixFileSystem(root: directory) } catch {
            throw CommandError("\(error)", .system)
        }
        let repair = Repair(
            fileSystem: fileSystem, clock: SystemClock(),
            acceptsLoss: arguments.has("accept-loss"))
        return try repair.run { Terminal.write($0 + "\n") }
    }
}
