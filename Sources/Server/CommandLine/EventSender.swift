import Ingest

/// Sends batches of lines to a table, patiently: a server that is busy is asked again.
struct EventSender {
    let connection: ServerConnection
    private let target: String

    /// How often a busy server is asked for one batch, and the longest pause in between.
    private static let attemptLimit = 60
    private static let longestPause = 5.0

    init(connection: ServerConnection, table: String, onError: String) {
        self.connection = connection
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
        var pause = 0.1
        for _ in 0..<Self.attemptLimit {
            let response: HTTPClientResponse
            do throws(CommandError) {
                response = try connection.exchange(.post, target, headers: headers, body: body)
            } catch {
                throw .failed(error)
            }
            if response.status < 300 {
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
