/// The words of the language, for whoever helps to write it.
public enum SQLVocabulary {
    /// Every keyword, in capitals.
    public static let keywords: [String] = Keyword.allCases.map(\.rawValue)

    /// Every name of a scalar, aggregate or window function, in capitals.
    public static let functions: [String] = Set(
        FunctionCatalogue.allNames + AggregateCatalogue.allNames + WindowCatalogue.allNames
    ).sorted()

    /// A name as a statement writes it: between double quotes where it must be.
    public static func written(_ name: String) -> String { SchemaPrinter.name(name) }
}
