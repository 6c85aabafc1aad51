import Segments

/// CREATE SOURCE and what is done to sources.
extension Binder {
    /// The definition a CREATE SOURCE makes; what its options mean, the connector checks.
    func source(_ statement: Syntax.CreateSource) throws(QueryError) -> SourceDefinition {
        guard case .stored(let table) = try self.table(statement.table), !table.isSystem else {
            throw QueryError(
                .invalidArgument, "system tables take no rows", at: statement.table.range)
        }
        var options: [SourceDefinition.Option] = []
        for option in statement.options {
            guard !options.contains(where: { $0.name == option.name }) else {
                throw QueryError(
                    .invalidArgument, "the option \(option.name) is given twice", at: option.range)
            }
            options.append(SourceDefinition.Option(option.name, try text(of: option)))
        }
        let definition = SourceDefinition(
            id: TableID(0), name: statement.name.name, tableID: table.id, kind: statement.kind,
            options: options)
        do throws(SchemaError) { try definition.validate() } catch {
            throw QueryError(.invalidArgument, error.message, at: statement.name.range)
        }
        return definition
    }

    private func text(of option: Syntax.SourceOption) throws(QueryError) -> String {
        switch option.value {
        case .string(let text), .timestamp(let text), .date(let text): return text
        case .integer(let value): return String(value)
        case .boolean(let value): return String(value)
        case .null, .decimal, .double, .interval:
            throw QueryError(
                .invalidArgument, "the value of \(option.name) is a text, a whole number or a time",
                at: option.range)
        }
    }
}

/// Writes a source as the CREATE SOURCE that makes it.
public enum SourcePrinter {
    /// The statement; parsed and bound it gives an equal definition.
    public static func createSource(_ source: SourceDefinition, of table: String) -> String {
        let options = source.options.map { option in
            "    \"\(option.name.replacing("\"", with: "\"\""))\" = "
                + SyntaxPrinter.literal(.string(option.value))
        }
        return "CREATE SOURCE \(SchemaPrinter.name(source.name)) INTO "
            + "\(SchemaPrinter.name(table)) FROM \(source.kind.keyword) (\n"
            + options.joined(separator: ",\n") + "\n)"
    }
}
