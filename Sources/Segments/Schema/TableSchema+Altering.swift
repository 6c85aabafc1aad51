/// A table's schema before and after a change.
///
/// It is published only where the first one is the schema of that moment: whoever was slower starts
/// again from what is there.
public struct TableChange: Hashable, Sendable {
    /// The schema that the change was made of.
    public var before: TableSchema
    /// What becomes of it. Columns whose ids `before` does not have get ids that the table has
    /// never given away, and the version becomes the next one.
    public var after: TableSchema

    /// A change from one schema to another of the same table.
    public init(from before: TableSchema, to after: TableSchema) {
        precondition(before.id == after.id, "a change is of one table")
        self.before = before
        self.after = after
    }
}

/// Steps of a change; each leaves keys and their positions right.
extension TableSchema {
    /// Puts a column behind all declared ones, under an id that neither this schema nor `before`
    /// has.
    public mutating func addColumn(_ column: ColumnDefinition, unlike before: TableSchema) {
        var column = column
        column.id = ((visibleColumns + before.visibleColumns).map(\.id).max() ?? 0) &+ 1
        columns.insert(column, at: visibleColumnCount)
    }

    /// Takes a column away.
    ///
    /// - Throws: where it places, orders or names rows, or is the last one.
    public mutating func removeColumn(at index: Int) throws(SchemaError) {
        let name = columns[index].name
        func refuse(_ reason: String) -> SchemaError {
            SchemaError("column '\(name)' \(reason)")
        }
        if timestampColumn == index { throw refuse("places the table's rows in time") }
        if uniqueColumns.contains(index) { throw refuse("is the table's UNIQUE id") }
        if primaryKey.contains(index) { throw refuse("is in the table's PRIMARY KEY") }
        if versionColumn == index { throw refuse("says which row of a key is the newest") }
        if clusterColumns.contains(index) { throw refuse("is in CLUSTER BY") }
        if lookupColumns.contains(index) { throw refuse("is in LOOKUP") }
        if sparseLookups.contains(where: { $0.column == index }) { throw refuse("is in LOOKUP") }
        if timeToLive?.column == index { throw refuse("says how long rows live (TTL)") }
        if visibleColumnCount == 1 { throw refuse("is the table's only one") }
        columns.remove(at: index)
        func moved(_ position: Int) -> Int { position > index ? position - 1 : position }
        timestampColumn = timestampColumn.map(moved)
        clusterColumns = clusterColumns.map(moved)
        uniqueColumns = uniqueColumns.map(moved)
        primaryKey = primaryKey.map(moved)
        versionColumn = versionColumn.map(moved)
        lookupColumns = lookupColumns.map(moved)
        sparseLookups = sparseLookups.map {
            SparseLookup(column: moved($0.column), value: $0.value)
        }
        timeToLive = timeToLive.map {
            TimeToLive(column: moved($0.column), microseconds: $0.microseconds)
        }
    }

    /// Gives a column a wider type. Its default and initial value are the caller's to convert.
    ///
    /// - Throws: where a stored value would have to be written again, or could change.
    public mutating func widenColumn(at index: Int, to type: LogicalType) throws(SchemaError) {
        let column = columns[index]
        guard column.type.widens(to: type) else {
            throw SchemaError(
                "column '\(column.name)' is \(column.type), which does not widen to \(type): "
                    + column.type.reasonNotToWiden(to: type))
        }
        if keyIndexColumns.contains(index) || primaryKey.contains(index) {
            throw SchemaError("column '\(column.name)' is a key, and keys are VARCHAR or BIGINT")
        }
        if versionColumn == index {
            throw SchemaError("column '\(column.name)' is in VERSION BY and stays a BIGINT")
        }
        columns[index].type = type
    }
}

extension LogicalType {
    /// Why values of this type cannot become those of another; a clause.
    fileprivate func reasonNotToWiden(to type: LogicalType) -> String {
        switch (self, type) {
        case (.bigint, .double): "a DOUBLE holds integers up to 2^53 only"
        case (.decimal, .double): "a DOUBLE does not hold every DECIMAL exactly"
        case (.bigint, .decimal(_, 0)):
            "a BIGINT has up to \(Self.bigintDigitCount) digits"
        case (.bigint, .decimal): "only DECIMAL(p,0) holds it in the same units"
        case (.decimal(_, let scale), .decimal(_, let other)) where scale != other:
            "the digits after the point stay"
        case (.decimal, .decimal): "it must have more digits"
        default: "a BIGINT widens to DECIMAL(19,0) or more, a DECIMAL to one of more digits"
        }
    }
}
