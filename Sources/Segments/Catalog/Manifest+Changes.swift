/// What changes of tables make of a manifest; pure.
extension Manifest {
    /// Gives tables their new schemas, new columns their numbers, and the schemas their version.
    ///
    /// - Throws: `tableChanged` where a table is not as the change was made of, `tableExists` where
    ///   its new name is taken, `schema` where the new one or a rollup of the table does not hold.
    mutating func changeTables(_ changes: [TableChange]) throws(CatalogError) {
        for change in changes {
            guard let index = tableIndex(change.before.id), tables[index].schema == change.before
            else { throw .tableChanged(change.before.name) }
            guard change.after.name == change.before.name || !isTaken(change.after.name) else {
                throw .tableExists(change.after.name)
            }
            let before = tables[index]
            do throws(SchemaError) {
                tables[index] = try before.changed(to: change.after)
                for rollup in rollups where rollup.tableID == before.schema.id {
                    try rollup.check(before.schema, becoming: tables[index].schema)
                }
            } catch {
                throw .schema(error)
            }
        }
    }
}

extension TableEntry {
    /// The entry with another schema, valid, its new columns numbered.
    fileprivate func changed(to schema: TableSchema) throws(SchemaError) -> TableEntry {
        var entry = self
        entry.schema = schema
        let known = Set(self.schema.columns.map(\.id))
        for index in schema.columns.indices where !known.contains(schema.columns[index].id) {
            let (next, overflow) = entry.nextColumnID.addingReportingOverflow(1)
            if overflow { throw SchemaError("the table has given away all column numbers") }
            entry.schema.columns[index].id = entry.nextColumnID
            entry.nextColumnID = next
        }
        let (version, overflow) = self.schema.version.addingReportingOverflow(1)
        if overflow { throw SchemaError("the table's schema has no further version") }
        entry.schema.version = version
        try entry.schema.validate()
        return entry
    }
}

extension Rollup {
    /// Whether a rollup of a column's values or sums is made of it.
    public func uses(column id: UInt32) -> Bool {
        dimension(ofColumn: id) != nil || measures.contains { $0.columnID == id }
    }

    /// Checks that the files written for a table hold what they would for the table as it becomes.
    fileprivate func check(
        _ table: TableSchema, becoming next: TableSchema
    ) throws(SchemaError) {
        for column in table.columns where uses(column: column.id) {
            guard let after = next.column(id: column.id), after.type == column.type else {
                throw SchemaError("column '\(column.name)' is used by rollup '\(name)'")
            }
        }
        try validate(for: next)
    }
}
