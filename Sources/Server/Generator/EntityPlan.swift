/// All lines of one entity, planned when it begins.
struct EntityPlan {
    private let entity: UInt64
    private let start: Int64
    private let life: LifeCycle
    private let options: GeneratorOptions
    private let waiting: WaitingTimes

    init(
        entity: UInt64, start: Int64, options: GeneratorOptions, streams: EventStreams,
        waiting: WaitingTimes
    ) {
        self.entity = entity
        self.start = start
        self.options = options
        self.waiting = waiting
        life = streams.life(of: entity, start: start)
    }

    /// Calls `body` with each line, in no particular order.
    @inline(__always)
    func forEachLine(_ body: (PendingLine) -> Void) {
        let opening = openingSlot()
        for slot in 0..<life.count {
            let fate = fate(of: slot)
            forEachCopy(of: slot, time: life.time(slot), fate, opens: slot == opening, body)
            if let delay = fate.correctionDelay {
                let correction = slot + LifeCycle.capacity
                forEachCopy(
                    of: correction, time: life.time(slot) + delay, self.fate(of: correction),
                    opens: correction == opening, body)
            }
        }
    }

    /// The slot whose first copy arrives first; a late order can be overtaken by its payment.
    @inline(__always)
    private func openingSlot() -> Int {
        var best = 0
        var bestArrival = Int64.max
        func consider(_ slot: Int, _ arrival: Int64) {
            // At equal arrivals the lower slot goes first, as in the queue.
            if arrival < bestArrival || (arrival == bestArrival && slot < best) {
                (best, bestArrival) = (slot, arrival)
            }
        }
        for slot in 0..<life.count {
            let fate = fate(of: slot)
            consider(slot, life.time(slot) + fate.lateness)
            if let delay = fate.correctionDelay {
                let correction = slot + LifeCycle.capacity
                let lateness = self.fate(of: correction).lateness
                consider(correction, life.time(slot) + delay + lateness)
            }
        }
        return best
    }

    @inline(__always)
    private func fate(of slot: Int) -> Fate {
        Fate(entity: entity, slot: slot, options: options, waiting: waiting)
    }

    @inline(__always)
    private func forEachCopy(
        of slot: Int, time: Int64, _ fate: Fate, opens: Bool, _ body: (PendingLine) -> Void
    ) {
        let arrival = time + fate.lateness
        let flags =
            (opens ? PendingLine.opensEntity : 0) | (fate.lateness > 0 ? PendingLine.isLate : 0)
        func line(_ copy: PendingLine.Copy, after delay: Int64) -> PendingLine {
            PendingLine(
                arrival: arrival + delay, start: start, entity: entity, slot: slot, copy: copy,
                flags: copy == .first ? flags : 0)
        }
        body(line(.first, after: 0))
        if let delay = fate.duplicateDelay { body(line(.duplicate, after: delay)) }
        if let delay = fate.conflictDelay { body(line(.conflict, after: delay)) }
        if fate.isFollowedByPoison { body(line(.poison, after: 1)) }
    }
}
