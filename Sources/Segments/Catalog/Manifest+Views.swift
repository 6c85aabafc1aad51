/// Views in a manifest, and what an edit makes of them; pure.
extension Manifest {
    mutating func dropViews(_ dropped: [TableID]) throws(CatalogError) {
        for id in dropped {
            guard let index = views.firstIndex(where: { $0.id == id }) else {
                throw .unknownTableID(id)
            }
            views.remove(at: index)
        }
    }

    mutating func addViews(_ added: [View]) throws(CatalogError) {
        for view in added {
            do throws(SchemaError) {
                try view.validate()
                guard views.count < View.maximumCount else {
                    throw SchemaError("a database has at most \(View.maximumCount) views")
                }
            } catch {
                throw .schema(error)
            }
            guard !isTaken(view.name) else { throw .tableExists(view.name) }
            precondition(view.id.rawValue >= nextTableID, "numbers are never reused")
            views.append(view)
            nextTableID = view.id.rawValue + 1
        }
    }
}
