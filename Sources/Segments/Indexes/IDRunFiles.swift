/// Where id runs lie, and which names are theirs, so that nothing else is ever touched.
public enum IDRunFiles {
    /// Relative to the data directory.
    public static let directory = "idx"
    private static let suffix = ".run"
    private static let temporarySuffix = ".tmp"

    /// What a name says of its file, which may be there whole or in part.
    public struct Name: Hashable, Sendable {
        /// Whose ids.
        public let tableID: TableID
        /// Of rows behind this position
        public let afterLSN: UInt64
        /// up to this one.
        public let throughLSN: UInt64
        /// Whether the file was not finished.
        public let isTemporary: Bool
    }

    /// The file of a run: `idx/`, the table's number, and the positions, in hexadecimal digits.
    public static func path(of facts: IDRunFacts) -> String {
        let table = UInt64(facts.tableID.rawValue).hexDigits
        return
            "\(directory)/\(table)-\(facts.afterLSN.hexDigits)-\(facts.throughLSN.hexDigits)"
            + suffix
    }

    /// What a name in the directory says; `nil` for every name that is none of the engine's.
    public static func name(_ fileName: String) -> Name? {
        let isTemporary = fileName.hasSuffix(temporarySuffix)
        let whole = isTemporary ? fileName.dropLast(temporarySuffix.count) : fileName[...]
        guard whole.hasSuffix(suffix) else { return nil }
        let parts = whole.dropLast(suffix.count).split(separator: "-")
        guard parts.count == 3, let number = UInt64(hexDigits: parts[0]),
            let table = UInt32(exactly: number), let after = UInt64(hexDigits: parts[1]),
            let through = UInt64(hexDigits: parts[2])
        else { return nil }
        return Name(
            tableID: TableID(table), afterLSN: after, throughLSN: through,
            isTemporary: isTemporary)
    }
}
