import Testing

/// Each rule about code catches a planted violation, and lets a clean one pass.
@Suite("The style rules find what they are for")
struct CodeRuleTests {
    /// A file to plant and the lines on which a rule must find something.
    struct Plant: CustomTestStringConvertible, Sendable {
        var path = "Sources/Query/Scan.swift"
        var text: String
        var lines: [Int]
        var testDescription: String { path + ": " + text.prefix(60) }
    }

    private func lines(_ plant: Plant, _ rule: (SwiftText) -> [Finding]) -> [Int] {
        rule(SwiftText(path: plant.path, text: plant.text)).map(\.line)
    }

    @Test(
        "An import against the module graph is found",
        arguments: [
            Plant(text: "import Segments\nimport Ingest\n", lines: [2]),
            Plant(path: "Sources/Segments/A.swift", text: "public import Query", lines: [1]),
            Plant(path: "Sources/Compaction/A.swift", text: "import struct Ingest.A", lines: [1]),
            Plant(path: "Sources/Ingest/A.swift", text: "// import Query\nimport Glibc", lines: []),
            Plant(path: "Sources/Server/A.swift", text: "import Query\nimport Ingest", lines: []),
            Plant(path: "Sources/Server/Main/Main.swift", text: "import Server", lines: []),
            Plant(path: "Sources/Server/Main/Main.swift", text: "import Segments", lines: [1]),
            Plant(text: "import Foundation", lines: [1]),
            Plant(text: "import CZstd", lines: [1]),
            Plant(path: "Sources/Segments/Codecs/Z.swift", text: "import CZstd", lines: []),
            Plant(path: "Sources/Server/HTTP/H.swift", text: "import CMicrohttpd", lines: []),
            Plant(path: "Tests/ServerTests/T.swift", text: "import CMicrohttpd", lines: [1]),
        ])
    func imports(_ plant: Plant) {
        #expect(lines(plant, ImportRules.findings) == plant.lines)
    }

    @Test(
        "An unsafe use without its reason is found",
        arguments: [
            Plant(text: "let a = unsafe f()", lines: [1]),
            Plant(text: "// SAFETY: checked above.\nlet a = unsafe f()", lines: []),
            Plant(text: "// unsafe\nlet a = \"unsafe \\\"unsafe\"", lines: []),
            Plant(text: "let a = \"\\(unsafe f())\"", lines: [1]),
            Plant(
                text: "func a() {\n// SAFETY: x.\nunsafe f()\n}\nfunc b() {\nunsafe f()\n}",
                lines: [6]),
            Plant(text: "// SAFETY: x.\n@inline(__always)\nfunc b() {\n  unsafe f()\n}", lines: []),
            Plant(text: "unsafe f { a in\n// SAFETY: x.\nunsafe g()\n}", lines: []),
            Plant(
                text: "// SAFETY: x.\n" + String(repeating: "unsafe f()\n", count: 40), lines: []),
            Plant(text: "unsafe f { a in\ng()\n}", lines: [1]),
            Plant(
                text: "// SAFETY: x.\n" + String(repeating: "a()\n", count: 13) + "unsafe f()",
                lines: [15]),
        ])
    func unsafeUses(_ plant: Plant) {
        #expect(lines(plant) { UnsafeRules.findings(in: $0, listed: [$0.path]) } == plant.lines)
    }

    @Test("An unsafe use in an unlisted file, and a stale entry of the list, are found")
    func unsafeList() {
        let text = "// SAFETY: checked.\nlet a = unsafe f()"
        let file = SwiftText(path: "Sources/Query/A.swift", text: text)
        let clean = SwiftText(path: "Sources/Query/B.swift", text: "let a = f()")
        #expect(UnsafeRules.findings(in: file, listed: []).map(\.line) == [2])
        func stale(_ listed: [String: String]) -> Int {
            UnsafeRules.staleEntries(listed: listed, files: [file, clean]).count
        }
        #expect(stale([file.path: "wraps f"]) == 0)
        #expect(stale([file.path: ""]) == 1)
        #expect(stale([clean.path: "none", "Sources/Gone.swift": "none"]) == 2)
    }

