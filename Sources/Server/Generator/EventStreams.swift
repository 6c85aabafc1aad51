/// The stream of a run, behind one door: the engine deals in entities, lives and lines, and does
/// not know what they mean.
struct EventStreams {
    let stream: GeneratorOptions.Stream
    private let ledger: LedgerStream
    private let drafts: DraftStream
    private let stock: StockStream
    private let coupons: CouponStream
    let seed: UInt64

    init(_ options: GeneratorOptions, book: inout PhraseBook) {
        stream = options.stream
        seed = options.seed
        ledger = LedgerStream(seed: options.seed, book: &book)
        drafts = DraftStream(book: &book)
        stock = StockStream(book: &book)
        coupons = CouponStream(book: &book)
    }

    /// Draws the life of an entity.
    @inline(__always)
    func life(of entity: UInt64, start: Int64) -> LifeCycle {
        switch stream {
        case .ledger: ledger.life(of: entity, start: start, seed: seed)
        case .drafts: drafts.life(of: entity, start: start, seed: seed)
        case .stock: stock.life(of: entity, start: start, seed: seed)
        case .coupons: coupons.life(of: entity, start: start, seed: seed)
        }
    }

    /// Writes one line, the line feed included.
    @inline(__always)
    func write(_ line: EventLine, to writer: inout LineWriter) -> EventFacts {
        switch stream {
        case .ledger: ledger.write(line, to: &writer)
        case .drafts: drafts.write(line, to: &writer)
        case .stock: stock.write(line, to: &writer)
        case .coupons: coupons.write(line, to: &writer)
        }
    }

    /// The ledger's payment key, behind `pay_`.
    func writePaymentKey(of entity: UInt64, to writer: inout LineWriter) {
        let order = LedgerStream.Order(entity, seed: seed, ledger.dimensions)
        ledger.writePaymentKey(of: entity, order, seed: seed, to: &writer)
    }

    /// The merchants whose totals the truth tells: a large, a middling and a small one.
    var sampleMerchants: [Int] {
        guard stream == .ledger else { return [] }
        return [0, 100, 2_000].map { Int(ledger.dimensions.merchantOfRank[$0]) }
    }
}

extension GeneratorOptions.Stream {
    /// The column that names the entity.
    var entityColumn: String {
        switch self {
        case .ledger: "order_id"
        case .drafts: "draft_id"
        case .stock: "consignment_id"
        case .coupons: "coupon_id"
        }
    }

    /// What an entity's id starts with.
    var entityPrefix: String {
        switch self {
        case .ledger: "ORD-"
        case .drafts: "DRF-"
        case .stock: "CSG-"
        case .coupons: "CPI-"
        }
    }

    /// The BIGINT column whose sums the truth tells.
    var measureColumn: String {
        switch self {
        case .ledger, .drafts: "amount"
        case .stock: "quantity"
        case .coupons: "face_value"
        }
    }

    var eventTypes: [String] {
        switch self {
        case .ledger: LedgerPhrases.eventTypes
        case .drafts: DraftStream.eventTypes
        case .stock: StockStream.eventTypes
        case .coupons: CouponStream.eventTypes
        }
    }

    /// Empty where there is no currency.
    var currencies: [String] {
        switch self {
        case .ledger, .drafts: LedgerPhrases.currencies
        case .stock, .coupons: []
        }
    }
}
