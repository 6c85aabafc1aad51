/// Files, functions and lines that fit a reader: limits of lines and columns.
enum LengthRules {
    static let sourceFileLines = 400
    static let testFileLines = 500
    static let functionLines = 70
    static let columns = 100

    static func findings(in file: SwiftText) -> [Finding] {
        fileFindings(in: file) + columnFindings(in: file) + functionFindings(in: file)
    }

    private static func fileFindings(in file: SwiftText) -> [Finding] {
        let limit = file.path.hasPrefix("Sources/") ? sourceFileLines : testFileLines
        let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
        guard count > limit else { return [] }
        return [
            Finding(
                path: file.path, line: count, problem: "\(count) lines, more than \(limit)",
                wayOut: "Find the second idea that has moved in and give it a file")
        ]
    }

    private static func columnFindings(in file: SwiftText) -> [Finding] {
        file.lines.indices.compactMap { index in
            let count = file.lines[index].count
            guard count > columns, !isData(line: index + 1, of: file) else { return nil }
            return Finding(
                path: file.path, line: index + 1,
                problem: "\(count) columns, more than \(columns)", wayOut: "Wrap the line")
        }
    }

    /// Lines of a multi-line string literal, and in tests the statement or document that a literal
    /// holds in one piece: where no word of code stands beyond the limit.
    private static func isData(line: Int, of file: SwiftText) -> Bool {
        if file.literalLines.contains(line) { return true }
        let beyond = file.code[line - 1].dropFirst(columns)
        return file.path.hasPrefix("Tests/") && file.code[line - 1].contains("\"")
            && file.comments[line - 1].allSatisfy { $0 == " " }
            && !beyond.contains { $0.isLetter || $0.isNumber }
    }

    private static func functionFindings(in file: SwiftText) -> [Finding] {
        functions(in: file.tokens).compactMap { name, lines in
            guard lines.count > functionLines else { return nil }
            return Finding(
                path: file.path, line: lines.lowerBound,
                problem: "\(name) has \(lines.count) lines, more than \(functionLines)",
                wayOut: "Give its parts names")
        }
    }

    /// Every function with a body: its name and its lines, from declaration to closing brace.
    static func functions(
        in tokens: [SwiftText.Token]
    ) -> [(name: String, lines: ClosedRange<Int>)] {
        let keywords: Set<String> = ["func", "init", "deinit", "subscript"]
        return tokens.indices.compactMap { index in
            let keyword = tokens[index].text
            guard keywords.contains(keyword), index == 0 || tokens[index - 1].text != ".",
                let opening = bodyStart(after: index, in: tokens),
                let closing = closingBrace(of: opening, in: tokens)
            else { return nil }
            let name = keyword == "func" ? tokens[index + 1].text : keyword
            return (name, tokens[index].line...tokens[closing].line)
        }
    }

    /// The brace that opens the body, or nil for a requirement of a protocol.
    private static func bodyStart(after index: Int, in tokens: [SwiftText.Token]) -> Int? {
        let nextDeclaration: Set<String> = [
            "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum",
        ]
        var depth = 0
        for next in tokens.indices.dropFirst(index + 1) {
            switch tokens[next].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return next
            case "}" where depth == 0: return nil
            case let word where depth == 0 && nextDeclaration.contains(word): return nil
            default: break
            }
        }
        return nil
    }

    private static func closingBrace(of opening: Int, in tokens: [SwiftText.Token]) -> Int? {
        var depth = 0
        for next in tokens.indices.dropFirst(opening) {
            if tokens[next].text == "{" { depth += 1 }
            if tokens[next].text == "}" { depth -= 1 }
            if depth == 0 { return next }
        }
        return nil
    }
}
