/// Creating and dropping rollups.
extension Catalog {
    /// Creates a rollup with the next number, whatever number `rollup` carries. Its table's
    /// segments have no file of it yet.
    ///
    /// - Returns: The rollup with its number.
    public func createRollup(_ rollup: Rollup) throws(CatalogError) -> Rollup {
        var numbered = rollup
        try publish { manifest throws(CatalogError) in
            numbered.id = TableID(manifest.nextTableID)
            var edit = ManifestEdit()
            edit.addedRollups = [numbered]
            return edit
        }
        return numbered
    }

    /// Forgets a rollup and its files.
    ///
    /// - Returns: What it was.
    @discardableResult
    public func dropRollup(named name: String) throws(CatalogError) -> Rollup {
        var dropped: Rollup?
        try publish { manifest throws(CatalogError) in
            guard let rollup = manifest.rollups.first(where: { $0.name == name }) else {
                throw .unknownRollup(name)
            }
            dropped = rollup
            var edit = ManifestEdit()
            edit.droppedRollups = [rollup.id]
            return edit
        }
        guard let dropped else { throw .unknownRollup(name) }
        return dropped
    }
}
