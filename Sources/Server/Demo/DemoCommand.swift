/// `daybook demo`: the whole path on real input, checked.
enum DemoCommand {
    static let command = Command(
        name: "demo", summary: "Show the whole path on real input, checked", usage: "[options]",
        options: [
            CommandOption("rows", "N", "lines to generate and push (default: 1000000)"),
            CommandOption("seed", "N", "everything random follows from it (default: 42)"),
            CommandOption("serve", nil, "leave the server running at the end"),
            CommandOption("port", "N", "the port of that server (default: any free one)"),
            CommandOption("keep", "DIR", "work in this empty directory and keep it"),
        ],
        examples: [
            "daybook demo", "daybook demo --rows 100000", "daybook demo --serve --port 8420",
            "daybook demo --keep /tmp/demo",
        ]
    ) { arguments throws(CommandError) in
        guard arguments.operands.isEmpty else { throw .usage("demo takes no words") }
        let rows = try arguments.integer("rows", default: 1_000_000, in: 10_000...100_000_000)
        let seed = try arguments.integer("seed", default: 42, in: 0...(.max))
        let port = try arguments.integer("port", default: 0, in: 0...65_535)
        let directory = try WorkDirectory(kept: arguments.value("keep"), name: "demo")
        let demo = try Demo(
            options: Demo.options(rows: rows, seed: UInt64(seed)), directory: directory)
        ChildGuard.begin { [server = demo.server, isServing = demo.isServing] in
            defer { directory.remove() }
            guard isServing.isRaised else {
                server.kill()
                return false
            }
            // What the person waits for now; a server that does not stop is killed.
            return (try? server.stop()) != nil
        }
        defer {
            demo.server.kill()
            directory.remove()
        }
        let holds: Bool
        do throws(CommandError) {
            holds = try demo.run()
        } catch {
            demo.tellLog()
            throw error
        }
        if holds, arguments.has("serve") { try demo.serve(port: port) }
        if directory.isKept { Terminal.write("kept: \(directory.path)\n") }
        return holds ? .success : .failure
    }
}
