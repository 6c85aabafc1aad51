/// One setting: its key in every source, what it means, and how its text becomes a value.
public struct Setting: Sendable {
    /// `section.name`: `[section]` and `name =` in the file, `DAYBOOK_SECTION_NAME` in the
    /// environment, `--section.name=value` on the command line.
    public let key: String
    /// One line for people.
    public let help: String
    /// Sets the value, or says in a few words what would have been right.
    let apply: @Sendable (inout Configuration, String) throws(SettingError) -> Void
    /// The value as the file would have it.
    let text: @Sendable (Configuration) -> String

    /// The environment variable.
    public var environmentName: String {
        "DAYBOOK_" + key.uppercased().replacing(".", with: "_")
    }
}

/// What would have been right.
struct SettingError: Error {
    let expected: String
}

extension Setting {
    /// Every setting, in the order of the documentation.
    public static let all: [Setting] = [
        .text("storage.directory", "directory that holds everything", \.dataDirectory),
        .choice(
            "storage.read_mode", "mapped, or pread to keep sealed files out of memory maps",
            \.mapsFiles, ["mapped": true, "pread": false]),
        .text("server.address", "address to listen on (loopback only)", \.address),
        .integer("server.port", "port; 0 takes any free one", \.port, 0...65_535),
        .list("server.allowed_hosts", "further Host names, separated by commas", \.allowedHosts),
        .list(
            "server.allowed_origins", "web origins whose pages may ask, separated by commas",
            \.allowedOrigins),
        .optionalText(
            "server.tls_certificate", "PEM file of the certificate chain", \.tlsCertificate),
        .optionalText("server.tls_key", "PEM file of the private key", \.tlsKey),
        .integer(
            "server.request_threads", "threads that run requests; 0: twice the cores, at least 4",
            \.requestThreads, 0...1_024),
        .duration(
            "server.drain", "longest wait for running requests at a stop", \.drainSeconds, 0...3_600
        ),
        .optionalText(
            "server.dashboards", "directory of dashboard definitions", \.dashboardDirectory),
        .bytes(
            "ingest.max_body", "largest request body, as sent", \.maximumBodyByteCount,
            1_024...(1 << 30)),
        .integer("ingest.max_rows", "most rows of one request", \.maximumRowCount, 1...100_000),
        .integer(
            "ingest.max_rejects",
            "rejected rows of 100 above which their sender is paused; 100: never",
            \.maximumRejectPercent, 0...100),
        .bytes(
            "ingest.max_live", "live rows beyond this are answered with 429",
            \.maximumLiveByteCount, (1 << 20)...(1 << 40)),
        .integer(
            "ingest.seal_rows", "live rows of a table at which they are sealed", \.sealRowCount,
            1...10_000_000),
        .bytes(
            "ingest.seal_bytes", "bytes of live rows at which they are sealed", \.sealByteCount,
            1_024...(1 << 40)),
        .duration(
            "ingest.seal_age", "age of live rows at which they are sealed", \.sealAgeSeconds,
            1...86_400),
        .optionalText(
            "sources.files", "directory below which sources FROM FILES may read",
            \.filesDirectory),
        .optionalText(
            "sources.secrets", "directory of passwords, keys and certificates of sources",
            \.secretsDirectory),
        .duration(
            "compaction.interval", "how often the detector looks", \.compactionIntervalSeconds,
            1...86_400),
        .integer(
            "compaction.target_rows", "rows at which a segment is whole",
            \.compactionTargetRowCount, 1...10_000_000),
        .duration("query.timeout", "longest time of a query", \.queryTimeoutSeconds, 1...300),
        .bytes(
            "query.memory", "most memory of a query", \.queryMemoryByteCount,
            (1 << 20)...(1 << 40)),
        .integer(
            "query.max_result_rows", "most rows of a result", \.maximumResultRowCount,
            1...100_000_000),
        .integer("query.threads", "threads that scan; 0: one per core", \.scanThreads, 0...1_024),
        .integer(
            "query.slots", "queries that run at once; 0: twice the cores", \.querySlots, 0...1_024),
        .choice(
            "log.level", "least severe lines written", \.logLevel,
            Dictionary(uniqueKeysWithValues: LogLevel.allCases.map { ($0.rawValue, $0) })),
    ]

    typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

    static func text(_ key: String, _ help: String, _ path: any Path<String>) -> Setting {
        Setting(key: key, help: help) { (settings, text) throws(SettingError) in
            guard !text.isEmpty else { throw SettingError(expected: "a text") }
            settings[keyPath: path] = text
        } text: {
            $0[keyPath: path]
        }
    }

    static func optionalText(_ key: String, _ help: String, _ path: any Path<String?>) -> Setting {
        Setting(key: key, help: help) { (settings, text) throws(SettingError) in
            settings[keyPath: path] = text.isEmpty ? nil : text
        } text: {
            $0[keyPath: path] ?? ""
        }
    }

    static func list(_ key: String, _ help: String, _ path: any Path<[String]>) -> Setting {
        Setting(key: key, help: help) { (settings, text) throws(SettingError) in
            settings[keyPath: path] = text.split(separator: ",").map {
                String($0.trimmingBlanks())
            }
        } text: {
            $0[keyPath: path].joined(separator: ",")
        }
    }

    static func integer(
        _ key: String, _ help: String, _ path: any Path<Int>, _ range: ClosedRange<Int>
    ) -> Setting {
        scaled(key, help, path, range, units: ["": 1], example: "a whole number")
    }

    static func bytes(
        _ key: String, _ help: String, _ path: any Path<Int>, _ range: ClosedRange<Int>
    ) -> Setting {
        scaled(
            key, help, path, range,
            units: ["": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30],
            example: "a size such as \"256MiB\"")
    }

    static func duration(
        _ key: String, _ help: String, _ path: any Path<Int>, _ range: ClosedRange<Int>
    ) -> Setting {
        scaled(
            key, help, path, range, units: ["": 1, "s": 1, "m": 60, "h": 3_600],
            example: "a time such as \"60s\"")
    }

    private static func scaled(
        _ key: String, _ help: String, _ path: any Path<Int>, _ range: ClosedRange<Int>,
        units: [String: Int], example: String
    ) -> Setting {
        Setting(key: key, help: help) { (settings, text) throws(SettingError) in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            let unit = String(text.dropFirst(digits.count)).trimmingBlanks()
            guard let number = Int(digits), let factor = units[String(unit)] else {
                throw SettingError(expected: example)
            }
            let value = number.multipliedReportingOverflow(by: factor)
            guard !value.overflow, range.contains(value.partialValue) else {
                throw SettingError(
                    expected: "\(example) from \(range.lowerBound) to \(range.upperBound)")
            }
            settings[keyPath: path] = value.partialValue
        } text: { settings in
            let value = settings[keyPath: path]
            let unit = units.filter { value > 0 && value % $0.value == 0 }
                .max { ($0.value, $0.key.count) < ($1.value, $1.key.count) }
            return unit.map { "\(value / $0.value)\($0.key)" } ?? "\(value)"
        }
    }

    static func choice<Value: Sendable & Equatable>(
        _ key: String, _ help: String, _ path: any Path<Value>, _ choices: [String: Value]
    ) -> Setting {
        Setting(key: key, help: help) { (settings, text) throws(SettingError) in
            guard let value = choices[text] else {
                throw SettingError(
                    expected: "one of " + choices.keys.sorted().joined(separator: ", "))
            }
            settings[keyPath: path] = value
        } text: { settings in
            choices.first { $0.value == settings[keyPath: path] }?.key ?? ""
        }
    }
}

extension StringProtocol {
    /// Without spaces and tabs at either end.
    func trimmingBlanks() -> SubSequence {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
