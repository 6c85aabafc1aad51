/// `daybook bench`: how fast this build is on this machine, with checked answers.
enum BenchCommand {
    static let command = Command(
        name: "bench", summary: "Measure this build on this machine, answers checked",
        usage: "[options]",
        options: [
            CommandOption("rows", "N", "events to generate and push (default: 1000000)"),
            CommandOption("rounds", "N", "how often each query is asked (default: 5)"),
            CommandOption("batch", "N", "lines of one request (default: 5000)"),
            CommandOption("clients", "N", "clients that look ids up at once (default: 64)"),
            CommandOption("seed", "N", "everything random follows from it (default: 42)"),
            CommandOption(
                "kernels", nil, "read each encoding in this process instead, without a server"),
            CommandOption(
                "ids", "N", "what unique ids cost beside N known ones instead, over HTTP"),
            CommandOption("keep", "DIR", "work in this empty directory and keep it"),
            OutputFormat.option,
        ],
        examples: [
            "daybook bench", "daybook bench --rows 10000000 --rounds 9",
            "daybook bench --rows 100000 --format markdown", "daybook bench --kernels --rounds 21",
            "daybook bench --ids 10000000",
        ]
    ) { arguments throws(CommandError) in
        guard arguments.operands.isEmpty else { throw .usage("bench takes no words") }
        let rows = try arguments.integer("rows", default: 1_000_000, in: 10_000...1_000_000_000)
        let seed = try arguments.integer("seed", default: 42, in: 0...(.max))
        let format = try OutputFormat(arguments)
        let rounds = try arguments.integer("rounds", default: 5, in: 1...1_000)
        let batch = try arguments.integer("batch", default: 5_000, in: 1...100_000)
        let directory = try WorkDirectory(kept: arguments.value("keep"), name: "bench")
        if arguments.has("kernels") {
            defer { directory.remove() }
            var kernels = try KernelBench(rounds: rounds, directory: directory)
            return try kernels.run(format) ? .success : .failure
        }
        let clients = try arguments.integer("clients", default: 64, in: 1...128)
        // Exact distinct ids of ten million rows take about a gigabyte: more than a query gets
        // where nothing is set.
        let server = try ServerProcess(
            directory: directory.path, settings: [("query.memory", "4GiB")])
        ChildGuard.begin {
            server.kill()
            directory.remove()
            return false
        }
        defer {
            server.kill()
            directory.remove()
        }
        if arguments.value("ids") != nil {
            var bench = IDBench(
                knownCount: try arguments.integer("ids", default: 0, in: 10_000...100_000_000),
                newCount: rows, rounds: rounds, batchLineCount: batch, server: server)
            return try bench.run(format) ? .success : .failure
        }
        var bench = Bench(
            options: GeneratorOptions(rows: rows, seed: UInt64(seed)), rounds: rounds,
            batchLineCount: batch, clientCount: clients, server: server, directory: directory)
        return try bench.run(format) ? .success : .failure
    }
}
