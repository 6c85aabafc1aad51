/// Creating and dropping views.
extension Catalog {
    /// Creates a view with the next number, whatever number `view` carries.
    ///
    /// - Parameter isReplacing: Whether a view of that name goes in the same step.
    /// - Returns: The view with its number.
    public func createView(_ view: View, isReplacing: Bool) throws(CatalogError) -> View {
        var numbered = view
        try publish { manifest throws(CatalogError) in
            numbered.id = TableID(manifest.nextTableID)
            var edit = ManifestEdit()
            edit.addedViews = [numbered]
            if isReplacing, let old = manifest.views.first(where: { $0.name == view.name }) {
                edit.droppedViews = [old.id]
            }
            return edit
        }
        return numbered
    }

    /// Forgets a view.
    ///
    /// - Returns: What it was.
    @discardableResult
    public func dropView(named name: String) throws(CatalogError) -> View {
        var dropped: View?
        try publish { manifest throws(CatalogError) in
            guard let view = manifest.views.first(where: { $0.name == name }) else {
                throw .unknownView(name)
            }
            dropped = view
            var edit = ManifestEdit()
            edit.droppedViews = [view.id]
            return edit
        }
        guard let dropped else { throw .unknownView(name) }
        return dropped
    }
}
