/// The `Hash128` of a file while it is written, piece by piece.
///
/// Equal to `Hash128(of:)` over the whole, because that hash takes 16 bytes a step and every piece
/// here is a multiple of 16: a segment is made of 64-byte units throughout.
struct StreamingHash {
    private var low = Hashing.stableSeed ^ Hashing.prime1
    private var high = ~Hashing.stableSeed ^ Hashing.prime1
    private var byteCount = 0

    /// Adds the next bytes.
    ///
    /// - Precondition: a multiple of 16 of them.
    mutating func update(_ bytes: Span<UInt8>) {
        precondition(bytes.count % 16 == 0)
        var offset = 0
        while offset < bytes.count {
            let first = Hashing.load64(bytes, offset) ^ Hashing.prime2
            let second = Hashing.load64(bytes, offset &+ 8)
            low = Hashing.fold(first, second ^ low)
            high = Hashing.fold(first, second ^ high)
            offset &+= 16
        }
        byteCount += bytes.count
    }

    /// The hash of everything added.
    func finish() -> Hash128 {
        let count = Hashing.prime3 ^ UInt64(truncatingIfNeeded: byteCount)
        return Hash128(
            low: Hashing.fold(count, Hashing.fold(Hashing.prime2, low)),
            high: Hashing.fold(count, Hashing.fold(Hashing.prime2, high)))
    }
}
