import Foundation

/// A Kafka broker in a process of its own (`Tests/KafkaBroker`), so that it outlives whatever a
/// test kills. It has one topic.
public final class BrokerProcess {
    /// Where it listens.
    public private(set) var address = ""
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var unread: [UInt8] = []

    /// Why a broker cannot be used.
    public struct Failure: Error {
        /// What was printed, or nothing.
        public let reason: String
    }

    /// Whether the tests were built with it: it is a program beside them.
    public static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: path) }

    private static var path: String {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
        return "/" + bundle.split(separator: "/").dropLast().joined(separator: "/") + "/KafkaBroker"
    }

    /// Starts one with a topic.
    public init(topic: String, partitionCount: Int, settings: [String] = []) throws {
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = [topic, String(partitionCount)] + settings
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        address = try line()
    }

    deinit { stop() }

    /// Ends it.
    public func stop() {
        guard process.isRunning else { return }
        // The threads of librdkafka may have the request to end for themselves.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Hands messages over; a `nil` value is a tombstone.
    public func send(_ messages: [(partition: Int, key: String, value: String?)]) throws {
        var text = ""
        for message in messages {
            text += "\(message.partition)\t\(message.key)\t\(message.value ?? "\\N")\n"
        }
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    /// Waits until all of them are stored.
    ///
    /// - Returns: How many messages there were ever.
    @discardableResult
    public func flush() throws -> Int {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        let words = try line().split(separator: " ")
        guard words.first == "stored", let count = words.last.flatMap({ Int($0) }) else {
            throw Failure(reason: words.joined(separator: " "))
        }
        return count
    }

    private func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(reason: "the broker has ended") }
            unread += more
        }
    }
}
