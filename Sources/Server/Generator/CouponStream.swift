/// Coupons: issued, then redeemed (and now and then given back) or expired. Their campaigns are
/// the `coupon_ids` of the ledger.
struct CouponStream {
    static let eventTypes = ["ISSUED", "REDEEMED", "REDEMPTION_CANCELLED", "EXPIRED"]
    /// A coupon is good for this many days.
    private static let validDays = 14
    private static let faceValues: [Int64] = [1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000]

    private let faceValue = WeightedChoice([0.3, 0.2, 0.2, 0.15, 0.1, 0.04, 0.01])
    private let campaign = WeightedChoice(
        zipf: LedgerDimensions.couponCount, exponent: 0.9, offset: 20)
    private let waiting = WaitingTimes()
    private let common: CommonPhrases
    private let coupon, campaignName, customer, value, minimum, expires, order, noOrder,
        quote: Phrase
    private let types: [Phrase]

    init(book: inout PhraseBook) {
        common = CommonPhrases(&book)
        coupon = book.add(",\"coupon_id\":\"CPI-")
        campaignName = book.add("\",\"campaign_id\":\"CPN")
        customer = book.add("\",\"customer_id\":\"C")
        types = book.add(Self.eventTypes, prefix: "\",\"event_type\":\"", suffix: "\"")
        value = book.add(",\"face_value\":")
        minimum = book.add(",\"minimum_order\":")
        expires = book.add(",\"expires_on\":\"")
        order = book.add("\",\"order_id\":\"")
        quote = book.add("\"")
        noOrder = book.add("\",\"order_id\":null")
    }

    /// Draws the life of a coupon.
    func life(of coupon: UInt64, start: Int64, seed: UInt64) -> LifeCycle {
        var random = RandomStream(seed: seed, .cycle, coupon)
        var life = LifeCycle()
        life.append(type: 0, time: start)
        let expiry =
            Int64(koreanDay(start) + Self.validDays) * Milliseconds.day - Milliseconds.korea
        let isUsed = random.below(100) < 45
        let wait = waiting.draw(mean: 2 * Milliseconds.day, &random)
        let use = start + Milliseconds.minute + wait
        if isUsed, use < expiry {
            life.append(type: 1, time: use)
            if random.below(100) < 4 {
                let later = waiting.draw(mean: Milliseconds.day, &random)
                life.append(type: 2, time: use + Milliseconds.hour + later)
            }
        } else {
            life.append(type: 3, time: expiry + random.below(Milliseconds.hour))
        }
        return life
    }

    /// Writes one line; columns in the order of the table.
    func write(_ line: EventLine, to writer: inout LineWriter) -> EventFacts {
        var random = RandomStream(seed: line.seed, .facts, line.entity)
        let type = line.life.type(line.slot)
        let faceOfCoupon = Self.faceValues[faceValue.draw(&random)]
        let face = faceOfCoupon + line.conflict
        writer.putHead(line, common)
        writer.put(coupon)
        writer.put(base32: GeneratedID.scramble40(line.entity, seed: line.seed), digits: 8)
        writer.put(campaignName)
        writer.put(padded: campaign.draw(&random), digits: 4)
        writer.put(customer)
        writer.put(padded: random.below(LedgerDimensions.customerCount), digits: 7)
        writer.put(types[type])
        writer.putMeasure(value, face, line)
        writer.put(minimum)
        writer.put(number: faceOfCoupon * 10)
        writer.put(expires)
        writer.put(day: koreanDay(line.start) + Self.validDays)
        if type == 1 || type == 2 {
            writer.put(order)
            writer.putOrderID(
                entity: line.entity, start: line.life.time(1), seed: line.seed, common)
            writer.put(quote)
        } else {
            writer.put(noOrder)
        }
        writer.putTail(line)
        return EventFacts(type: type, measure: face)
    }
}
