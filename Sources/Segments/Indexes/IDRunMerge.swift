/// Several id runs as one stream of ascending hashes.
struct IDRunMerge {
    private static let readCount = 512

    private var cursors: [IDRun.Cursor]
    private var buffers: [[UInt64]]
    private var positions: [Int]
    /// The next hash of each run; the largest number where there is none.
    private var heads: [UInt64]

    init(_ runs: [IDRun]) {
        cursors = runs.map { IDRun.Cursor($0) }
        buffers = runs.map { _ in [] }
        positions = runs.map { _ in 0 }
        heads = runs.map { _ in .max }
        for index in runs.indices { refill(index) }
    }

    private mutating func refill(_ index: Int) {
        cursors[index].read(&buffers[index], limit: Self.readCount)
        positions[index] = 0
        heads[index] = buffers[index].first ?? .max
    }

    /// The next hashes, some hundreds of them; equal ones may follow each other. `nil` at the end.
    mutating func next() -> [UInt64]? {
        if heads.count == 1 {
            guard !buffers[0].isEmpty else { return nil }
            let hashes = buffers[0]
            refill(0)
            return hashes
        }
        var merged: [UInt64] = []
        merged.reserveCapacity(Self.readCount)
        while merged.count < Self.readCount {
            var least = 0
            for index in heads.indices where heads[index] < heads[least] { least = index }
            guard heads[least] != .max else { break }
            merged.append(heads[least])
            positions[least] &+= 1
            if positions[least] < buffers[least].count {
                heads[least] = buffers[least][positions[least]]
            } else {
                refill(least)
            }
        }
        return merged.isEmpty ? nil : merged
    }
}
