/// Creating, changing and dropping sources.
extension Catalog {
    /// Declares a source with the next number, whatever number `source` carries.
    ///
    /// - Returns: The definition with its number.
    public func createSource(_ source: SourceDefinition) throws(CatalogError) -> SourceDefinition {
        var numbered = source
        try publish { manifest throws(CatalogError) in
            numbered.id = TableID(manifest.nextTableID)
            var edit = ManifestEdit()
            edit.addedSources = [numbered]
            return edit
        }
        return numbered
    }

    /// Notes why a source rests, or that it should run again.
    ///
    /// - Returns: The definition as it is now.
    @discardableResult
    public func setPause(
        _ reason: String?, ofSource id: TableID
    ) throws(CatalogError) -> SourceDefinition {
        let known = manifest.sources.first { $0.id == id }
        guard var source = known else { throw .unknownTableID(id) }
        if source.pause == reason { return source }
        source.pause = reason
        try publish { _ throws(CatalogError) in
            var edit = ManifestEdit()
            edit.changedSources = [source]
            return edit
        }
        return source
    }

    /// Forgets a source.
    public func dropSource(_ id: TableID) throws(CatalogError) {
        try publish { _ throws(CatalogError) in
            var edit = ManifestEdit()
            edit.droppedSources = [id]
            return edit
        }
    }
}