    @Test("A file, a function and a line that are too long are found")
    func lengths() {
        func function(lines: Int) -> String {
            "func a(b: Int = { 1 }()) -> Int {\n" + String(repeating: "f()\n", count: lines - 2)
                + "}\n"
        }
        func found(_ text: String, path: String = "Sources/A.swift") -> [Int] {
            LengthRules.findings(in: SwiftText(path: path, text: text)).map(\.line)
        }
        #expect(found(function(lines: 70)) == [])
        #expect(found(function(lines: 71)) == [1])
        #expect(found("protocol P {\nfunc a()\nvar b: Int { get }\n}" + function(lines: 70)) == [])
        #expect(found(String(repeating: "a\n", count: 400)) == [])
        #expect(found(String(repeating: "a\n", count: 401)) == [401])
        #expect(found(String(repeating: "a\n", count: 401), path: "Tests/A.swift") == [])
        #expect(found("\n" + String(repeating: "é", count: 100)) == [])
        #expect(found("\n" + String(repeating: "é", count: 101)) == [2])
        let literal = "let a = \"\"\"\n" + String(repeating: "x", count: 200) + "\n\"\"\"\n"
        #expect(found(literal) == [])
        let statement = "let a = \"" + String(repeating: "x ", count: 60) + "\""
        #expect(found(statement) == [1])
        #expect(found(statement, path: "Tests/A.swift") == [])
        #expect(found(statement + " + b", path: "Tests/A.swift") == [1])
    }

    @Test(
        "Forbidden words and raw file calls are found",
        arguments: [
            Plant(text: "try! f()", lines: [1]),
            Plant(text: "a as! B", lines: [1]),
            Plant(text: "// try! and as! and fatalError\n\"try! f()\"", lines: []),
            Plant(text: "fatalError()", lines: [1]),
            Plant(text: "print(\"a\")", lines: [1]),
            Plant(path: "Sources/Server/CommandLine/A.swift", text: "print(1)", lines: []),
            Plant(text: "shape.print(1)\nfunc print(_ a: Int) {}", lines: []),
            Plant(text: "rename(a, b)\nGlibc.fsync(1)\nfdatasync(1)", lines: [1, 2, 3]),
            Plant(text: "files.rename(a, b)\ntry files.open(a)\ntry rename(a)", lines: []),
            Plant(text: "open(path, O_RDONLY)\nopen(path, O_CREAT | O_RDWR, 0o600)", lines: [2]),
            Plant(path: "Sources/Segments/Files/PosixFile.swift", text: "fsync(1)", lines: []),
            Plant(text: "a\n// TODO: later\n// FIXME\nlet todo = TODOList()", lines: [2, 3]),
        ])
    func forbidden(_ plant: Plant) {
        #expect(lines(plant, ForbiddenRules.findings) == plant.lines)
    }

    @Test(
        "reg_consume_batch_unused: the calls of librdkafka that skip positions are found",
        arguments: [
            Plant(text: "rd_kafka_consume_batch(a, 0, 1, b, 2)", lines: [1]),
            Plant(text: "\nrd_kafka_consume_batch_queue(q, 1, b, 2)", lines: [2]),
            Plant(text: "// rd_kafka_consume_batch\nrd_kafka_consumer_poll(h, 0)", lines: []),
        ])
    func consumeBatch(_ plant: Plant) {
        #expect(lines(plant, ForbiddenRules.findings) == plant.lines)
    }

    @Test("The unchecked build flag is found")
    func buildFlag() {
        let found = ForbiddenRules.flagFindings(path: "Makefile", text: "-O\n-Ounchecked\n")
        #expect(found.map(\.line) == [2])
    }

    @Test(
        "A type name that says nothing is found",
        arguments: [
            Plant(text: "struct FileManager {}", lines: [1]),
            Plant(text: "final class ScanImpl {}\nenum StringUtils {}", lines: [1, 2]),
            Plant(text: "let a = FileManager()\nstruct Database {}", lines: []),
        ])
    func names(_ plant: Plant) {
        #expect(lines(plant, NameRules.findings) == plant.lines)
    }

    @Test(
        "A file without an opening sentence is found",
        arguments: [
            Plant(text: "struct A {}\n", lines: [1]),
            Plant(text: "//\n///\nstruct A {}\n", lines: [1]),
            Plant(text: "import Segments\n\n/// Reads blocks.\nstruct A {}\n", lines: []),
            Plant(text: String(repeating: "a\n", count: 12) + "// Too late.\n", lines: [1]),
        ])
    func openings(_ plant: Plant) {
        #expect(lines(plant, NameRules.openingFindings) == plant.lines)
    }
}
