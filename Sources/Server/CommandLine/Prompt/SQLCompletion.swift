import Query

/// Finds out what can follow in a statement that is being typed: tables behind FROM, columns of the
/// tables that it names, functions and keywords, and the prompt's own commands.
///
/// It looks at words, not at grammar: a word too many costs the reader less than one too few.
struct SQLCompletion {
    /// Schemas, tables and columns, as the catalogue has them.
    var columns: [Column] = []

    /// One column of the catalogue.
    struct Column: Equatable {
        var schema: String
        var table: String
        var name: String
    }

    /// The schema whose tables need no prefix.
    private static let mainSchema = "druid"
    /// Words behind which a table's name stands.
    private static let tableWords: Set<String> = [
        "FROM", "JOIN", "INTO", "TABLE", "DESCRIBE", "DESC", "ON", "COLUMNS",
    ]

    /// - Parameters:
    ///   - before: The statement so far, up to the cursor; its last line is the one being typed.
    func completion(of before: String) -> Completion {
        if before.hasPrefix("\\") { return command(before) }
        let typed = String(before.reversed().prefix { Self.isOfName($0) }.reversed())
        let words = Self.words(before.dropLast(typed.count))
        if let dot = typed.lastIndex(of: ".") {
            let qualifier = String(typed[..<dot])
            let found = members(of: qualifier, words).map { qualifier + "." + $0 }
            return Self.matching(typed, found)
        }
        if let last = words.last, Self.tableWords.contains(last.uppercased()) {
            let isColumnList = last.uppercased() == "ON"
            return Self.matching(typed, isColumnList ? columnNames(words) + tableNames : tableNames)
        }
        guard !typed.isEmpty else { return Completion(typed: "", words: []) }
        let isSmall = typed.first?.isLowercase == true
        let language =
            SQLVocabulary.functions.map { $0 + "(" }
            + SQLVocabulary.keywords.filter { !SQLVocabulary.functions.contains($0) }
        return Self.matching(
            typed,
            columnNames(words) + tableNames + language.map { isSmall ? $0.lowercased() : $0 })
    }

    private func command(_ before: String) -> Completion {
        guard let blank = before.lastIndex(of: " ") else {
            return Self.matching(before, PromptCommand.allCases.map(\.rawValue))
        }
        let typed = String(before[before.index(after: blank)...])
        switch PromptCommand(rawValue: String(before.prefix { $0 != " " })) {
        case .describe, .segments: return Self.matching(typed, tableNames)
        case .format: return Self.matching(typed, OutputFormat.allCases.map(\.rawValue))
        default: return Completion(typed: typed, words: [])
        }
    }

    private static func matching(_ typed: String, _ words: [String]) -> Completion {
        let start = typed.lowercased()
        var known: Set<String> = []
        let fitting = words.filter { word in
            // What is begun without quotes may need them.
            word.replacing("\"", with: "").lowercased().hasPrefix(start)
                && known.insert(word).inserted
        }
        return Completion(typed: typed, words: fitting.sorted())
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "."
    }

    /// The words of a text; strings, quotes and punctuation only part them.
    private static func words(_ text: Substring) -> [String] {
        text.split { !isOfName($0) }.map(String.init)
    }

    /// Tables by the shortest name that finds them, behind them the schemas.
    private var tableNames: [String] {
        let names = columns.map { column in
            column.schema == Self.mainSchema
                ? SQLVocabulary.written(column.table) : "\(column.schema).\(column.table)"
        }
        return names + Set(columns.map(\.schema)).sorted().map { $0 + "." }
    }

    /// Columns of the tables among `words`; of all tables of the main schema where there is none.
    private func columnNames(_ words: [String]) -> [String] {
        let named = Set(words.map { $0.split(separator: ".").last.map(String.init) ?? $0 })
        let mentioned = columns.filter { named.contains($0.table) }
        let meant = mentioned.isEmpty ? columns.filter { $0.schema == Self.mainSchema } : mentioned
        return meant.map { SQLVocabulary.written($0.name) }
    }

    /// What may follow `qualifier` and a point: columns of a table or alias, or tables of a schema.
    private func members(of qualifier: String, _ words: [String]) -> [String] {
        let tables = columns.filter { $0.schema == qualifier }.map(\.table)
        if !tables.isEmpty { return tables }
        var table = qualifier
        // FROM ledger AS l, or FROM ledger l.
        if let place = words.lastIndex(of: qualifier), place > 0 {
            let isBehindAs = words[place - 1].uppercased() == "AS" && place > 1
            table = words[place - (isBehindAs ? 2 : 1)]
        }
        let name = table.split(separator: ".").last.map(String.init) ?? table
        let found = columns.filter { $0.table == name || $0.table == qualifier }
        return found.map { SQLVocabulary.written($0.name) }
    }
}
