import Synchronization

/// Idle zstd decompressors, kept so that a page does not pay for a new one.
///
/// At most `maximumIdleCount` wait here; more threads at once make more and let them go again.
public final class PageDecoders: Sendable {
    /// Idle decompressors kept; each holds about 160 KiB.
    public static let maximumIdleCount = 8

    // SAFETY: a decompressor is in the list or in the hands of the one thread that took it out.
    private struct Idle: @unchecked Sendable {
        var decompressors: [ZstdDecompressor] = []
    }

    private let idle = Mutex(Idle())

    /// None yet.
    public init() {}

    // SAFETY: moves a decompressor out of the lock to the one thread that asked.
    struct Lent: @unchecked Sendable {
        let value: ZstdDecompressor
    }

    /// A decompressor that is the caller's until given back.
    func take() -> Lent {
        let found = idle.withLock { idle in idle.decompressors.popLast().map { Lent(value: $0) } }
        return found ?? Lent(value: ZstdDecompressor())
    }

    /// Takes a decompressor back.
    func giveBack(_ lent: Lent) {
        idle.withLock { idle in
            if idle.decompressors.count < Self.maximumIdleCount {
                idle.decompressors.append(lent.value)
            }
        }
    }
}
