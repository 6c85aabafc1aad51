import Glibc
import Segments
import Synchronization

/// The process's structured log: one line an event on standard error.
///
/// `2026-11-21T14:00:00.000Z info sealed table="ledger" rows=500000 segments=3`: the time, the
/// level, what happened in a word or two joined by `_`, then facts. Texts are quoted and escaped as
/// in JSON and cut at 1 KiB, so nobody can forge a line.
public final class Log: Sendable {
    /// A fact's value.
    public enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
        ExpressibleByStringInterpolation
    {
        case text(String)
        case number(Int)

        /// For texts in code.
        public init(stringLiteral value: String) { self = .text(value) }
        /// For numbers in code.
        public init(integerLiteral value: Int) { self = .number(value) }
    }

    private let minimumLevel: LogLevel
    private let clock: any Clock
    private let sink: @Sendable ([UInt8]) -> Void

    private static let maximumTextByteCount = 1_024

    /// A log that writes lines of at least `minimumLevel` to `sink`, each with its line feed.
    public init(
        minimumLevel: LogLevel, clock: any Clock,
        sink: @escaping @Sendable ([UInt8]) -> Void = Log.standardError
    ) {
        self.minimumLevel = minimumLevel
        self.clock = clock
        self.sink = sink
    }

    /// Whether lines of that level are written: asked where making the facts costs something.
    public func writes(_ level: LogLevel) -> Bool { level >= minimumLevel }

    /// Writes one line.
    public func write(
        _ level: LogLevel, _ event: StaticString, _ facts: KeyValuePairs<StaticString, Value> = [:]
    ) {
        guard writes(level) else { return }
        var line: [UInt8] = []
        CivilTime.appendISO8601(microseconds: clock.wallMicroseconds(), to: &line)
        line.append(contentsOf: " \(level.rawValue) \(event)".utf8)
        for (name, value) in facts {
            line.append(contentsOf: " \(name)=".utf8)
            switch value {
            case .number(let number): line.append(contentsOf: String(number).utf8)
            case .text(let text): Self.appendQuoted(text, to: &line)
            }
        }
        line.append(UInt8(ascii: "\n"))
        sink(line)
    }

    private static func appendQuoted(_ text: String, to line: inout [UInt8]) {
        var json = JSONWriter()
        json.value(utf8: Array(text.utf8.prefix(maximumTextByteCount)).span)
        line.append(contentsOf: json.bytes)
    }

    /// Writes a line to standard error in one call; a line that cannot be written is lost, which
    /// is all that can be done about it.
    public static let standardError: @Sendable ([UInt8]) -> Void = { line in
        // SAFETY: the buffer is read during the call only.
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
