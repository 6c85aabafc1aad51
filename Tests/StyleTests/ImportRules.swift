/// Who may import whom: the module graph of `docs/architecture.md`, and one door per C library.
enum ImportRules {
    /// What the files of a folder may import. The longest matching folder decides; folders not
    /// named here (the tests) are free.
    static let allowed: [String: Set<String>] = [
        "Sources/Segments/": ["Glibc", "Synchronization"],
        "Sources/Ingest/": ["Segments", "Glibc", "Synchronization"],
        "Sources/Query/": ["Segments", "Glibc", "Synchronization"],
        "Sources/Compaction/": ["Segments", "Glibc", "Synchronization"],
        "Sources/Server/": [
            "Segments", "Ingest", "Query", "Compaction", "Glibc", "Synchronization",
        ],
        "Sources/Server/Main/": ["Server", "Glibc"],
    ]

    /// The files or folders (ending in "/") that may import a C library.
    static let doors: [String: [String]] = [
        "CZstd": ["Sources/Segments/Codecs/"],
        "CLz4": ["Sources/Segments/Codecs/"],
        "CChecksum": ["Sources/Segments/Bytes/"],
        "CZlib": ["Sources/Server/HTTP/"],
        "CMicrohttpd": ["Sources/Server/HTTP/"],
        "CMalloc": ["Sources/Server/Memory/"],
        "CKafka": ["Sources/Ingest/Sources/Kafka/KafkaConsumer.swift"],
        "CEdit": ["Sources/Server/CommandLine/Prompt/LineEditor.swift"],
    ]

    static func findings(in file: SwiftText) -> [Finding] {
        imports(of: file).compactMap { module, line in
            if let door = doors[module] {
                if door.contains(where: file.path.hasPrefix) { return nil }
                return Finding(
                    path: file.path, line: line, problem: "\(module) is imported outside its door",
                    wayOut: "Call the Swift type in \(door.joined(separator: ", ")) that wraps it")
            }
            let folder = allowed.keys.filter(file.path.hasPrefix).max { $0.count < $1.count }
            guard let folder, let modules = allowed[folder], !modules.contains(module) else {
                return nil
            }
            return Finding(
                path: file.path, line: line, problem: "\(folder) may not import \(module)",
                wayOut: "It may import \(modules.sorted().joined(separator: ", ")); "
                    + "a type that two modules need lives in Segments")
        }
    }

    /// The module named by each import declaration.
    static func imports(of file: SwiftText) -> [(module: String, line: Int)] {
        let kinds: Set<String> = [
            "struct", "class", "enum", "protocol", "func", "var", "typealias",
        ]
        return file.tokens.indices.compactMap { index in
            guard file.tokens[index].text == "import" else { return nil }
            var name = index + 1
            if name < file.tokens.count, kinds.contains(file.tokens[name].text) { name += 1 }
            guard name < file.tokens.count else { return nil }
            return (file.tokens[name].text, file.tokens[index].line)
        }
    }
}
