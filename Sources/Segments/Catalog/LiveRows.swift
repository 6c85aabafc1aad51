/// The live rows of one table: batches in order of arrival, the first of them perhaps being sealed.
///
/// Small batches at the end are joined so that sizes fall off geometrically: n appends leave
/// O(log n) batches below the limit and copy each row O(log n) times. A batch that is being sealed
/// is never joined with a later one, so no batch straddles a flush position.
struct LiveRows: Sendable {
    /// Batches are joined up to this many rows. What scans pay for a batch is small against what
    /// they pay for so many rows; larger ones would copy whole requests once more.
    static let joinedRowLimit = 4_096

    /// By ascending log position.
    private(set) var batches: [LiveBatch] = []
    /// So many of the first batches are being sealed.
    private(set) var frozenCount = 0

    /// The batches that later ones may still be joined to.
    var open: ArraySlice<LiveBatch> { batches[frozenCount...] }

    /// What becomes of `open` when `added` arrives.
    ///
    /// Apart from `append`, so that the copying happens outside the catalog's lock.
    static func joined(_ open: ArraySlice<LiveBatch>, _ added: [LiveBatch]) -> [LiveBatch] {
        var groups = open.map { Group(batches: [$0], rowCount: $0.rows.rowCount) }
        for batch in added {
            groups.append(Group(batches: [batch], rowCount: batch.rows.rowCount))
            while groups.count > 1 {
                let last = groups[groups.count - 1]
                let before = groups[groups.count - 2]
                guard before.rowCount <= 2 * last.rowCount,
                    before.rowCount + last.rowCount <= joinedRowLimit
                else { break }
                groups.removeLast()
                groups[groups.count - 1].batches += last.batches
                groups[groups.count - 1].rowCount += last.rowCount
            }
        }
        return groups.map { $0.batches.count == 1 ? $0.batches[0] : LiveBatch(joining: $0.batches) }
    }

    private struct Group {
        var batches: [LiveBatch]
        var rowCount: Int
    }

    /// Adds batches: as `joined` where that was made of the open batches of now, else as they
    /// are.
    ///
    /// - Precondition: `added` ascends and lies behind everything here.
    mutating func append(
        _ added: [LiveBatch], joined: [LiveBatch], from planned: ArraySlice<LiveBatch>
    ) {
        if let first = added.first, let last = batches.last {
            precondition(first.firstLSN >= last.lastLSN, "live rows arrive in order of the log")
        }
        if planned.elementsEqual(open, by: ===) {
            batches.replaceSubrange(frozenCount..., with: joined)
        } else {
            batches += added
        }
    }

    /// Closes every batch of now to joining.
    mutating func freeze() { frozenCount = batches.count }

    /// Closes the batches up to a position to joining.
    mutating func freeze(upTo lsn: UInt64) {
        frozenCount = max(frozenCount, batches.partitioningIndex { $0.lastLSN > lsn })
    }

    /// The batch that lies on both sides of a position, which therefore cannot be flushed to.
    func straddling(_ lsn: UInt64) -> LiveBatch? {
        batches.first { $0.firstLSN <= lsn && lsn < $0.lastLSN }
    }

    /// Forgets the batches up to a position: their rows are in segments now.
    mutating func drop(upTo lsn: UInt64) {
        let count = batches.partitioningIndex { $0.lastLSN > lsn }
        batches.removeFirst(count)
        frozenCount = max(0, frozenCount - count)
    }

    /// Kills rows, each counted from the first one that its request brought.
    ///
    /// - Precondition: they are here.
    mutating func kill(_ deaths: [UInt64: [Kill]]) {
        var byBatch: [Int: [Kill]] = [:]
        for (born, kills) in deaths {
            let index = batches.partitioningIndex { $0.lastLSN >= born }
            guard index < batches.count, let first = batches[index].firstRow(ofRequestAt: born)
            else { preconditionFailure("a row of request \(born) dies that is not live") }
            byBatch[index, default: []] += kills.map {
                Kill(row: $0.row + UInt32(truncatingIfNeeded: first), lsn: $0.lsn)
            }
        }
        for (index, kills) in byBatch { batches[index] = batches[index].killing(kills) }
    }
}
