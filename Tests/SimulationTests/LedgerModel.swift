/// What the sender of events believes about a database: every request with its outcome, and the
/// contents that these outcomes allow. Shares no code with the engine.
///
/// An indefinite outcome leaves two possible contents, one with the request and one without; the
/// next look at the database has to find one of them, whole, and then it stays.
struct LedgerModel {
    /// An event as it is sent and has to come back.
    struct Row: Hashable {
        var id: String
        /// Microseconds since 1970; another time of the same id is another content.
        var time: Int64
        var order: String?
        var amount: Int64
        var tags: [String]
    }

    /// One line of a body.
    enum Line: Hashable {
        case row(Row)
        /// A text that no parser may take, and the code it is filed under.
        case bad(String, code: String)
    }

    struct Request: Hashable {
        var id: String
        var table: String
        var lines: [Line]
        var isAllOrNothing = false
    }

    /// A dead letter.
    struct Letter: Hashable {
        var table: String
        var request: String
        var line: Int
        var code: String
        var raw: String
    }

    struct Counts: Hashable {
        var accepted = 0
        var duplicate = 0
        var conflict = 0
        var rejected = 0
    }

    /// Everything that can be read.
    struct Contents: Hashable {
        var tables: [String: [String: Row]] = [:]
        var letters: [Letter: Int] = [:]
        var rollups: Set<String> = []
        /// The value of every row's column `note`, by table, where there is such a column.
        var notes: [String: Int64] = [:]

        var rowCount: Int { tables.values.reduce(0) { $0 + $1.count } }
    }

    /// What may be true; one, where no outcome is indefinite.
    private(set) var possible: [Contents] = [Contents()]
    /// Every request that was ever sent, in order.
    private(set) var sent: [Request] = []
    /// The highest version that was acknowledged.
    private(set) var version: UInt64 = 0

    /// Whether an outcome is still open.
    var isOpen: Bool { possible.count > 1 }

    // MARK: Outcomes

    /// Notes that requests go out.
    mutating func send(_ requests: [Request]) { sent += requests }

    /// Notes an acknowledgement.
    ///
    /// - Returns: What is wrong with it, if something is.
    mutating func acknowledge(
        _ request: Request, _ counts: Counts, version: UInt64
    ) -> String? {
        let before = possible
        possible = Self.distinct(
            possible.compactMap { contents in
                var next = contents
                return next.apply(request) == counts ? next : nil
            })
        if possible.isEmpty {
            var expected = before[0]
            let wanted = expected.apply(request)
            possible = [expected]
            return "\(request.id) was answered \(counts), expected \(String(describing: wanted))"
        }
        return note(version: version)
    }

    /// Notes that a request was refused for what is in it.
    mutating func refuse(_ request: Request) -> String? {
        let left = possible.filter { contents in
            var next = contents
            return next.apply(request) == nil
        }
        guard !left.isEmpty else { return "\(request.id) was refused for its rows" }
        possible = left
        return nil
    }

    /// Notes that nobody knows about a group of requests: any first part of it may be there.
    mutating func leaveOpen(_ requests: [Request]) {
        var all = possible
        for contents in possible {
            var next = contents
            for request in requests {
                _ = next.apply(request)
                all.append(next)
            }
        }
        possible = Self.distinct(all)
    }

    /// Notes that a table was made or dropped, or, without a version, that nobody knows.
    mutating func change(table: String, exists: Bool, version: UInt64?) -> String? {
        let changed = possible.map { contents in
            var next = contents
            next.tables[table] = exists ? next.tables[table] ?? [:] : nil
            if !exists { next.notes[table] = nil }
            return next
        }
        possible = Self.distinct(version == nil ? possible + changed : changed)
        return version.flatMap { note(version: $0) }
    }

    /// Notes that a table got or lost its column, or, without a version, that nobody knows.
    mutating func change(table: String, note: Int64?, version: UInt64?) -> String? {
        let changed = possible.map { contents in
            var next = contents
            next.notes[table] = note
            return next
        }
        possible = Self.distinct(version == nil ? possible + changed : changed)
        return version.flatMap { self.note(version: $0) }
    }

