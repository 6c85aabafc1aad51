/// What a state table must hold, worked out from all events that ever came, in the plainest way.
struct StateModel {
    struct Event {
        var number: Int
        var version: Int
        var day: Int
        var a: Int?
        var b: String?
        var c: Int?
        var isDeletion = false

        var line: String {
            StateFixture.line(
                number, version, day: day, a: a, b: b, c: c, isDeletion: isDeletion)
        }
    }

    let isVersioned: Bool
    let isMerge: Bool
    private(set) var events: [Int: [Event]] = [:]

    init(isVersioned: Bool, isMerge: Bool) {
        self.isVersioned = isVersioned
        self.isMerge = isMerge
    }

    mutating func add(_ event: Event) { events[event.number, default: []].append(event) }

    var rows: [Int: StateFixture.Row] { events.compactMapValues { row($0) } }

    /// By version, or by arrival where there are none; of one version the later is newer, and at
    /// one version a deletion is the newest.
    private func ordered(_ events: [Event]) -> [Event] {
        guard isVersioned else { return events }
        return events.enumerated().sorted {
            ($0.element.version, $0.element.isDeletion ? 1 : 0, $0.offset)
                < ($1.element.version, $1.element.isDeletion ? 1 : 0, $1.offset)
        }.map(\.element)
    }

    private func row(_ events: [Event]) -> StateFixture.Row? {
        let events = ordered(events)
        guard let last = events.last, !last.isDeletion else { return nil }
        var row = StateFixture.Row(version: Int64(last.version), day: Int64(last.day), c: 7)
        let alive = events.lastIndex(where: \.isDeletion).map { events[($0 + 1)...] } ?? events[...]
        for event in isMerge ? alive : [last] {
            if let a = event.a { row.a = Int64(a) }
            if let b = event.b { row.b = b }
            if let c = event.c { row.c = Int64(c) }
        }
        return row
    }
}
