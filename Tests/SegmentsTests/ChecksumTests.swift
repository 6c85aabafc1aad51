import TestSupport
import Testing

@testable import Segments

@Suite("The checksum")
struct ChecksumTests {
    @Test("CRC-32C has the values of RFC 3720")
    func knownValues() {
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xe306_9283)
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(Checksum.crc32c([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(Checksum.crc32c((0..<32).map { UInt8($0) }) == 0x46dd_794e)
        #expect(Checksum.crc32c([UInt8]()) == 0)
    }

    @Test("The processor's instruction and the tables agree at every length and place")
    func agrees() {
        var random = SeededGenerator(seed: 7)
        let bytes = (0..<400).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for start in 0..<9 {
            for end in start...bytes.count {
                let part = bytes.span.extracting(start..<end)
                let running = UInt32(truncatingIfNeeded: random.next())
                #expect(
                    Checksum.update(running, with: part)
                        == Checksum.updateByTable(running, with: part))
            }
        }
    }
}
