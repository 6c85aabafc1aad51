/// Links that lead somewhere, pages that are linked, and a glossary that has every word.
enum DocumentRules {
    /// A link to another file of the project.
    struct Link: Equatable {
        /// As written, without the part after `#`.
        var target: String
        /// Counted from 1.
        var line: Int
    }

    /// The words of the code, one meaning each; `docs/glossary.md` explains them.
    static let vocabulary = [
        "table", "event", "row", "dimension", "metric", "granularity", "time chunk", "rollup",
        "segment", "live", "sealed", "published", "retired", "deleted", "overshadow", "handoff",
        "block", "dictionary", "code", "bitmap index", "zone map", "encoding", "codec", "vector",
        "selection vector", "morsel", "kernel", "prune", "partial result", "merge", "finalize",
        "sketch", "manifest", "catalog", "snapshot", "timeline", "write-ahead log", "position",
        "compaction", "retention", "check", "index", "count", "byteCount", "byteOffset", "rowIndex",
    ]

    /// Relative links of a page to nothing.
    static func brokenLinks(
        path: String, text: String, exists: (String) -> Bool
    ) -> [Finding] {
        links(in: text).compactMap { link in
            if exists(resolve(link.target, from: path)) { return nil }
            return Finding(
                path: path, line: link.line, problem: "the link \(link.target) leads nowhere",
                wayOut: "Correct it or write the page")
        }
    }

    /// Pages of `docs` that no other page leads to.
    static func unlinkedPages(documents: [(path: String, text: String)]) -> [Finding] {
        var linked: Set<String> = []
        for (path, text) in documents {
            let targets = links(in: text).map { resolve($0.target, from: path) }
            linked.formUnion(targets.filter { $0 != path })
        }
        return documents.map(\.path).filter { $0.hasPrefix("docs/") && !linked.contains($0) }
            .map {
                Finding(
                    path: $0, line: 1, problem: "no page links here",
                    wayOut: "Link it from README.md or docs/architecture.md")
            }
    }

    /// Words of the vocabulary that the glossary does not print in bold.
    static func missingWords(in glossary: String) -> [Finding] {
        vocabulary.filter { !glossary.contains("**\($0)**") }.map {
            Finding(
                path: "docs/glossary.md", line: 1, problem: "the word \"\($0)\" is missing",
                wayOut: "Explain it as **\($0)**")
        }
    }

    /// Codes declared in an error's source file (`case name = "code"`) that the page of errors does
    /// not explain in a row of its own.
    static func undocumentedCodes(in file: SwiftText, page: String) -> [Finding] {
        guard file.path.hasSuffix("Error.swift") else { return [] }
        return file.lines.indices.compactMap { index in
            let parts = file.lines[index].split(separator: "\"")
            guard parts.count >= 2, parts[0].contains("case "), parts[0].hasSuffix("= "),
                !page.contains("| `\(parts[1])` |")
            else { return nil }
            return Finding(
                path: file.path, line: index + 1, problem: "the code \(parts[1]) is not explained",
                wayOut: "Give it a row in docs/errors.md")
        }
    }

    /// The relative links of a page; what stands between code fences is no link.
    static func links(in text: String) -> [Link] {
        var links: [Link] = []
        var isFenced = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isFenced.toggle() }
            if isFenced { continue }
            var rest = line[...]
            while let opening = rest.firstRange(of: "](") {
                rest = rest[opening.upperBound...]
                let target = rest.prefix { $0 != ")" && $0 != " " }.prefix { $0 != "#" }
                if target.isEmpty || target.contains(":") { continue }
                links.append(Link(target: String(target), line: index + 1))
            }
        }
        return links
    }

    /// The path from the root of a target written in the page `path`.
    static func resolve(_ target: String, from path: String) -> String {
        var parts = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast()
        for part in target.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
