import Segments
import Testing

@Suite("Monitor and threads")
struct MonitorTests {
    @Test("A waiting thread sees every value that another thread hands over, in order")
    func handsOver() {
        let slot = Monitor<Int?>(nil)
        let producer = EngineThread {
            for value in 1...1_000 {
                _ = slot.wait { $0 == nil ? true : nil }
                slot.update { $0 = value }
            }
        }
        var seen: [Int] = []
        while seen.count < 1_000 {
            let value = slot.wait { (state: inout Int?) -> Int? in state }
            guard let value else { break }
            seen.append(value)
            slot.update { $0 = nil }
        }
        producer.join()
        #expect(seen == Array(1...1_000))
    }

    @Test("Waiting for what never comes ends when the time is up")
    func timesOut() {
        let monitor = Monitor(0)
        let result: Bool? = monitor.wait(timeoutNanoseconds: 1_000_000) { _ in nil }
        #expect(result == nil)
    }
}
