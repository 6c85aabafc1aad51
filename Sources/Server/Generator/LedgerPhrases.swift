/// The fixed texts of a ledger line: every value with its column's name around it.
struct LedgerPhrases {
    static let eventTypes = [
        "ORDER_CREATED", "PAYMENT_APPROVED", "PAYMENT_FAILED", "ACQUIRED", "SETTLED", "REFUNDED",
        "CANCELLED", "CHARGEBACK", "CORRECTION",
    ]
    static let currencies = ["KRW", "USD", "JPY"]
    static let channels = ["APP", "MOBILE_WEB", "WEB", "POS", "API"]
    static let methods = [
        "CARD", "EASY_PAY", "TRANSFER", "VIRTUAL_ACCOUNT", "MOBILE", "POINT", "GIFT_CARD",
    ]
    static let issuers = [
        "SHINHAN", "SAMSUNG", "HYUNDAI", "KB", "LOTTE", "BC", "HANA", "WOORI", "NH", "CITI",
        "KAKAOBANK", "TOSSBANK", "KBANK", "GWANGJU", "JEONBUK", "JEJU", "SUHYUP", "SHINHYUP",
        "POST", "SAEMAUL", "SAVINGS", "KDB", "VISA", "MASTER", "AMEX",
    ]
    static let statuses = ["PENDING", "DONE", "FAILED", "CANCELED", "PARTIAL_CANCELED", "EXPIRED"]
    static let regions = [
        "서울", "경기", "부산", "인천", "대구", "대전", "광주", "경남", "경북", "충남", "충북", "전남",
        "전북", "울산", "강원", "제주", "세종",
    ]
    static let sections = [
        "fashion.outer", "fashion.shoes", "beauty.skin", "beauty.makeup", "food.fresh",
        "food.snack", "home.kitchen", "home.bedding", "digital.mobile", "digital.pc", "kids.toy",
        "kids.diaper", "sports.golf", "sports.camping", "book.novel", "book.study",
        "travel.hotel", "travel.air", "pet.dog", "pet.cat",
    ]
    static let systems = ["iOS", "Android", "Windows", "macOS", "Linux"]
    static let versions = ["17.4", "17.6", "18.0", "18.1", "14", "15", "10", "11"]
    static let sources = [
        "direct", "naver", "kakao", "google", "instagram", "youtube", "toss", "email",
        "affiliate", "tiktok", "danggn", "push",
    ]

    let common: CommonPhrases
    let order, payment, merchant, store, customer: Phrase
    let eventType, method, issuer, status, region, category, currency, channel: [Phrase]
    let noIssuer, noCoupons, openCoupons, nextCoupon, closeCoupons: Phrase
    let isTest, isNotTest, amount, fee, tax, quantity, discount, settleDate, noSettleDate: Phrase
    /// Indexed by system × 8 + version.
    let device: [Phrase]
    let source, promo: [Phrase]
    let openAttributes, openCorrection, closeCorrection: Phrase

    init(_ book: inout PhraseBook) {
        common = CommonPhrases(&book)
        order = book.add(",\"order_id\":\"")
        payment = book.add("\",\"payment_key\":\"pay_")
        merchant = book.add("\",\"merchant_id\":\"M")
        store = book.add("\",\"store_id\":\"S")
        customer = book.add("\",\"customer_id\":\"C")
        func column(_ name: String, _ values: [String], _ book: inout PhraseBook) -> [Phrase] {
            book.add(values, prefix: ",\"\(name)\":\"", suffix: "\"")
        }
        eventType = book.add(Self.eventTypes, prefix: "\",\"event_type\":\"", suffix: "\"")
        method = column("method", Self.methods, &book)
        issuer = column("card_issuer", Self.issuers, &book)
        noIssuer = book.add(",\"card_issuer\":null")
        status = column("status", Self.statuses, &book)
        region = column("region", Self.regions, &book)
        let categories = Self.sections.flatMap { section in
            (0..<10).map { "\(section).0\($0)" }
        }
        category = column("category", categories, &book)
        currency = column("currency", Self.currencies, &book)
        channel = column("channel", Self.channels, &book)
        noCoupons = book.add(",\"coupon_ids\":[]")
        openCoupons = book.add(",\"coupon_ids\":[\"CPN")
        nextCoupon = book.add("\",\"CPN")
        closeCoupons = book.add("\"]")
        isTest = book.add(",\"is_test\":true")
        isNotTest = book.add(",\"is_test\":false")
        amount = book.add(",\"amount\":")
        fee = book.add(",\"fee\":")
        tax = book.add(",\"tax\":")
        quantity = book.add(",\"quantity\":")
        discount = book.add(",\"discount\":")
        settleDate = book.add(",\"settle_date\":\"")
        noSettleDate = book.add(",\"settle_date\":null,\"attrs\":{")
        device = Self.systems.flatMap { system in
            Self.versions.map { "\"device\":{\"os\":\"\(system)\",\"version\":\"\($0)\"}" }
        }.map { book.add($0) }
        source = book.add(Self.sources, prefix: ",\"utm\":{\"source\":\"", suffix: "\"}")
        promo = (0..<LedgerDimensions.promoCount).map { number in
            book.add(",\"promo\":{\"code\":\"PROMO\(number < 10 ? "0" : "")\(number)\"}")
        }
        openAttributes = book.add("\",\"attrs\":{")
        openCorrection = book.add(",\"correction\":{\"event_id\":\"")
        closeCorrection = book.add("\"}")
    }
}
