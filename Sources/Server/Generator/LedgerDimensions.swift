/// The values of the ledger's columns and how often they come.
///
/// Twenty thousand merchants by a zipf law, most of them bound to one of 1,300 stores, two million
/// customers, five thousand coupons.
struct LedgerDimensions {
    static let merchantCount = 20_000
    static let storeCount = 1_300
    static let customerCount = 2_000_000
    static let couponCount = 5_000

    static let methodWeights = [0.52, 0.24, 0.08, 0.06, 0.05, 0.03, 0.02]
    /// Fee of each method in ten-thousandths of the amount.
    static let fees: [Int64] = [230, 280, 150, 120, 450, 100, 300]
    static let issuerCount = 25
    static let categoryCount = 200
    static let promoCount = 50

    let merchantRank = WeightedChoice(zipf: merchantCount, exponent: 1.05, offset: 10)
    /// The merchant of each rank: the largest are spread over all numbers.
    let merchantOfRank: [UInt16]
    let storeOfMerchant: [UInt16]
    let method = WeightedChoice(methodWeights)
    let issuer = WeightedChoice(zipf: issuerCount, exponent: 0.9, offset: 3)
    let region = WeightedChoice([
        0.24, 0.26, 0.065, 0.06, 0.045, 0.03, 0.028, 0.06, 0.045, 0.04, 0.03, 0.028, 0.028, 0.02,
        0.028, 0.013, 0.01,
    ])
    let category = WeightedChoice(zipf: categoryCount, exponent: 0.8, offset: 5)
    let currency = WeightedChoice([0.965, 0.025, 0.010])
    let channel = WeightedChoice([0.46, 0.22, 0.20, 0.08, 0.04])
    let couponsPerOrder = WeightedChoice([0.62, 0.25, 0.09, 0.04])
    let coupon = WeightedChoice(zipf: couponCount, exponent: 0.9, offset: 20)
    let system = WeightedChoice([0.30, 0.42, 0.20, 0.07, 0.01])
    let source = WeightedChoice([
        0.30, 0.20, 0.13, 0.12, 0.07, 0.04, 0.04, 0.03, 0.03, 0.02, 0.01, 0.01,
    ])
    let promo = WeightedChoice(zipf: promoCount, exponent: 0.9, offset: 3)
    let amount = AmountDistribution()
    let waiting = WaitingTimes()

    init(seed: UInt64) {
        var random = RandomStream(seed: seed, .tables, 0)
        var merchants = (0..<UInt16(Self.merchantCount)).map { $0 }
        for index in stride(from: merchants.count - 1, to: 0, by: -1) {
            merchants.swapAt(index, random.below(index + 1))
        }
        merchantOfRank = merchants
        storeOfMerchant = merchants.map { _ in
            UInt16(truncatingIfNeeded: random.below(Self.storeCount))
        }
    }

    /// A customer number; some buy far more often than others.
    @inline(__always)
    func customer(_ random: inout RandomStream) -> Int {
        let unit = random.unit()
        let rank = Int(Double(Self.customerCount) * unit * unit.squareRoot())
        // The factor is a prime, so this is one-to-one: frequent customers are spread.
        return rank * 1_299_709 % Self.customerCount
    }
}
