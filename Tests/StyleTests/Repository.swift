import Foundation

/// The files of the project, read once for all rules.
struct Repository {
    /// The working copy that these tests were compiled from.
    static let current = Repository(root: locateRoot(from: #filePath))

    /// Absolute path of the top folder.
    let root: String
    /// Every Swift file of `Sources` and `Tests`, by path.
    let swiftFiles: [SwiftText]
    /// Every Markdown file, by path: the top folder's and those of `docs` and `sample-data`.
    let documents: [(path: String, text: String)]

    /// The Swift files below `Sources`.
    var sources: [SwiftText] { swiftFiles.filter { $0.path.hasPrefix("Sources/") } }

    init(root: String) {
        self.root = root
        let files = FileManager.default
        let names = ["Sources", "Tests", "docs", "sample-data"].flatMap { folder in
            let below = files.enumerator(atPath: root + "/" + folder)?.compactMap { $0 as? String }
            return (below ?? []).map { folder + "/" + $0 }
        }
        let top = ((try? files.contentsOfDirectory(atPath: root)) ?? [])
        func text(_ path: String) -> String {
            guard let bytes = files.contents(atPath: root + "/" + path) else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        swiftFiles = names.filter { $0.hasSuffix(".swift") }.sorted()
            .map { SwiftText(path: $0, text: text($0)) }
        documents = (names + top).filter { $0.hasSuffix(".md") }.sorted().map { ($0, text($0)) }
    }

    /// The text of a file, or nil when there is none.
    func text(of path: String) -> String? {
        FileManager.default.contents(atPath: root + "/" + path)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a file or folder of that path exists.
    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root + "/" + path)
    }

    /// Whether the file can be run as a command.
    func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root + "/" + path)
    }

    /// `.../Tests/StyleTests/Repository.swift` is three steps below the root.
    private static func locateRoot(from file: String) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/")
    }
}
