import Segments
import TestSupport
import Testing

extension Simulation {
    /// Starts the process if none runs, looks at everything, and tells the model.
    ///
    /// - Returns: Whether it could be looked at.
    @discardableResult
    func check() -> Bool {
        guard let database = process() else {
            report("the start failed: \(startFailure ?? "")")
            return false
        }
        let check = StateCheck(database: database, fileSystem: fileSystem)
        do {
            let contents = try check.contents()
            report(model.observe(contents))
            try check.verify(contents)
        } catch {
            report("\(error)")
            return false
        }
        if database.catalog.snapshot.version < model.version {
            report("version \(database.catalog.snapshot.version) after \(model.version)")
        }
        return true
    }

    /// Everything that has to hold after a crash: once as found; as found again after another
    /// restart; after sending everything again, and again; and without a file too many in the end.
    func checkRecovery(isThorough: Bool = true) {
        guard check() else { return }
        stop()
        if isThorough {
            guard check() else { return }
            sendAgain()
            let total = model.rowCount
            check()
            sendAgain()
            if model.rowCount != total { report("sending twice added rows") }
        }
        perform(.compact)
        stop()
        guard check() else { return }
        guard let database else { return }
        do {
            // A publication takes old manifests away, also those that a crash brought back.
            try database.catalog.publish(ManifestEdit())
            for _ in 0..<3 { perform(.collectGarbage) }
            try StateCheck(database: database, fileSystem: fileSystem).verifyClean()
        } catch {
            report("\(error)")
        }
    }
}

extension LedgerModel {
    /// Rows in all tables, where that is certain.
    var rowCount: Int { possible[0].rowCount }
}
