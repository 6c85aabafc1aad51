/// What happens to one entity: up to five events with rising times.
struct LifeCycle {
    /// The most events of a life.
    static let capacity = 5

    private(set) var count = 0
    private var types = InlineArray<5, UInt8>(repeating: 0)
    private var times = InlineArray<5, Int64>(repeating: 0)

    @inline(__always)
    mutating func append(type: Int, time: Int64) {
        assert(count == 0 || time > times[count - 1])
        types[count] = UInt8(truncatingIfNeeded: type)
        times[count] = time
        count += 1
    }

    @inline(__always) func type(_ slot: Int) -> Int { Int(types[slot]) }

    /// Milliseconds since 1970, UTC.
    @inline(__always) func time(_ slot: Int) -> Int64 { times[slot] }

    /// The slot of an event type; nil if this life has none.
    func slot(ofType type: Int) -> Int? {
        for slot in 0..<count where types[slot] == type { return slot }
        return nil
    }
}

/// What befalls one event on its way: decided by its entity and slot alone.
struct Fate {
    /// How long after its time the event arrives; 0 if it is not late.
    var lateness: Int64 = 0
    /// How long after the first copy the others arrive; nil if there is none.
    var duplicateDelay: Int64?
    var conflictDelay: Int64?
    /// How long after the event's time it is corrected.
    var correctionDelay: Int64?
    var isFollowedByPoison = false

    /// Late events are at least this late, so that others overtake them.
    static let minimumLateness = 30 * Milliseconds.minute
    static let maximumLateness = 48 * Milliseconds.hour

    @inline(__always)
    init(entity: UInt64, slot: Int, options: GeneratorOptions, waiting: WaitingTimes) {
        var random = RandomStream(
            seed: options.seed, .fate, entity << 8 | UInt64(truncatingIfNeeded: slot))
        if random.happens(options.late) {
            let more = waiting.draw(mean: 2 * Milliseconds.hour, &random)
            lateness = min(Self.minimumLateness + more, Self.maximumLateness)
        }
        if random.happens(options.duplicates) {
            // Most senders try again at once; some replay a day's work.
            duplicateDelay =
                random.below(10) < 7
                ? 1 + random.below(Milliseconds.minute)
                : Milliseconds.minute + random.below(3 * Milliseconds.day)
        }
        if random.happens(options.conflicts) {
            conflictDelay = Milliseconds.second + random.below(Milliseconds.day)
        }
        if slot < LifeCycle.capacity, random.happens(options.corrections) {
            correctionDelay =
                Milliseconds.hour + waiting.draw(mean: Milliseconds.day, &random)
        }
        isFollowedByPoison = random.happens(options.poison)
    }
}

/// What one written line says, for the truth.
struct EventFacts {
    /// Index into the stream's event types.
    var type: Int
    /// Index into the stream's currencies; 0 where there are none.
    var currency = 0
    /// The stream's measure: an amount, a quantity, a face value.
    var measure: Int64
    var fee: Int64 = 0
    var tax: Int64 = 0
    /// Index of the merchant; ledger only.
    var merchant = 0
}
