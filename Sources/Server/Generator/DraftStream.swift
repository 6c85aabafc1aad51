/// Draft orders: opened, changed a few times, then submitted, abandoned or simply left.
struct DraftStream {
    static let eventTypes = ["DRAFT_OPENED", "DRAFT_CHANGED", "DRAFT_SUBMITTED", "DRAFT_ABANDONED"]

    private let amount = AmountDistribution()
    private let waiting = WaitingTimes()
    private let currency = WeightedChoice([0.965, 0.025, 0.010])
    private let channel = WeightedChoice([0.46, 0.22, 0.20, 0.08, 0.04])
    private let common: CommonPhrases
    private let draft, customer, store, version, items, amountName, order, noOrder, quote: Phrase
    private let channels, types, currencies: [Phrase]

    init(book: inout PhraseBook) {
        common = CommonPhrases(&book)
        draft = book.add(",\"draft_id\":\"DRF-")
        customer = book.add("\",\"customer_id\":\"C")
        store = book.add("\",\"store_id\":\"S")
        channels = book.add(LedgerPhrases.channels, prefix: "\",\"channel\":\"", suffix: "\"")
        types = book.add(Self.eventTypes, prefix: ",\"event_type\":\"", suffix: "\"")
        version = book.add(",\"version\":")
        items = book.add(",\"item_count\":")
        amountName = book.add(",\"amount\":")
        currencies = book.add(LedgerPhrases.currencies, prefix: ",\"currency\":\"", suffix: "\"")
        order = book.add(",\"order_id\":\"")
        quote = book.add("\"")
        noOrder = book.add(",\"order_id\":null")
    }

    /// Draws the life of a draft.
    func life(of draft: UInt64, start: Int64, seed: UInt64) -> LifeCycle {
        var random = RandomStream(seed: seed, .cycle, draft)
        var life = LifeCycle()
        var time = start
        life.append(type: 0, time: time)
        for _ in 0..<random.below(4) {
            time += Milliseconds.second + waiting.draw(mean: 4 * Milliseconds.minute, &random)
            life.append(type: 1, time: time)
        }
        let ending = random.below(100)
        if ending < 40 {
            time += Milliseconds.second + waiting.draw(mean: 10 * Milliseconds.minute, &random)
            life.append(type: 2, time: time)
        } else if ending < 75 {
            time += Milliseconds.day + waiting.draw(mean: Milliseconds.day, &random)
            life.append(type: 3, time: time)
        }
        return life
    }

    /// Writes one line; columns in the order of the table.
    func write(_ line: EventLine, to writer: inout LineWriter) -> EventFacts {
        var random = RandomStream(seed: line.seed, .facts, line.entity)
        let type = line.life.type(line.slot)
        let drawnCurrency = currency.draw(&random)
        // Each change adds a piece, at the price of the first.
        let price = amount.draw(&random)
        let pieces = Int64(type >= 2 ? line.slot : line.slot + 1)
        let value = price * pieces + line.conflict
        writer.putHead(line, common)
        writer.put(draft)
        writer.put(base32: GeneratedID.scramble40(line.entity, seed: line.seed), digits: 8)
        writer.put(customer)
        writer.put(padded: random.below(LedgerDimensions.customerCount), digits: 7)
        writer.put(store)
        writer.put(padded: random.below(LedgerDimensions.storeCount), digits: 4)
        writer.put(channels[channel.draw(&random)])
        writer.put(types[type])
        writer.put(version)
        writer.put(number: Int64(line.slot + 1))
        writer.put(items)
        writer.put(number: pieces)
        writer.putMeasure(amountName, value, line)
        writer.put(currencies[drawnCurrency])
        if type == 2 {
            writer.put(order)
            writer.putOrderID(entity: line.entity, start: line.time, seed: line.seed, common)
            writer.put(quote)
        } else {
            writer.put(noOrder)
        }
        writer.putTail(line)
        return EventFacts(type: type, currency: drawnCurrency, measure: value)
    }
}
