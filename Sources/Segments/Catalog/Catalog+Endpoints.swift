/// Creating and dropping endpoints.
extension Catalog {
    /// Creates an endpoint with the next number, whatever number `endpoint` carries.
    ///
    /// - Parameter isReplacing: Whether an endpoint of that name goes in the same step.
    /// - Returns: The endpoint with its number.
    public func createEndpoint(_ endpoint: Endpoint, isReplacing: Bool) throws(CatalogError)
        -> Endpoint
    {
        var numbered = endpoint
        try publish { manifest throws(CatalogError) in
            numbered.id = TableID(manifest.nextTableID)
            var edit = ManifestEdit()
            edit.addedEndpoints = [numbered]
            if isReplacing, let old = manifest.endpoints.first(where: { $0.name == endpoint.name })
            {
                edit.droppedEndpoints = [old.id]
            }
            return edit
        }
        return numbered
    }

    /// Forgets an endpoint.
    ///
    /// - Returns: What it was.
    @discardableResult
    public func dropEndpoint(named name: String) throws(CatalogError) -> Endpoint {
        var dropped: Endpoint?
        try publish { manifest throws(CatalogError) in
            guard let endpoint = manifest.endpoints.first(where: { $0.name == name }) else {
                throw .unknownEndpoint(name)
            }
            dropped = endpoint
            var edit = ManifestEdit()
            edit.droppedEndpoints = [endpoint.id]
            return edit
        }
        guard let dropped else { throw .unknownEndpoint(name) }
        return dropped
    }
}
