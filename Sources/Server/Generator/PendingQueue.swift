/// A line that is still to come. Its content is drawn again from the entity's number when its time
/// has come, so that waiting costs 24 bytes.
struct PendingLine {
    /// Which line of an event this is.
    enum Copy: UInt64 {
        case first, duplicate, conflict, poison
    }

    /// When the line arrives; milliseconds since 1970, UTC.
    let arrival: Int64
    /// When the entity (order, draft, consignment, coupon) began; milliseconds since 1970, UTC.
    let start: Int64
    /// Entity number, slot, copy and flags; distinct for every line, so it settles ties.
    ///
    ///     63          16 15        8 7      4 3      0
    ///    ┌──────────────┬───────────┬────────┬────────┐
    ///    │ entity       │ slot      │ copy   │ flags  │
    ///    └──────────────┴───────────┴────────┴────────┘
    let tag: UInt64

    static let opensEntity: UInt64 = 1
    static let isLate: UInt64 = 2

    @inline(__always)
    init(arrival: Int64, start: Int64, entity: UInt64, slot: Int, copy: Copy, flags: UInt64) {
        self.arrival = arrival
        self.start = start
        tag = entity << 16 | UInt64(truncatingIfNeeded: slot) << 8 | copy.rawValue << 4 | flags
    }

    var entity: UInt64 { tag >> 16 }
    var slot: Int { Int(truncatingIfNeeded: (tag >> 8) & 0xFF) }
    var copy: Copy { Copy(rawValue: (tag >> 4) & 0xF) ?? .first }
    /// No event of the entity was accepted before this one.
    var opensEntity: Bool { tag & Self.opensEntity != 0 }
    var isLate: Bool { tag & Self.isLate != 0 }

    @inline(__always)
    static func < (left: PendingLine, right: PendingLine) -> Bool {
        left.arrival == right.arrival ? left.tag < right.tag : left.arrival < right.arrival
    }
}

/// The lines to come in order of arrival: a calendar whose open page is a heap.
///
///     page:   open        open+1      open+2            (2¹⁸ ms, about 4.4 minutes each)
///           ┌──────────┬───────────┬───────────┬─ ─ ─┐
///           │ heap     │ unsorted  │ unsorted  │     │   a ring of 2¹⁵ pages, 99 days
///           └──────────┴───────────┴───────────┴─ ─ ─┘
///
/// Adding to a later page is an append; only the lines of the open page are ever compared. Memory
/// follows the lines that wait (24 bytes each), which is a few days' worth, not the whole run.
struct PendingQueue {
    /// The furthest a line may lie ahead of the open page.
    static let horizon = Int64(pageCount - 1) << pageShift

    private static let pageShift: Int64 = 18
    private static let pageCount = 1 << 15

    private var pages = [[PendingLine]](repeating: [], count: pageCount)
    private var heap: [PendingLine] = []
    private var open: Int64

    /// An empty calendar, open where `time` lies.
    init(from time: Int64) {
        open = time >> Self.pageShift
    }

    /// The first line of the open page.
    var first: PendingLine? { heap.first }

    /// True if `time` lies on the open page.
    func isOpen(_ time: Int64) -> Bool { time >> Self.pageShift == open }

    /// Adds a line; O(log lines of the open page) there, else O(1).
    ///
    /// - Precondition: It does not lie before the open page nor beyond the horizon.
    mutating func push(_ line: PendingLine) {
        let page = line.arrival >> Self.pageShift
        precondition(page >= open && page - open < Self.pageCount)
        if page == open {
            heap.append(line)
            siftUp(from: heap.count - 1)
        } else {
            pages[Int(truncatingIfNeeded: page) & (Self.pageCount - 1)].append(line)
        }
    }

    /// Takes the first line of the open page off.
    mutating func popFirst() -> PendingLine? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            siftDown(from: 0)
        }
        return first
    }

    /// Opens the next page.
    ///
    /// - Precondition: The open page is empty.
    mutating func turnPage() {
        precondition(heap.isEmpty)
        open += 1
        let index = Int(truncatingIfNeeded: open) & (Self.pageCount - 1)
        guard !pages[index].isEmpty else { return }
        heap = []
        swap(&heap, &pages[index])
        for parent in stride(from: heap.count / 2 - 1, through: 0, by: -1) {
            siftDown(from: parent)
        }
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        let line = heap[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard line < heap[parent] else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = line
    }

    private mutating func siftDown(from index: Int) {
        var parent = index
        let line = heap[parent]
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < line else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = line
    }
}
