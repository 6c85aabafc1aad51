/// Sources in a manifest, and what an edit makes of them; pure.
extension Manifest {
    /// Drops, adds and changes sources, and forgets those whose table is gone.
    mutating func placeSources(_ edit: ManifestEdit) throws(CatalogError) {
        for id in edit.droppedSources {
            guard let index = sources.firstIndex(where: { $0.id == id }) else {
                throw .unknownTableID(id)
            }
            sources.remove(at: index)
        }
        if !edit.droppedTables.isEmpty {
            sources.removeAll { edit.droppedTables.contains($0.tableID) }
        }
        for source in edit.addedSources {
            try check(source)
            guard !sources.contains(where: { $0.name == source.name }) else {
                throw .sourceExists(source.name)
            }
            guard sources.count < SourceDefinition.maximumCount else {
                throw .schema(
                    SchemaError("there are at most \(SourceDefinition.maximumCount) sources"))
            }
            precondition(source.id.rawValue >= nextTableID, "numbers are never reused")
            sources.append(source)
            nextTableID = source.id.rawValue + 1
        }
        for source in edit.changedSources {
            try check(source)
            guard let index = sources.firstIndex(where: { $0.id == source.id }),
                sources[index].name == source.name
            else { throw .unknownSource(source.name) }
            sources[index] = source
        }
    }

    private func check(_ source: SourceDefinition) throws(CatalogError) {
        guard tableIndex(source.tableID) != nil else { throw .unknownTableID(source.tableID) }
        do throws(SchemaError) { try source.validate() } catch { throw .schema(error) }
    }

    /// Sources ascend, stay below the next number, and have their table.
    func checkSources(byteOffset: Int) throws(ByteError) {
        var last: UInt32 = 0
        var names: Set<String> = []
        for source in sources {
            guard source.id.rawValue > last, source.id.rawValue < nextTableID,
                names.insert(source.name).inserted, tableIndex(source.tableID) != nil
            else { throw .invalid("order of sources", byteOffset: byteOffset) }
            last = source.id.rawValue
        }
    }
}
