extension LedgerStream {
    /// What all events of an order share.
    struct Order {
        let merchant, store, customer, method: Int
        /// Nil where no card is involved.
        let issuer: Int?
        let region, category, currency, channel, couponCount: Int
        let isTest: Bool
        let amount: Int64
        let quantity: Int
        /// Hundredths of a percent.
        let discount: Int
        let device, source: Int
        let promo: Int?
        let paymentRandom: UInt64
        /// Goes on with the order's coupons.
        let couponStream: RandomStream

        @inline(__always)
        init(_ order: UInt64, seed: UInt64, _ dimensions: LedgerDimensions) {
            var random = RandomStream(seed: seed, .facts, order)
            merchant = Int(dimensions.merchantOfRank[dimensions.merchantRank.draw(&random)])
            store =
                random.below(10) < 9
                ? Int(dimensions.storeOfMerchant[merchant])
                : random.below(LedgerDimensions.storeCount)
            customer = dimensions.customer(&random)
            method = dimensions.method.draw(&random)
            let drawnIssuer = dimensions.issuer.draw(&random)
            let isCardBehindEasyPay = method == 1 && random.below(10) < 7
            issuer = method == 0 || isCardBehindEasyPay ? drawnIssuer : nil
            region = dimensions.region.draw(&random)
            category = dimensions.category.draw(&random)
            currency = dimensions.currency.draw(&random)
            channel = dimensions.channel.draw(&random)
            couponCount = dimensions.couponsPerOrder.draw(&random)
            isTest = random.below(100) == 0
            amount = dimensions.amount.draw(&random)
            // Six of ten buy one piece, six of ten of the others two, and so on.
            var pieces = 1
            while pieces < 20, random.below(10) >= 6 { pieces += 1 }
            quantity = pieces
            discount = couponCount > 0 ? random.below(3_001) : 0
            device = dimensions.system.draw(&random) * 8 + random.below(8)
            source = dimensions.source.draw(&random)
            let drawnPromo = dimensions.promo.draw(&random)
            promo = random.below(10) < 2 ? drawnPromo : nil
            paymentRandom = random.next() >> 14
            couponStream = random
        }
    }

    /// Writes one line; columns in the order of the table.
    func write(_ line: EventLine, to writer: inout LineWriter) -> EventFacts {
        let order = Order(line.entity, seed: line.seed, dimensions)
        let outcome = outcome(of: line, orderAmount: order.amount, method: order.method)
        let amount = outcome.money.amount + line.conflict
        writer.putHead(line, phrases.common)
        writeKeys(line, order, to: &writer)
        writer.put(phrases.eventType[outcome.type])
        writer.put(phrases.method[order.method])
        if let issuer = order.issuer {
            writer.put(phrases.issuer[issuer])
        } else {
            writer.put(phrases.noIssuer)
        }
        writer.put(phrases.status[outcome.status])
        writer.put(phrases.region[order.region])
        writer.put(phrases.category[order.category])
        writer.put(phrases.currency[order.currency])
        writer.put(phrases.channel[order.channel])
        writeCoupons(order, to: &writer)
        writer.put(order.isTest ? phrases.isTest : phrases.isNotTest)
        writer.putMeasure(phrases.amount, amount, line)
        writer.put(phrases.fee)
        writer.put(number: outcome.money.fee)
        writer.put(phrases.tax)
        writer.put(number: outcome.money.tax)
        writer.put(phrases.quantity)
        writer.put(number: Int64(order.quantity))
        writeDiscount(order.discount, to: &writer)
        writeAttributes(line, order, settleDay: outcome.settleDay, to: &writer)
        writer.putTail(line)
        return EventFacts(
            type: outcome.type, currency: order.currency, measure: amount,
            fee: outcome.money.fee, tax: outcome.money.tax, merchant: order.merchant)
    }

    /// The payment key behind `pay_`: 10 digits that make it distinct, 10 random ones.
    @inline(__always)
    func writePaymentKey(
        of order: UInt64, _ facts: Order, seed: UInt64, to writer: inout LineWriter
    ) {
        writer.put(
            base32: GeneratedID.scramble50(order, seed: seed), digits: 10, lowercase: true)
        writer.put(base32: facts.paymentRandom, digits: 10, lowercase: true)
    }

    @inline(__always)
    private func writeKeys(_ line: EventLine, _ order: Order, to writer: inout LineWriter) {
        writer.put(phrases.order)
        writer.putOrderID(
            entity: line.entity, start: line.start, seed: line.seed, phrases.common)
        writer.put(phrases.payment)
        writePaymentKey(of: line.entity, order, seed: line.seed, to: &writer)
        writer.put(phrases.merchant)
        writer.put(padded: order.merchant, digits: 5)
        writer.put(phrases.store)
        writer.put(padded: order.store, digits: 4)
        writer.put(phrases.customer)
        writer.put(padded: order.customer, digits: 7)
    }

    @inline(__always)
    private func writeCoupons(_ order: Order, to writer: inout LineWriter) {
        guard order.couponCount > 0 else {
            writer.put(phrases.noCoupons)
            return
        }
        var random = order.couponStream
        for index in 0..<order.couponCount {
            writer.put(index == 0 ? phrases.openCoupons : phrases.nextCoupon)
            writer.put(padded: dimensions.coupon.draw(&random), digits: 4)
        }
        writer.put(phrases.closeCoupons)
    }

    /// Writes hundredths as the shortest decimal with at least one place.
    @inline(__always)
    private func writeDiscount(_ hundredths: Int, to writer: inout LineWriter) {
        writer.put(phrases.discount)
        writer.put(number: Int64(hundredths / 100))
        writer.put(byte: UInt8(ascii: "."))
        let places = hundredths % 100
        if places % 10 == 0 {
            writer.put(padded: places / 10, digits: 1)
        } else {
            writer.put(padded: places, digits: 2)
        }
    }

    @inline(__always)
    private func writeAttributes(
        _ line: EventLine, _ order: Order, settleDay: Int?, to writer: inout LineWriter
    ) {
        if let settleDay {
            writer.put(phrases.settleDate)
            writer.put(day: settleDay)
            writer.put(phrases.openAttributes)
        } else {
            writer.put(phrases.noSettleDate)
        }
        writer.put(phrases.device[order.device])
        writer.put(phrases.source[order.source])
        if let promo = order.promo { writer.put(phrases.promo[promo]) }
        if line.isCorrection {
            writer.put(phrases.openCorrection)
            let slot = line.lifeSlot
            writer.putEventID(
                time: line.life.time(slot), entity: line.entity, slot: slot, isPoison: false,
                seed: line.seed)
            writer.put(phrases.closeCorrection)
        }
        writer.put(byte: UInt8(ascii: "}"))
    }
}
