import Segments
import Testing

@testable import Query

@Suite struct ExactMeanTests {
    @Test("Equal decimals have the mean they all have, however many they are")
    func equal() {
        for unscaled in [Int128(9_372), 1, -7, 1_103, 99_999_999] {
            for scale in [0, 1, 2, 6] {
                let value = Double(unscaled) / Double(Decimal.powersOfTen[scale])
                for count in 1..<2_000 {
                    let mean = ExactMean.of(unscaled * Int128(count), count: count, scale: scale)
                    #expect(mean == value)
                }
            }
        }
        #expect(ExactMean.of(0, count: 0, scale: 2) == 0)
    }
}
