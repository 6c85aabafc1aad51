import Glibc

/// Message digests, written from their standards: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4).
///
/// For fingerprints that other systems made, too. MD5 and SHA-1 keep nobody from making two texts
/// of one digest.
public enum Digest: String, Hashable, Sendable {
    case md5 = "MD5"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    /// The digest's bytes.
    func bytes(of text: Span<UInt8>) -> [UInt8] {
        let blocks = padded(text)
        switch self {
        case .md5: return Self.md5(blocks)
        case .sha1: return Self.sha1(blocks)
        case .sha256: return Self.sha256(blocks)
        }
    }

    /// The text, a bit, zeros, and the text's length in bits, in whole blocks of 64 bytes.
    private func padded(_ text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + 72)
        for index in 0..<text.count { bytes.append(text[index]) }
        bytes.append(0x80)
        while bytes.count % 64 != 56 { bytes.append(0) }
        let bits = UInt64(text.count) * 8
        for index in 0..<8 {
            let shift = UInt64(self == .md5 ? index : 7 - index) * 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        return bytes
    }

    private static func words(_ block: ArraySlice<UInt8>, isBig: Bool) -> [UInt32] {
        (0..<16).map { word in
            (0..<4).reduce(UInt32(0)) { value, byte in
                let shift = UInt32(isBig ? 3 - byte : byte) * 8
                return value | UInt32(block[block.startIndex + word * 4 + byte]) << shift
            }
        }
    }

    private static func bytes(_ state: [UInt32], isBig: Bool) -> [UInt8] {
        state.flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32((isBig ? 3 - $0 : $0) * 8)) }
        }
    }

    private static func rotated(_ word: UInt32, left count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }

    private static func rotated(_ word: UInt32, right count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    // MARK: MD5

    private static let md5Shifts: [[UInt32]] = [
        [7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21],
    ]

    private static func md5(_ bytes: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let words = words(bytes[start..<start + 64], isBig: false)
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for step in 0..<64 {
                let mixed: UInt32
                let word: Int
                switch step / 16 {
                case 0: (mixed, word) = ((b & c) | (~b & d), step)
                case 1: (mixed, word) = ((d & b) | (~d & c), (5 * step + 1) % 16)
                case 2: (mixed, word) = (b ^ c ^ d, (3 * step + 5) % 16)
                default: (mixed, word) = (c ^ (b | ~d), 7 * step % 16)
                }
                let sum = a &+ mixed &+ md5Constants[step] &+ words[word]
                (a, d, c) = (d, c, b)
                b = b &+ rotated(sum, left: md5Shifts[step / 16][step % 4])
            }
            for (index, word) in [a, b, c, d].enumerated() { state[index] &+= word }
        }
        return self.bytes(state, isBig: false)
    }

    /// `⌊2^32 · |sin(i + 1)|⌋`.
    private static let md5Constants: [UInt32] = (1...64).map { step in
        UInt32(4_294_967_296 * abs(sin(Double(step))))
    }

    // MARK: SHA-1

    private static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        for start in stride(from: 0, to: bytes.count, by: 64) {
            var words = words(bytes[start..<start + 64], isBig: true)
            for index in 16..<80 {
                let mixed =
                    words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                words.append(rotated(mixed, left: 1))
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for step in 0..<80 {
                let (mixed, constant): (UInt32, UInt32) =
                    switch step / 20 {
                    case 0: ((b & c) | (~b & d), 0x5a82_7999)
                    case 1: (b ^ c ^ d, 0x6ed9_eba1)
                    case 2: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                    default: (b ^ c ^ d, 0xca62_c1d6)
                    }
                let sum = rotated(a, left: 5) &+ mixed &+ e &+ constant &+ words[step]
                (e, d, c, b, a) = (d, c, rotated(b, left: 30), a, sum)
            }
            for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
        }
        return self.bytes(state, isBig: true)
    }

    // MARK: SHA-256

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c,
            0x1f83_d9ab, 0x5be0_cd19,
        ]
        for start in stride(from: 0, to: bytes.count, by: 64) {
            var words = words(bytes[start..<start + 64], isBig: true)
            for index in 16..<64 {
                let (one, other) = (words[index - 15], words[index - 2])
                let low = rotated(one, right: 7) ^ rotated(one, right: 18) ^ one >> 3
                let high = rotated(other, right: 17) ^ rotated(other, right: 19) ^ other >> 10
                words.append(words[index - 16] &+ low &+ words[index - 7] &+ high)
            }
            var s = state
            for step in 0..<64 {
                let high =
                    rotated(s[4], right: 6) ^ rotated(s[4], right: 11)
                    ^ rotated(s[4], right: 25)
                let choice = (s[4] & s[5]) ^ (~s[4] & s[6])
                let one = s[7] &+ high &+ choice &+ sha256Constants[step] &+ words[step]
                let low =
                    rotated(s[0], right: 2) ^ rotated(s[0], right: 13)
                    ^ rotated(s[0], right: 22)
                let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2])
                s = [one &+ low &+ majority, s[0], s[1], s[2], s[3] &+ one, s[4], s[5], s[6]]
            }
            for index in 0..<8 { state[index] &+= s[index] }
        }
        return self.bytes(state, isBig: true)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let sha256Constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
