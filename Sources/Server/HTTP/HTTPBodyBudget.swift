import Synchronization

/// Bytes of request bodies that may be held at one time: reserved before they are read, so that a
/// crowd of uploads is refused at its door instead of filling the memory.
final class HTTPBodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Takes `byteCount` bytes, or nothing.
    func reserve(_ byteCount: Int) -> Bool {
        let (before, _) = used.add(byteCount, ordering: .relaxed)
        if before + byteCount <= limit { return true }
        used.subtract(byteCount, ordering: .relaxed)
        return false
    }

    /// Gives `byteCount` bytes back.
    func release(_ byteCount: Int) {
        let (_, after) = used.subtract(byteCount, ordering: .relaxed)
        assert(after >= 0)
    }

    /// Bytes held now.
    var usedByteCount: Int { used.load(ordering: .relaxed) }
}
