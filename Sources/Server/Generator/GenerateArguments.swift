import Segments

/// The command line of `daybook generate`, read.
struct GenerateArguments: Equatable {
    var options = GeneratorOptions()
    /// `-` is standard output.
    var outputPath = "-"
    var truthPath: String?
    var wantsHelp = false

    static let names = [
        "--rows", "--days", "--seed", "--late", "--duplicates", "--conflicts", "--corrections",
        "--poison", "--stream", "--format", "--out", "--truth", "--base", "--help",
    ]

    /// The option that was probably meant, with or without its dashes.
    private static func nearest(to name: String) -> String? {
        let words = names.map { String($0.drop { $0 == "-" }) }
        return Spelling.nearest(to: String(name.drop { $0 == "-" }), among: words).map { "--" + $0 }
    }

    /// Reads `--name value` and `--name=value`; the last of equal names counts.
    init(_ arguments: [String]) throws(GeneratorError) {
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--help" || argument == "-h" {
                wantsHelp = true
                continue
            }
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts.first ?? "")
            guard Self.names.contains(name), name != "--help" else {
                throw .unknownOption(name, hint: Self.nearest(to: name))
            }
            if parts.count == 2 {
                try set(name, to: String(parts[1]))
            } else {
                guard index < arguments.count else { throw .missingValue(option: name) }
                try set(name, to: arguments[index])
                index += 1
            }
        }
        try options.validate()
        if let truthPath, truthPath == outputPath {
            throw .option("--truth", found: truthPath, expected: "another file than --out")
        }
    }

    private mutating func set(_ name: String, to text: String) throws(GeneratorError) {
        switch name {
        case "--rows": options.rows = try Self.count(name, text)
        case "--days": options.days = try Self.count(name, text)
        case "--seed":
            guard let seed = UInt64(text) else {
                throw .option(name, found: text, expected: "a whole number from 0 to 2^64 - 1")
            }
            options.seed = seed
        case "--late": options.late = try Self.share(name, text)
        case "--duplicates": options.duplicates = try Self.share(name, text)
        case "--conflicts": options.conflicts = try Self.share(name, text)
        case "--corrections": options.corrections = try Self.share(name, text)
        case "--poison": options.poison = try Self.share(name, text)
        case "--stream":
            guard let stream = GeneratorOptions.Stream(rawValue: text) else {
                let all = GeneratorOptions.Stream.allCases.map(\.rawValue)
                throw .option(name, found: text, expected: all.joined(separator: ", "))
            }
            options.stream = stream
        case "--base":
            guard let base = CivilDate(text) else {
                throw .option(name, found: text, expected: "a day such as 2026-09-01")
            }
            options.base = base
        case "--format":
            guard text == "ndjson" else {
                throw .option(name, found: text, expected: "ndjson")
            }
        default:
            guard !text.isEmpty else {
                throw .option(name, found: text, expected: "the name of a file")
            }
            if name == "--out" { outputPath = text } else { truthPath = text }
        }
    }

    /// A whole number; `k` and `M` behind it stand for thousands and millions.
    private static func count(_ name: String, _ text: String) throws(GeneratorError) -> Int {
        let units: [(Character, Int)] = [("k", 1_000), ("M", 1_000_000)]
        let unit = units.first { $0.0 == text.last }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let number = Int(digits) else {
            throw .option(name, found: text, expected: "a whole number, such as 20000 or 20k")
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        guard !overflow else {
            throw .option(name, found: text, expected: "a number of at most 19 digits")
        }
        return value
    }

    private static func share(_ name: String, _ text: String) throws(GeneratorError) -> Share {
        guard let share = Share(percent: text) else {
            throw .option(name, found: text, expected: "a percentage, such as 2 or 0.5")
        }
        return share
    }
}
