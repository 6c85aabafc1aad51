/// A look-up of one value of a column, `LOOKUP (status) WHERE status = 'PENDING'`: the rows that
/// have it are found without reading those that do not.
///
/// It needs no index of its own: columns of few values have code indexes in segments, which name
/// the rows of a value; what was replaced or has expired is left out.
public struct SparseLookup: Hashable, Sendable {
    /// The position of a VARCHAR column.
    public var column: Int
    /// The value that can be looked up.
    public var value: Text

    /// A look-up of one value.
    public init(column: Int, value: Text) {
        self.column = column
        self.value = value
    }
}
