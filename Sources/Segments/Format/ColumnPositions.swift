/// Where the columns of given ids stand in a segment's schema: an array by id, since ids are small
/// and look-ups count nanoseconds.
struct ColumnPositions: Sendable {
    /// By id, one more than the position; 0 for no column.
    private let positionAfter: [UInt16]
    /// The columns whose ids are beyond the array.
    private let others: [UInt32: Int]

    /// Ids below this are in the array.
    private static let arrayLimit: UInt32 = 4_096

    /// The positions of a schema's columns.
    init(_ schema: TableSchema) {
        let small = schema.columns.map(\.id).filter { $0 < Self.arrayLimit }
        var array = [UInt16](repeating: 0, count: small.max().map { Int($0) + 1 } ?? 0)
        var others: [UInt32: Int] = [:]
        for (position, column) in schema.columns.enumerated() {
            if column.id < Self.arrayLimit, position < Int(UInt16.max) {
                array[Int(column.id)] = UInt16(position + 1)
            } else {
                others[column.id] = position
            }
        }
        positionAfter = array
        self.others = others
    }

    /// The position of the column with that id; `nil` where there is none.
    subscript(_ id: UInt32) -> Int? {
        if Int(id) < positionAfter.count, positionAfter[Int(id)] > 0 {
            return Int(positionAfter[Int(id)]) - 1
        }
        return others.isEmpty ? nil : others[id]
    }
}
