import Synchronization

/// Which blocks' checksums have been verified: one bit a block, set once, never cleared.
///
/// Two threads may verify the same block at the same time; both find the same.
@safe
final class VerifiedBlocks: Sendable {
    // SAFETY: allocated and initialised in `init`, given back in `deinit`, atomic in between.
    nonisolated(unsafe) private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// No block of `count`.
    init(count: Int) {
        wordCount = max(1, (count + 63) / 64)
        // SAFETY: every word is initialised exactly once, within the capacity.
        unsafe words = .allocate(capacity: wordCount)
        for index in 0..<wordCount { unsafe (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        // SAFETY: nobody can reach the words any more.
        unsafe words.deinitialize(count: wordCount)
        unsafe words.deallocate()
    }

    /// Whether block `ordinal` has been verified.
    func contains(_ ordinal: Int) -> Bool {
        precondition(ordinal >= 0 && ordinal >> 6 < wordCount)
        // SAFETY: within the capacity, as just checked.
        let word = unsafe words[ordinal >> 6].load(ordering: .acquiring)
        return word >> UInt64(ordinal & 63) & 1 == 1
    }

    /// Notes that block `ordinal` has been verified.
    func insert(_ ordinal: Int) {
        precondition(ordinal >= 0 && ordinal >> 6 < wordCount)
        let bit: UInt64 = 1 << UInt64(ordinal & 63)
        // SAFETY: within the capacity, as just checked.
        _ = unsafe words[ordinal >> 6].bitwiseOr(bit, ordering: .releasing)
    }
}
