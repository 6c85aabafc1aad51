/// The ledger: the lives of orders, and their lines.
struct LedgerStream {
    /// Indices into ``LedgerPhrases/eventTypes``.
    enum EventType {
        static let orderCreated = 0
        static let paymentApproved = 1
        static let paymentFailed = 2
        static let acquired = 3
        static let settled = 4
        static let refunded = 5
        static let cancelled = 6
        static let chargeback = 7
        static let correction = 8
    }

    /// The ways an order can go, by event type.
    private static let paths: [[Int]] = [
        [0, 1, 3, 4], [0, 1, 3], [0], [0, 2], [0, 2, 1, 3], [0, 1, 6], [0, 1, 3, 4, 5],
        [0, 1, 3, 4, 7], [0, 1],
    ]
    private let path = WeightedChoice([0.40, 0.22, 0.12, 0.08, 0.05, 0.06, 0.05, 0.005, 0.015])
    private let settlementDays = WeightedChoice([0.5, 0.3, 0.2])

    let dimensions: LedgerDimensions
    let phrases: LedgerPhrases

    init(seed: UInt64, book: inout PhraseBook) {
        dimensions = LedgerDimensions(seed: seed)
        phrases = LedgerPhrases(&book)
    }

    /// Draws the life of an order.
    func life(of order: UInt64, start: Int64, seed: UInt64) -> LifeCycle {
        var random = RandomStream(seed: seed, .cycle, order)
        let chosen = path.draw(&random)
        var life = LifeCycle()
        var time = start
        for position in 0..<Self.paths[chosen].count {
            let type = Self.paths[chosen][position]
            time = next(type, after: time, &random)
            life.append(type: type, time: time)
        }
        return life
    }

    /// When an event of a type follows one at `time`.
    private func next(_ type: Int, after time: Int64, _ random: inout RandomStream) -> Int64 {
        let waiting = dimensions.waiting
        switch type {
        case EventType.paymentApproved, EventType.paymentFailed:
            return time + 3 * Milliseconds.second
                + waiting.draw(mean: 45 * Milliseconds.second, &random)
        case EventType.acquired:
            let wait = waiting.draw(mean: 6 * Milliseconds.hour, &random)
            return time + Milliseconds.minute + min(wait, 30 * Milliseconds.hour)
        case EventType.settled:
            // The banks settle between six and seven in the morning, one to three days later.
            let day = Int64(koreanDay(time) + 1 + settlementDays.draw(&random))
            return day * Milliseconds.day - Milliseconds.korea + 6 * Milliseconds.hour
                + random.below(Milliseconds.hour)
        case EventType.refunded:
            return time + Milliseconds.hour + waiting.draw(mean: 3 * Milliseconds.day, &random)
        case EventType.cancelled:
            return time + Milliseconds.minute + waiting.draw(mean: 5 * Milliseconds.hour, &random)
        case EventType.chargeback:
            return time + 4 * Milliseconds.day + waiting.draw(mean: 3 * Milliseconds.day, &random)
        default:
            return time
        }
    }

    /// The money of one event.
    struct Money {
        var amount: Int64
        var fee: Int64
        var tax: Int64

        @inline(__always)
        init(amount: Int64, type: Int, method: Int) {
            let hasFee = type != EventType.orderCreated && type != EventType.paymentFailed
            self.amount = amount
            fee = hasFee ? amount * LedgerDimensions.fees[method] / 10_000 : 0
            tax = amount / 11
        }

        static func - (left: Money, right: Money) -> Money {
            var difference = left
            difference.amount -= right.amount
            difference.fee -= right.fee
            difference.tax -= right.tax
            return difference
        }
    }

    /// Status, money and settlement of one event; they depend on the event, not on its order alone.
    struct Outcome {
        let type: Int
        let status: Int
        let money: Money
        /// Days since 1970.
        let settleDay: Int?
    }

    /// Draws what one event of an order says.
    @inline(__always)
    func outcome(of line: EventLine, orderAmount: Int64, method: Int) -> Outcome {
        let slot = line.lifeSlot
        let type = line.life.type(slot)
        var random = RandomStream(
            seed: line.seed, .row, line.entity << 4 | UInt64(truncatingIfNeeded: slot))
        var amount = orderAmount
        var status = [0, 1, 2, 1, 1, 3, 3, 3][type]
        if type == EventType.refunded, random.below(10) < 4 {
            let share = Int64(100 + random.below(800))
            amount = max(100, amount * share / 1_000 / 10 * 10)
            status = 4
        } else if type == EventType.paymentFailed, random.below(10) == 0 {
            status = 5
        }
        let money = Money(amount: amount, type: type, method: method)
        if line.isCorrection {
            // Up to a fifth more or less, in tens, and never nothing.
            let steps = max(1, amount / 50)
            let size = 10 * (1 + random.below(steps))
            let isLess = random.below(2) == 0 && size < amount
            let corrected = Money(
                amount: isLess ? amount - size : amount + size, type: type, method: method)
            return Outcome(
                type: EventType.correction, status: 1, money: corrected - money, settleDay: nil)
        }
        return Outcome(
            type: type, status: status, money: money, settleDay: settleDay(line, type: type))
    }

    private func settleDay(_ line: EventLine, type: Int) -> Int? {
        switch type {
        case EventType.acquired: koreanDay(line.time) + 2
        case EventType.settled: koreanDay(line.time)
        case EventType.refunded, EventType.chargeback:
            line.life.slot(ofType: EventType.settled).map { koreanDay(line.life.time($0)) }
        default: nil
        }
    }
}
