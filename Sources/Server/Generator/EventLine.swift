/// One line to be written: which event, of which life, with which fault or difference.
struct EventLine {
    let entity: UInt64
    /// When the entity began.
    let start: Int64
    /// A slot of the life; from ``LifeCycle/capacity`` on, a correction of the slot that far back.
    let slot: Int
    let life: LifeCycle
    /// The event's own time.
    let time: Int64
    /// Added to the measure of a conflicting copy; else 0.
    let conflict: Int64
    let poison: Poison?
    let seed: UInt64

    /// True if the line corrects an earlier event.
    var isCorrection: Bool { slot >= LifeCycle.capacity }
    /// The slot of the life that this line tells of or corrects.
    var lifeSlot: Int { isCorrection ? slot - LifeCycle.capacity : slot }
}

/// Ids whose distinctness is known by construction: numbering and a one-to-one scrambling.
enum GeneratedID {
    /// The most entities, so that entity and slot together stay below 2⁴⁰.
    static let maximumEntities: UInt64 = 1 << 35

    /// One-to-one on the numbers below 2⁴⁰, since the factor is odd.
    @inline(__always)
    static func scramble40(_ number: UInt64, seed: UInt64) -> UInt64 {
        ((number &+ seed) &* 0x9E37_79B9_7F4A_7C15) & 0xFF_FFFF_FFFF
    }

    /// One-to-one on the numbers below 2⁵⁰.
    @inline(__always)
    static func scramble50(_ number: UInt64, seed: UInt64) -> UInt64 {
        ((number &+ seed) &* 0xD134_2543_DE82_EF95) & 0x3_FFFF_FFFF_FFFF
    }
}

extension LineWriter {
    /// The digits of a ULID-like id.
    static let eventIDLength = 26

    /// Writes a ULID-like event id: 10 digits of time, 8 random ones, 8 that make it distinct.
    @inline(__always)
    mutating func putEventID(
        time: Int64, entity: UInt64, slot: Int, isPoison: Bool, seed: UInt64
    ) {
        let mark: UInt64 = isPoison ? 16 : 0
        let code = entity << 5 | mark | UInt64(truncatingIfNeeded: slot)
        var random = RandomStream(seed: seed, .eventID, code)
        put(base32: UInt64(bitPattern: time), digits: 10)
        put(base32: random.next() >> 24, digits: 8)
        put(base32: GeneratedID.scramble40(code, seed: seed), digits: 8)
    }

    /// Writes the members every stream starts with: `{"event_id":"…","event_time":…`.
    @inline(__always)
    mutating func putHead(_ line: EventLine, _ words: CommonPhrases) {
        if let poison = line.poison {
            putPoisonedHead(line, poison)
            return
        }
        put(words.openID)
        putEventID(
            time: line.time, entity: line.entity, slot: line.slot, isPoison: false,
            seed: line.seed)
        put(words.idToTime)
        put(number: line.time)
    }

    /// Writes `"name":` (as a phrase, comma in front) and the measure, or what stands in its place.
    @inline(__always)
    mutating func putMeasure(_ name: Phrase, _ value: Int64, _ line: EventLine) {
        put(name)
        if let text = line.poison?.measureText {
            put(text: text)
        } else {
            put(number: value)
        }
    }

    /// Ends the line.
    @inline(__always)
    mutating func putTail(_ line: EventLine) {
        if let poison = line.poison {
            put(text: poison.tail)
        } else {
            put(byte: UInt8(ascii: "}"))
        }
        put(byte: UInt8(ascii: "\n"))
    }

    /// Writes `ORD-yyyymmdd-XXXXXXXX`, with the Korean day the order began.
    @inline(__always)
    mutating func putOrderID(entity: UInt64, start: Int64, seed: UInt64, _ words: CommonPhrases) {
        put(words.order)
        let day = CivilDate(daysSince1970: koreanDay(start))
        put(padded: day.year, digits: 4)
        put(padded: day.month, digits: 2)
        put(padded: day.day, digits: 2)
        put(byte: UInt8(ascii: "-"))
        put(base32: GeneratedID.scramble40(entity, seed: seed), digits: 8)
    }

    /// Writes `yyyy-mm-dd`.
    @inline(__always)
    mutating func put(day daysSince1970: Int) {
        let day = CivilDate(daysSince1970: daysSince1970)
        put(padded: day.year, digits: 4)
        put(byte: UInt8(ascii: "-"))
        put(padded: day.month, digits: 2)
        put(byte: UInt8(ascii: "-"))
        put(padded: day.day, digits: 2)
    }

    private mutating func putPoisonedHead(_ line: EventLine, _ poison: Poison) {
        put(byte: UInt8(ascii: "{"))
        if poison.nullsID {
            put(text: "\"event_id\":null,")
        } else if !poison.omitsID {
            put(text: "\"event_id\":\"")
            putEventID(
                time: line.time, entity: line.entity, slot: line.slot, isPoison: true,
                seed: line.seed)
            if let bytes = poison.idBytes { replaceLast(with: bytes) }
            put(text: poison.omitsTime ? "\"" : "\",")
        }
        guard !poison.omitsTime else { return }
        put(text: "\"event_time\":")
        if let text = poison.timeText {
            put(text: text)
        } else {
            put(number: line.time)
        }
    }
}

/// The Korean day of a time, in days since 1970.
@inline(__always)
func koreanDay(_ time: Int64) -> Int {
    Int(truncatingIfNeeded: (time + Milliseconds.korea) / Milliseconds.day)
}

/// The phrases all streams share.
struct CommonPhrases {
    let openID: Phrase
    let idToTime: Phrase
    let order: Phrase

    init(_ book: inout PhraseBook) {
        openID = book.add("{\"event_id\":\"")
        idToTime = book.add("\",\"event_time\":")
        order = book.add("ORD-")
    }
}
