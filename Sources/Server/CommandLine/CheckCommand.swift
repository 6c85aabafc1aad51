import Ingest
import Segments

/// `daybook check`: reads every byte of a stopped data directory and reports what is wrong.
enum CheckCommand {
    static let command = Command(
        name: "check", summary: "Read every byte of a stopped data directory and report damage",
        usage: "[DIRECTORY]", options: [],
        examples: ["daybook check", "daybook check /var/lib/daybook"]
    ) { (arguments) throws(CommandError) in try run(arguments) }

    private static func run(_ arguments: Arguments) throws(CommandError) -> ExitCode {
        guard arguments.operands.count <= 1 else { throw .usage("check takes one directory") }
        let directory = arguments.operands.first ?? Configuration().dataDirectory
        guard try InputFile.names(in: directory).contains("manifest") else {
            throw .usage("\(directory) is no data directory: it has no manifest")
        }
        let fileSystem: PosixFileSystem
        let catalog: Catalog
        do throws(FileError) {
            fileSystem = try PosixFileSystem(root: directory)
        } catch {
            throw CommandError("\(error)", .system)
        }
        do throws(CatalogError) {
            var options = CatalogOptions()
            options.needsSegments = false
            catalog = try Catalog.open(fileSystem, options: options)
        } catch {
            throw CommandError("\(error)", .damaged)
        }
        defer { catalog.close() }
        let findings = try check(catalog, fileSystem)
        for finding in findings { Terminal.report(finding) }
        return findings.isEmpty ? .success : .damaged
    }

    /// Checks every published segment and tells what was read.
    private static func check(
        _ catalog: Catalog, _ fileSystem: PosixFileSystem
    ) throws(CommandError) -> [String] {
        var findings: [String] = []
        var segmentCount = 0
        var rowCount = 0
        var byteCount = 0
        for table in catalog.snapshot.tables {
            for handle in table.segments {
                let entry = handle.entry
                findings += SegmentCheck.findings(fileSystem: fileSystem, entry: entry)
                    .map(\.description)
                segmentCount += 1
                rowCount += entry.rowCount
                byteCount += entry.byteCount
            }
        }
        let rollups = rollups(of: catalog, fileSystem)
        findings += rollups.findings
        let deadRows = catalog.manifest.deadRowFiles
        for (file, source) in deadRows {
            findings += DeadRowFile.findings(fileSystem: fileSystem, entry: file, of: source)
                .map(\.description)
        }
        Terminal.write(
            "manifest \(catalog.manifest.version): \(catalog.snapshot.tables.count) tables, "
                + "\(segmentCount) segments, \(rowCount) rows, \(byteCount) bytes, "
                + "\(rollups.count) rollup files"
                + (deadRows.isEmpty ? "" : " and \(deadRows.count) files of dead rows")
                + " read; \(findings.count) findings\n")
        Terminal.write("the write-ahead log is checked by each start of the server\n")
        return findings
    }

    /// Checks every file of a rollup against the segment it sums up.
    private static func rollups(
        of catalog: Catalog, _ fileSystem: PosixFileSystem
    ) -> (count: Int, findings: [String]) {
        var count = 0
        var findings: [SegmentFinding] = []
        for table in catalog.snapshot.tables {
            for rollup in table.rollups {
                for segment in table.segments {
                    guard let file = rollup.files[segment.entry.id] else { continue }
                    count += 1
                    findings += SegmentCheck.findings(fileSystem: fileSystem, entry: file.entry)
                    findings += RollupCheck.findings(
                        fileSystem: fileSystem, entry: file.entry, of: segment.entry,
                        rollup: rollup.rollup, table: table.schema)
                }
            }
        }
        return (count, findings.map(\.description))
    }
}
