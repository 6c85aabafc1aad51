/// Stock movements: a consignment is received by a store, sold off in parts, now and then returned
/// or adjusted. The sum of its quantities never falls below zero.
struct StockStream {
    static let eventTypes = ["RECEIVED", "SOLD", "RETURNED", "ADJUSTED"]
    private static let productCount = 40_000

    private let cost = AmountDistribution()
    private let waiting = WaitingTimes()
    private let product = WeightedChoice(zipf: productCount, exponent: 0.9, offset: 10)
    private let common: CommonPhrases
    private let consignment, store, sku, quantity, unitCost: Phrase
    private let types: [Phrase]

    init(book: inout PhraseBook) {
        common = CommonPhrases(&book)
        consignment = book.add(",\"consignment_id\":\"CSG-")
        store = book.add("\",\"store_id\":\"S")
        sku = book.add("\",\"sku\":\"SKU")
        types = book.add(Self.eventTypes, prefix: "\",\"event_type\":\"", suffix: "\"")
        quantity = book.add(",\"quantity\":")
        unitCost = book.add(",\"unit_cost\":")
    }

    /// Draws the life of a consignment.
    func life(of consignment: UInt64, start: Int64, seed: UInt64) -> LifeCycle {
        var random = RandomStream(seed: seed, .cycle, consignment)
        var life = LifeCycle()
        var time = start
        life.append(type: 0, time: time)
        for _ in 0..<(1 + random.below(3)) {
            time += Milliseconds.minute + waiting.draw(mean: 20 * Milliseconds.hour, &random)
            life.append(type: 1, time: time)
        }
        let ending = random.below(100)
        if ending < 15 {
            time += Milliseconds.hour + waiting.draw(mean: 2 * Milliseconds.day, &random)
            life.append(type: ending < 9 ? 2 : 3, time: time)
        }
        return life
    }

    /// Writes one line; columns in the order of the table.
    func write(_ line: EventLine, to writer: inout LineWriter) -> EventFacts {
        var random = RandomStream(seed: line.seed, .facts, line.entity)
        let type = line.life.type(line.slot)
        let received = Int64(20 + random.below(480))
        // At most three sales of a quarter each leave enough for any adjustment.
        let sold = max(1, received / 4 - Int64(line.slot))
        let moved = [received, -sold, 1 + sold / 10, -1 - sold / 20][type] + line.conflict
        writer.putHead(line, common)
        writer.put(consignment)
        writer.put(base32: GeneratedID.scramble40(line.entity, seed: line.seed), digits: 8)
        writer.put(store)
        writer.put(padded: random.below(LedgerDimensions.storeCount), digits: 4)
        writer.put(sku)
        writer.put(padded: product.draw(&random), digits: 6)
        writer.put(types[type])
        writer.putMeasure(quantity, moved, line)
        writer.put(unitCost)
        writer.put(number: cost.draw(&random))
        writer.putTail(line)
        return EventFacts(type: type, measure: moved)
    }
}
