import Ingest
import Query
import Segments
import Synchronization

/// Answers every request that the door lets in.
public final class APIHandler: HTTPHandler {
    let database: Database
    let dashboards: [Dashboard]
    /// Lowered when the process stops, so that load balancers look elsewhere.
    let isReady = Atomic<Bool>(true)

    /// Serves `database`, with these dashboards.
    public init(database: Database, dashboards: [Dashboard]) {
        self.database = database
        self.dashboards = dashboards
    }

    /// Makes `/readyz` answer 503 from now on.
    public func retire() { isReady.store(false, ordering: .relaxed) }

    /// Decides on the head alone: unknown paths, small answers, and overload before a body is read.
    public func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
        let route: Route
        do throws(Route.Miss) {
            route = try Route(head.method, head.path)
        } catch {
            return .refuse(Self.answer(error, head))
        }
        do throws(ProblemDetails) {
            try route.check(head.query)
        } catch {
            return .refuse(error.response())
        }
        switch route {
        case .alive: return .answer(.text("ok\n"))
        case .ready:
            let isReady = isReady.load(ordering: .relaxed) && database.failure == nil
            guard isReady else { return .answer(.text("stopping\n", status: 503)) }
            let isSafe = database.safeModeReason != nil
            return .answer(.text(isSafe ? "safe mode, read-only\n" : "ok\n"))
        case .putRow:
            return refusalOfLoad.map { .refuse($0) }
                ?? .process(bodyLimit: Self.maximumStatementByteCount)
        case .events(let name):
            if let refusal = refusalOfPaused(head, table: name) { return .refuse(refusal) }
            if let refusal = refusalOfLoad { return .refuse(refusal) }
            return .process(bodyLimit: database.configuration.maximumBodyByteCount)
        case .sql, .druid(.sql): return .process(bodyLimit: Self.maximumStatementByteCount)
        case .row, .rows:
            return quickAnswer(route, head).map { .answer($0) } ?? .process(bodyLimit: 0)
        case .lookUpRows, .replayRejects, .discardRejects:
            return .process(bodyLimit: Self.maximumStatementByteCount)
        default: return .process(bodyLimit: 0)
        }
    }

    /// The refusal of rows while too many wait for the disk.
    private var refusalOfLoad: HTTPResponse? {
        let load = database.ingestion.load
        guard load.liveBytes >= database.configuration.maximumLiveByteCount else { return nil }
        database.metrics.overloads.add()
        return ProblemDetails.overloaded("live rows wait for the disk")
            .response(retryAfterSeconds: Int.random(in: 1...5))
    }

    /// A statement with its parameters; the statement alone has a smaller limit of its own.
    private static let maximumStatementByteCount = 1 << 20

    /// Does the work, on a request thread.
    public func respond(to request: HTTPRequest, cancellation: Cancellation) -> HTTPResponse {
        let route: Route
        do throws(Route.Miss) {
            route = try Route(request.head.method, request.head.path)
        } catch {
            return Self.answer(error, request.head)
        }
        do throws(ProblemDetails) {
            return try respond(to: request, route, cancellation)
        } catch {
            let isBusy = error.status == 429 || error.status == 503
            return error.response(retryAfterSeconds: isBusy ? Int.random(in: 1...5) : nil)
        }
    }

    /// Answers a statement that was answered within microseconds the last time.
    public func respondAtOnce(
        to request: HTTPRequest, cancellation: Cancellation
    ) -> HTTPResponse? {
        guard request.head.method == .post, request.head.path == ["v1", "sql"] else { return nil }
        return quickSQL(request, cancellation)
    }

    private func respond(
        to request: HTTPRequest, _ route: Route, _ cancellation: Cancellation
    ) throws(ProblemDetails) -> HTTPResponse {
        switch route {
        case .sql: try sql(request, cancellation)
        case .tables: tables()
        case .table(let name): try describe(table(name))
        case .events(let name): try takeEvents(request, table(name))
        case .rows(let name): try rows(request.head, table(name))
        case .row(let name, let key): try row(key, request.head, table(name))
        case .putRow(let name, let key): try putRow(key, request, table(name))
        case .deleteRow(let name, let key): try deleteRow(key, request.head, table(name))
        case .lookUpRows(let name): try lookUp(request, table(name))
        case .segments(let name): try segments(table(name))
        case .segment(let name, let id): try segment(id, table(name))
        case .rejects(let name): try rejects(request.head, name, cancellation)
        case .replayRejects(let name): try replayRejects(request, name, cancellation)
        case .discardRejects(let name): try discardRejects(request, name)
        case .compactTable(let name): try compact(table(name))
        case .sealTable(let name): try seal(table(name))
        case .sources: sources()
        case .source(let name): try source(name)
        case .changeSource(let name, let verb): try change(source: name, verb, request.head)
        case .compaction: compaction()
        case .completeness: completeness()
        case .releaseGarbage: releaseGarbage()
        case .queries: queries()
        case .query(let id): try endQuery(id)
        case .endpoints: listEndpoints()
        case .endpoint(let name): try answer(endpoint(name), request.head, cancellation)
        case .dashboards: listDashboards()
        case .dashboard(let id): try describe(dashboard(id))
        case .dashboardData(let id): try data(dashboard(id), request.head, cancellation)
        case .metrics: prometheus()
        case .druid(let route): druid(request, route, cancellation)
        case .alive, .ready: .text("ok\n")
        }
    }

    /// The table of that name in the newest snapshot.
    func table(_ name: String) throws(ProblemDetails) -> (Snapshot, TableSnapshot) {
        let snapshot = database.catalog.snapshot
        if let table = snapshot.table(named: name) { return (snapshot, table) }
        var problem = ProblemDetails.notFound("unknown_table", "there is no table '\(name)'")
        if let nearest = Spelling.nearest(
            to: name, among: snapshot.tables.map(\.schema.name))
        {
            problem.hint = "did you mean '\(nearest)'?"
        }
        throw problem
    }

    private static func answer(_ miss: Route.Miss, _ head: HTTPRequestHead) -> HTTPResponse {
        switch miss {
        case .unknownPath:
            return ProblemDetails.notFound(
                "unknown_path", "nothing is at /\(head.path.joined(separator: "/"))"
            ).response()
        case .wrongMethod(let allowed):
            let methods = allowed.joined(separator: ", ")
            var response = ProblemDetails(
                status: 405, code: "method_not_allowed", title: "Method not allowed",
                detail: "\(head.method.rawValue) is not offered here; \(methods) is"
            ).response()
            response.headers.add("Allow", methods)
            return response
        }
    }
}

extension ProblemDetails: Error {}

extension HTTPResponse {
    /// 200 with a JSON text and the version it speaks of.
    static func json(_ writer: JSONWriter, version: UInt64) -> HTTPResponse {
        var response = HTTPResponse(contentType: "application/json", bytes: writer.bytes)
        response.headers.add("X-Daybook-Version", String(version))
        return response
    }
}
