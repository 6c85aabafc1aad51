import Ingest

/// The numbers of one run's requests, so that each can be sent again without harm.
final class RequestNumbers {
    /// Random: nobody else's.
    let producer: String
    /// That of the next request; it goes on when one has been answered.
    var next = 0

    init() {
        var random = SystemRandomNumberGenerator()
        producer = "ingest-" + String(random.next(), radix: 16) + String(random.next(), radix: 16)
    }
}

/// Sends batches of lines to a table, patiently: a server that is busy is asked again, and where
/// requests are numbered also one that went away before it answered.
struct EventSender {
    let connection: ServerConnection
    private let target: String
    private let numbers: RequestNumbers?

    /// How often a busy server is asked for one batch, and the longest pause in between.
    private static let attemptLimit = 60
    private static let longestPause = 5.0
    /// The longest pause before a server that went away is tried again.
    private static let longestRestartPause = 1.0

    init(
        connection: ServerConnection, table: String, onError: String,
        numbers: RequestNumbers? = nil
    ) {
        self.connection = connection
        self.numbers = numbers
        target =
            "/v1/tables/\(HTTPClient.percentEncode(table))/events?on_error="
            + HTTPClient.percentEncode(onError)
    }

    /// Sends one body.
    ///
    /// - Throws: the server's refusal; `rows_rejected` names the lines.
    func send(
        _ body: [UInt8], contentType: String = "application/x-ndjson", encoding: String? = nil
    ) throws(EventSenderError) -> IngestReceipt {
        var headers = [("Content-Type", contentType)]
        if let encoding { headers.append(("Content-Encoding", encoding)) }
        if let numbers {
            headers.append((OriginHeaders.producer, numbers.producer))
            headers.append((OriginHeaders.sequence, String(numbers.next)))
        }
        var pause = 0.1
        for attempt in 1...Self.attemptLimit {
            let response: HTTPClientResponse
            do throws(CommandError) {
                response = try connection.exchange(.post, target, headers: headers, body: body)
            } catch {
                guard let numbers, numbers.next > 0, attempt < Self.attemptLimit else {
                    throw .failed(error)
                }
                Socket.pause(seconds: pause)
                pause = min(pause * 2, Self.longestRestartPause)
                continue
            }
            if response.status < 300 {
                numbers?.next += 1
                do throws(CommandError) {
                    return try IngestReceipt(ServerConnection.parse(response.body))
                } catch {
                    throw .failed(error)
                }
            }
            let problem = ServerProblem(response)
            guard problem.isBusy else { throw .refused(problem) }
            Socket.pause(seconds: min(problem.retryAfterSeconds ?? pause, Self.longestPause))
            pause = min(pause * 2, Self.longestPause)
        }
        throw .failed(CommandError("the server has been busy for too long"))
    }
}

/// Why a batch was not taken.
enum EventSenderError: Error {
    /// The server said no; nothing of the batch was applied.
    case refused(ServerProblem)
    /// There was no answer, or none that can be read; the batch may have been applied.
    case failed(CommandError)
}