    /// Notes that a rollup was made or dropped, or, without a version, that nobody knows.
    mutating func change(rollup: String, exists: Bool, version: UInt64?) -> String? {
        let changed = possible.map { contents in
            var next = contents
            if exists { next.rollups.insert(rollup) } else { next.rollups.remove(rollup) }
            return next
        }
        possible = Self.distinct(version == nil ? possible + changed : changed)
        return version.flatMap { note(version: $0) }
    }

    private mutating func note(version: UInt64) -> String? {
        defer { self.version = max(self.version, version) }
        return version >= self.version
            ? nil : "version \(version) was acknowledged after \(self.version)"
    }

    /// Looks at the database.
    ///
    /// - Returns: What is there and should not be, or the other way round.
    mutating func observe(_ found: Contents) -> String? {
        guard possible.contains(found) else {
            return possible.map { $0.difference(from: found) }.joined(separator: "; or ")
        }
        possible = [found]
        return nil
    }

    private static func distinct(_ all: [Contents]) -> [Contents] {
        var seen: [Contents] = []
        for contents in all where !seen.contains(contents) { seen.append(contents) }
        return seen
    }
}

extension LedgerModel.Contents {
    /// What a request does.
    ///
    /// - Returns: `nil` where it does nothing: for a table that is not there, or for a row that
    ///   cannot be taken in a request that wants all or nothing.
    mutating func apply(_ request: LedgerModel.Request) -> LedgerModel.Counts? {
        guard var rows = tables[request.table] else { return nil }
        var counts = LedgerModel.Counts()
        var letters = letters
        for (index, line) in request.lines.enumerated() {
            var code: String
            switch line {
            case .row(let row) where rows[row.id] == nil:
                rows[row.id] = row
                counts.accepted += 1
                continue
            case .row(let row) where rows[row.id] == row:
                counts.duplicate += 1
                continue
            case .row:
                code = "conflict"
                counts.conflict += 1
            case .bad(_, let given):
                code = given
                counts.rejected += 1
            }
            let letter = LedgerModel.Letter(
                table: request.table, request: request.id, line: index + 1, code: code,
                raw: line.text)
            letters[letter, default: 0] += 1
        }
        if request.isAllOrNothing, counts.conflict + counts.rejected > 0 { return nil }
        tables[request.table] = rows
        self.letters = letters
        return counts
    }

    /// How others differ, in a few words.
    func difference(from found: LedgerModel.Contents) -> String {
        var parts: [String] = []
        for name in Set(tables.keys).union(found.tables.keys).sorted() {
            guard let wanted = tables[name], let there = found.tables[name] else {
                parts.append("table \(name) \(tables[name] == nil ? "is there" : "is missing")")
                continue
            }
            let missing = wanted.keys.filter { there[$0] == nil }.sorted().prefix(5)
            let extra = there.keys.filter { wanted[$0] == nil }.sorted().prefix(5)
            let changed = wanted.filter { there[$0.key] != nil && there[$0.key] != $0.value }
            if !missing.isEmpty { parts.append("\(name) lacks \(missing)") }
            if !extra.isEmpty { parts.append("\(name) has \(extra)") }
            if !changed.isEmpty { parts.append("\(name) changed \(changed.keys.sorted())") }
        }
        if notes != found.notes { parts.append("notes \(found.notes) instead of \(notes)") }
        if rollups != found.rollups {
            parts.append("rollups \(found.rollups) instead of \(rollups)")
        }
        if letters != found.letters {
            let wanted = letters.values.reduce(0, +)
            parts.append("\(found.letters.values.reduce(0, +)) dead letters instead of \(wanted)")
        }
        return parts.joined(separator: ", ")
    }
}

extension LedgerModel.Line {
    /// The line as sent.
    var text: String {
        switch self {
        case .bad(let text, _): return text
        case .row(let row):
            let order = row.order.map { "\"\($0)\"" } ?? "null"
            let tags = row.tags.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"event_id\":\"\(row.id)\",\"event_time\":\(row.time / 1_000),"
                + "\"order_id\":\(order),\"amount\":\(row.amount),\"fee\":\(row.fee),"
                + "\"attrs\":\(row.attributes),\"tags\":[\(tags)]}"
        }
    }
}

extension LedgerModel.Row {
    /// A fee with two digits after the point, made of the amount.
    var fee: String { "\(amount).25" }
    /// A JSON value made of the amount.
    var attributes: String { "{\"n\":[\(amount),\"é\"]}" }
}
