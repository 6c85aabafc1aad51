/// `daybook generate`: writes a seeded stream of events, and the truth about it.
public enum GenerateCommand {
    /// Lines made between two writes; about 2 MiB.
    private static let batchRows = 4_096

    /// Runs the command with what stands behind its name on the command line.
    ///
    /// - Returns: The exit code: 0, 1 if a file cannot be written, 2 if an option is wrong.
    public static func run(arguments: [String]) -> Int32 {
        do throws(GeneratorError) {
            let arguments = try GenerateArguments(arguments)
            if arguments.wantsHelp {
                try GeneratorOutput(path: "-").write(Array(help.utf8))
            } else {
                try generate(arguments)
            }
            return 0
        } catch {
            Terminal.report("daybook generate: \(error)")
            if case .file = error { return 1 }
            Terminal.report("See 'daybook generate --help'.")
            return 2
        }
    }

    private static func generate(_ arguments: GenerateArguments) throws(GeneratorError) {
        var generator = try LedgerGenerator(arguments.options)
        var output = try GeneratorOutput(path: arguments.outputPath)
        var progress = GeneratorProgress(total: arguments.options.rows)
        var buffer: [UInt8] = []
        while generator.fill(&buffer, rows: batchRows) > 0 {
            try output.write(buffer)
            progress.report(generator.truth.lines)
        }
        try output.close()
        progress.finish()
        if let path = arguments.truthPath {
            var truth = try GeneratorOutput(path: path)
            try truth.write(Array(generator.truthJSON().utf8))
            try truth.close()
        }
    }

    static let help = """
        Writes a deterministic stream of Korean commerce events as NDJSON, in order of arrival,
        and the truth about it: totals that any reader of the stream can be checked against.

        usage: daybook generate [options]

          --rows N         lines to write, all kinds together (1000000; 20k and 3M are numbers too)
          --days N         days they spread over, about (30)
          --seed N         everything random follows from it (42)
          --stream NAME    ledger, drafts, stock or coupons (ledger)
          --base DATE      the first day, which starts at midnight in Korea (2026-09-01)
          --format ndjson  one JSON object per line, the only format
          --out FILE       where to write; - is standard output (-)
          --truth FILE     where to write the totals, as JSON (nowhere)

        Of 100 events, on average (percentages, at most 50; 0.5 is one too):

          --late P         arrive half an hour to 48 hours after their time (2)
          --duplicates P   are sent again later, byte for byte (0)
          --conflicts P    have their id sent again later with another amount (0)
          --corrections P  are followed by a CORRECTION with the signed difference (0; ledger only)
          --poison P       are followed by a line that must be rejected (0)

        Equal options give equal bytes on every machine.

        examples:
          daybook generate --rows 1M --out ledger.ndjson --truth ledger.truth.json
          daybook generate --rows 20k --late 5 --duplicates 1 --poison 0.1 | head -3
          daybook generate --stream stock --rows 100k --seed 7 | zstd > stock.ndjson.zst

        """
}
