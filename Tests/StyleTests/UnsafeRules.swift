/// Where `unsafe` may stand, and that each use says what makes it true.
enum UnsafeRules {
    /// How many lines of code may stand between a `// SAFETY:` and the use it speaks for.
    static let reach = 12

    /// Uses in files that are not listed, and uses without a `// SAFETY:`.
    static func findings(in file: SwiftText, listed: Set<String>) -> [Finding] {
        let uses = file.tokens.filter { $0.text == "unsafe" }
        if let use = uses.first, !listed.contains(file.path) {
            return [
                Finding(
                    path: file.path, line: use.line, problem: "`unsafe` in an unlisted file",
                    wayOut: "Use Span or an array, or give the file and its reason in "
                        + "Tests/StyleTests/UnsafeFiles.swift")
            ]
        }
        return Set(uses.map(\.line)).sorted().compactMap { line in
            if hasReason(above: line, in: file) || hasReason(inClosureAt: line, in: file) {
                return nil
            }
            return Finding(
                path: file.path, line: line, problem: "`unsafe` without a reason",
                wayOut: "Put `// SAFETY:` and the check that makes it true before it, in the "
                    + "same function, at most \(reach) lines of code above")
        }
    }

    /// Entries of the list that name no file, or a file without the word.
    static func staleEntries(listed: [String: String], files: [SwiftText]) -> [Finding] {
        listed.sorted { $0.key < $1.key }.compactMap { path, reason in
            let file = files.first { $0.path == path }
            let isUsed = file?.tokens.contains { $0.text == "unsafe" } ?? false
            if isUsed && !reason.isEmpty { return nil }
            return Finding(
                path: "Tests/StyleTests/UnsafeFiles.swift", line: 1,
                problem: "the entry \(path) names no file with `unsafe`, or gives no reason",
                wayOut: "Remove or complete the entry")
        }
    }

    /// Looks upwards from a use: comment lines are free, and so are further uses, because a run of
    /// them shares its reason; other code lines count, and above the line that
    /// declares the function only its own comment and attributes are read.
    private static func hasReason(above line: Int, in file: SwiftText) -> Bool {
        var isAboveDeclaration = false
        var codeLines = 0
        for current in stride(from: line, through: 1, by: -1) {
            if file.comments[current - 1].contains("SAFETY:") { return true }
            let words = file.code[current - 1].split(separator: " ")
            guard let first = words.first else {
                if isAboveDeclaration && file.lines[current - 1].isEmpty { return false }
                continue
            }
            if isAboveDeclaration && !first.hasPrefix("@") { return false }
            if words.contains(where: { $0 == "func" || $0 == "deinit" || $0.hasPrefix("init(") }) {
                isAboveDeclaration = true
            }
            codeLines += words.contains("unsafe") ? 0 : 1
            if codeLines > reach { return false }
        }
        return false
    }

    /// A use that only opens a closure (`unsafe bytes.withUnsafeBytes { source in`) may leave the
    /// reason to the uses inside it.
    private static func hasReason(inClosureAt line: Int, in file: SwiftText) -> Bool {
        let words = file.code[line - 1].split(separator: " ")
        guard let last = words.last, last == "in" || last == "{" else { return false }
        return file.comments[line...].prefix(reach).contains { $0.contains("SAFETY:") }
    }
}
