import Segments
import Synchronization

/// Rows of one time chunk that become a segment, with the log positions they came from.
struct SealChunk: Sendable {
    let range: TimeRange
    var parts: [RowSelection] = []
    /// What live batch each part is of.
    var origins: [RowMove.Part] = []
    var firstLSN: UInt64
    var lastLSN: UInt64
}

/// A chunk as a segment.
struct SealedChunk: Sendable {
    let entry: SegmentEntry
    /// Where the live rows are in it.
    let move: RowMove
}

/// The chunks of one seal, handed out to the threads that write them, and what became of each.
final class SealQueue: Sendable {
    private struct State {
        var next = 0
        var written: [SealedChunk?]
        var failure: IngestError?
    }

    private let chunks: [SealChunk]
    private let state: Mutex<State>

    init(_ chunks: [SealChunk]) {
        self.chunks = chunks
        state = Mutex(State(written: Array(repeating: nil, count: chunks.count)))
    }

    /// Writes chunks with `write` until none is left, or until one could not be written.
    ///
    /// - Parameter willLeave: Called before each chunk behind which there are more.
    func drain(
        _ write: (SealChunk) throws(IngestError) -> SealedChunk, willLeave: () -> Void = {}
    ) {
        while let index = take() {
            if index + 1 < chunks.count { willLeave() }
            do throws(IngestError) {
                let sealed = try write(chunks[index])
                state.withLock { $0.written[index] = sealed }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < chunks.count, state.failure == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// The segments written, in the order of their chunks, and why not all of them were.
    ///
    /// - Precondition: no thread is in `drain` any more.
    var outcome: (sealed: [SealedChunk], failure: IngestError?) {
        state.withLock { ($0.written.compactMap { $0 }, $0.failure) }
    }
}
