/// Words that the code does without, and calls that have one place.
enum ForbiddenRules {
    /// The only files that create, rename or sync files themselves (rule R-FS-7), each with its
    /// reason.
    static let fileCalls: [String: String] = [
        "Sources/Segments/Files/PosixFile.swift": "the FileSystem seam, on the kernel",
        "Sources/Segments/Files/PosixFileSystem.swift": "the FileSystem seam, on the kernel",
        "Sources/Server/Generator/GeneratorOutput.swift": "writes no data of the engine",
    ]
    /// The folders whose files talk to the person at the terminal.
    static let terminalFolders = ["Sources/Server/Main/", "Sources/Server/CommandLine/"]
    /// These tests name the words they look for.
    static let ownFolder = "Tests/StyleTests/"

    static func findings(in file: SwiftText) -> [Finding] {
        tokenFindings(in: file) + openTaskFindings(path: file.path, lines: file.lines)
    }

    /// Words in the code of one file.
    private static func tokenFindings(in file: SwiftText) -> [Finding] {
        let isSource = file.path.hasPrefix("Sources/")
        let mayPrint = !isSource || terminalFolders.contains(where: file.path.hasPrefix)
        let mayCallFiles = !isSource || fileCalls[file.path] != nil
        return file.tokens.indices.compactMap { index in
            let token = file.tokens[index]
            let next = index + 1 < file.tokens.count ? file.tokens[index + 1].text : ""
            func finding(_ problem: String, _ wayOut: String) -> Finding {
                Finding(path: file.path, line: token.line, problem: problem, wayOut: wayOut)
            }
            switch (token.text, next) {
            case ("try", "!"): return finding("`try!`", "Handle the error or pass it on")
            case ("as", "!"): return finding("`as!`", "Use `as?` and say what else may be there")
            case ("fatalError", _):
                return finding("`fatalError`", "Throw, or state the fact with `precondition`")
            case (let word, _) where word.hasPrefix("rd_kafka_consume_"):
                return finding(
                    "`\(word)`: skips positions after a pause in librdkafka before 2.1.0",
                    "Take messages from `rd_kafka_consumer_poll`")
            case ("print", "(") where !mayPrint && isFreeCall(index, in: file.tokens):
                return finding("`print(` in the engine", "Log it, or return it")
            case ("rename", "("), ("open", "("), ("fsync", "("), ("fdatasync", "("):
                guard !mayCallFiles, isFreeCall(index, in: file.tokens),
                    token.text != "open" || createsFile(index, in: file.tokens)
                else { return nil }
                return finding("a raw `\(token.text)(`", "Call the FileSystem seam")
            default: return nil
            }
        }
    }

    /// Notes to oneself, anywhere in a file.
    static func openTaskFindings(path: String, lines: [String]) -> [Finding] {
        guard !path.hasPrefix(ownFolder) else { return [] }
        return lines.indices.compactMap { index in
            let words = lines[index].split { !$0.isLetter }
            guard let word = words.first(where: { $0 == "TODO" || $0 == "FIXME" }) else {
                return nil
            }
            return Finding(
                path: path, line: index + 1, problem: "`\(word)`", wayOut: "Do it, or file an issue"
            )
        }
    }

    /// The build flag that turns a trap into undefined behaviour, in a build file.
    static func flagFindings(path: String, text: String) -> [Finding] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.compactMap { index in
            guard lines[index].contains("-Ounchecked") else { return nil }
            return Finding(
                path: path, line: index + 1, problem: "`-Ounchecked`", wayOut: "Use -O")
        }
    }

    /// Whether the name is called on its own or on the C library, not as a method of ours. No
    /// function of C throws, so what is tried is ours.
    private static func isFreeCall(_ index: Int, in tokens: [SwiftText.Token]) -> Bool {
        guard index > 0 else { return true }
        if ["func", "try"].contains(tokens[index - 1].text) { return false }
        guard tokens[index - 1].text == "." else { return true }
        return index > 1 && ["Glibc", "Swift"].contains(tokens[index - 2].text)
    }

    /// Whether the arguments of the call name `O_CREAT`.
    private static func createsFile(_ index: Int, in tokens: [SwiftText.Token]) -> Bool {
        var depth = 0
        for token in tokens[(index + 1)...] {
            if token.text == "O_CREAT" { return true }
            if token.text == "(" { depth += 1 }
            if token.text == ")" { depth -= 1 }
            if depth == 0 { return false }
        }
        return false
    }
}
