/// Type names that say what a thing is, and files that open with a sentence.
enum NameRules {
    static let forbiddenSuffixes = ["Manager", "Helper", "Util", "Utils", "Base", "Impl"]
    /// How far down the opening sentence may begin.
    static let openingLines = 12

    static func findings(in file: SwiftText) -> [Finding] {
        let keywords: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return file.tokens.indices.dropLast().compactMap { index in
            let name = file.tokens[index + 1].text
            guard keywords.contains(file.tokens[index].text),
                let suffix = forbiddenSuffixes.first(where: name.hasSuffix)
            else { return nil }
            return Finding(
                path: file.path, line: file.tokens[index].line,
                problem: "\(name) ends in \(suffix), which says nothing",
                wayOut: "Name it for what it is or does: Builder, Writer, Reader, Policy, Plan")
        }
    }

    /// A source file says in its first lines what it is for.
    static func openingFindings(in file: SwiftText) -> [Finding] {
        let opening = file.comments.prefix(openingLines)
        let isSentence = opening.contains { line in
            let words = line.split(separator: " ").drop { $0.allSatisfy { $0 == "/" } }
            return line.contains("//") && words.count >= 2
        }
        if isSentence { return [] }
        return [
            Finding(
                path: file.path, line: 1, problem: "the file does not open with a sentence",
                wayOut: "Say in the first \(openingLines) lines what it is for")
        ]
    }
}
