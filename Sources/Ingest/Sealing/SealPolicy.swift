import Segments

/// Which tables' live rows become segments now; pure.
struct SealPolicy {
    let rowCount: Int
    let byteCount: Int
    let ageNanoseconds: UInt64
    /// Above this many live bytes in all, the largest table is sealed whatever its own size.
    let totalByteCount: Int

    init(_ settings: IngestSettings) {
        rowCount = settings.sealRowCount
        byteCount = settings.sealByteCount
        ageNanoseconds = UInt64(max(0, settings.sealAgeSeconds) * 1e9)
        totalByteCount = settings.liveByteLimit / 2
    }

    /// The tables to seal, the largest first.
    func due(_ waiting: [CommitCore.Waiting], now: UInt64) -> [TableID] {
        let bySize = waiting.sorted { $0.memoryBytes > $1.memoryBytes }
        let total = waiting.reduce(0) { $0 + $1.memoryBytes }
        return bySize.enumerated().filter { index, table in
            let age = table.openedAt.map { now > $0 ? now - $0 : 0 } ?? 0
            return table.rowCount >= rowCount || table.memoryBytes >= byteCount
                || age >= ageNanoseconds || (index == 0 && total >= totalByteCount)
        }.map(\.element.table)
    }
}
