import Segments

/// Look-ups of one declared value (`SparseLookup`): by the code indexes of segments.
extension RowLookup {
    /// - Throws: `invalid_argument` for a value that nobody has declared.
    func checkDeclared(_ keys: [Value]) throws(QueryError) {
        guard isSparse else { return }
        let declared = table.schema.sparseLookups.filter { $0.column == column }.map(\.value)
        for key in keys {
            if case .varchar(let text) = key, declared.contains(text) { continue }
            let names = declared.map { "'\($0.string)'" }.joined(separator: ", ")
            throw QueryError(
                .invalidArgument, "the look-up of \(definition.name) is of \(names) only",
                hint: "declare LOOKUP (\(definition.name)) WHERE ..., or ask with SQL")
        }
    }

    /// - Complexity: O(segments + rows found + live rows); rows of a segment without code index are
    ///   looked at one by one.
    func findSparse(_ keys: [Value], _ found: inout LookupHits) throws(SegmentError) {
        for (number, key) in keys.enumerated() {
            guard case .varchar(let text) = key else { continue }
            for segment in table.segments {
                let reader = try segment.reader()
                found.add(
                    living(try rows(of: text, in: reader), in: reader), key: number,
                    in: .segment(reader))
            }
        }
        try found.keep(keys, in: definition)
        for (number, key) in keys.enumerated() {
            for batch in table.live {
                let values = batch.rows.columns[column]
                let rows = (0..<values.count).filter { values.holds(key, at: $0) }
                found.add(batch.dead?.living(rows) ?? rows, key: number, in: .live(batch))
            }
        }
    }

    private func rows(of text: Text, in reader: SegmentReader) throws(SegmentError) -> [Int] {
        guard reader.findsRows(byColumnID: definition.id),
            let dictionary = try reader.dictionary(columnID: definition.id)
        else { return try scan(reader, for: .varchar(text)) }
        guard let code = dictionary.code(of: text) else { return [] }
        let match = try reader.rows(
            withCodes: [code], columnID: definition.id, limit: reader.rowCount)
        guard let match else { return try scan(reader, for: .varchar(text)) }
        return match.rows.members.map { Int($0) }
    }

    private var definition: ColumnDefinition { table.schema.columns[column] }
}
