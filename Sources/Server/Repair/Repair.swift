import Ingest
import Segments
import Synchronization

/// One repair of a data directory: its manifest, its segments, its log, in this order.
///
/// Without `acceptsLoss` it only looks. It never removes: damaged files go to `quarantine/`, and
/// each step says what it costs. A repair that is cut off can be made again.
struct Repair {
    let fileSystem: any FileSystem
    let clock: any Clock
    let acceptsLoss: Bool

    /// Looks at everything, repairs it where that is asked, and says so in lines.
    ///
    /// - Returns: `damaged` where something is left to be accepted.
    func run(_ say: (String) -> Void) throws(CommandError) -> ExitCode {
        let fallback = Mutex<String?>(nil)
        let catalog = try open { from in fallback.withLock { $0 = from } }
        defer { catalog.close() }
        var isDamaged = false
        do {
            if let path = fallback.withLock({ $0 }) {
                isDamaged = true
                try replaceManifest(path, catalog, say)
            }
            isDamaged = try repairSegments(catalog, say) || isDamaged
            isDamaged = try repairLog(catalog, say) || isDamaged
        } catch {
            throw CommandError("\(error)", .system)
        }
        guard isDamaged else {
            catalog.forgetFailedStarts()
            say("nothing to repair")
            return .success
        }
        guard acceptsLoss else {
            say(
                "nothing was changed; restore these files from a backup, or run again with "
                    + "--accept-loss")
            return .damaged
        }
        catalog.forgetFailedStarts()
        say("repaired; what was set aside is in \(Catalog.quarantineDirectory)/")
        return .success
    }

    /// The name that everything this repair sets aside begins with.
    private var stamp: String {
        CivilTime.iso8601(microseconds: clock.wallMicroseconds()).filter { $0 != ":" }
    }

    /// Opens the catalog whatever its segments are like; `onFallback` learns of a damaged manifest
    /// that an older one stands in for.
    private func open(
        _ onFallback: @escaping @Sendable (String) -> Void
    ) throws(CommandError) -> Catalog {
        var options = CatalogOptions()
        options.needsSegments = false
        let (fileSystem, acceptsLoss) = (fileSystem, acceptsLoss)
        options.canRecoverFrom = { acceptsLoss || Ingestion.canRecover(fileSystem, from: $0) }
        options.onEvent = { event in
            if case .fellBack(let path, _, _) = event { onFallback(path) }
        }
        do throws(CatalogError) {
            return try Catalog.open(fileSystem, options: options)
        } catch {
            if case .file = error { throw CommandError("\(error)", .system) }
            guard case .damagedManifest(let path, let problem, let fallback?) = error else {
                throw CommandError("\(error)", .damaged)
            }
            throw CommandError(
                "\(path) is damaged (\(problem)); nothing was changed. With --accept-loss version "
                    + "\(fallback) stands in for it: tables and segments that came after it, and "
                    + "that the log does not have, are lost",
                .damaged)
        }
    }

    /// Publishes the older manifest under a new version, so that no number is used twice.
    private func replaceManifest(
        _ path: String, _ catalog: Catalog, _ say: (String) -> Void
    ) throws {
        say("\(path) is damaged; version \(catalog.manifest.version) stands in for it")
        guard acceptsLoss else { return }
        try catalog.publish(ManifestEdit())
        let unlisted = try catalog.unlistedSegmentFiles()
        if !unlisted.isEmpty {
            say(
                "no manifest lists \(unlisted.joined(separator: ", ")): rows are lost to queries "
                    + "that are neither in other segments nor in the log")
        }
        for target in try catalog.setAside([path] + unlisted, stamp: stamp) {
            say("set aside: \(target)")
        }
    }

    /// - Returns: Whether a segment is damaged.
    private func repairSegments(_ catalog: Catalog, _ say: (String) -> Void) throws -> Bool {
        var damaged: [SegmentEntry] = []
        for table in catalog.snapshot.tables {
            for entry in table.segments.map(\.entry) {
                let findings = SegmentCheck.findings(fileSystem: fileSystem, entry: entry)
                guard let first = findings.first else { continue }
                damaged.append(entry)
                say("\(first)")
                say(
                    "  without it table '\(table.schema.name)' loses \(entry.rowCount) rows from "
                        + "\(Self.text(entry.minimumTime)) to \(Self.text(entry.maximumTime))")
            }
        }
        for (file, source) in catalog.manifest.deadRowFiles {
            let findings = DeadRowFile.findings(
                fileSystem: fileSystem, entry: file, of: source)
            guard let first = findings.first, !damaged.contains(source) else { continue }
            damaged.append(file)
            say("\(first)")
            say("  without it \(file.rowCount) rows that were replaced or deleted come back")
        }
        guard acceptsLoss, !damaged.isEmpty else { return !damaged.isEmpty }
        try catalog.abandon(damaged.map(\.id))
        for target in try catalog.setAside(damaged.map(\.path), stamp: stamp) {
            say("set aside: \(target)")
        }
        return true
    }

    /// - Returns: Whether the log is damaged.
    private func repairLog(_ catalog: Catalog, _ say: (String) -> Void) throws -> Bool {
        let repair = LogRepair(catalog: catalog, clock: clock)
        guard let salvage = try repair.inspect() else { return false }
        say(salvage.problem)
        let lost = salvage.lost.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
        }
        say(
            "  \(salvage.recordCount) requests can be read and are kept; lost are positions "
                + (lost.isEmpty ? "none" : lost.joined(separator: ", ")))
        guard acceptsLoss else { return true }
        let result = try repair.run(salvage, stamp: stamp)
        say("  \(result.rows) rows of the log are in segments now")
        if result.unreadable > 0 {
            say("  \(result.unreadable) requests are whole but not understood, and lost to queries")
        }
        for target in result.paths { say("set aside: \(target)") }
        return true
    }

    private static func text(_ time: Int64) -> String { CivilTime.iso8601(microseconds: time) }
}
