import Segments

/// Decides which pending changes a power cut lets through.
struct CutChoice {
    /// The granularity at which a disk tears writes.
    static let sectorByteCount = 512

    private let cut: PowerCut
    private var random: SeededGenerator
    /// Changes of at most this order survive.
    private let lastOrder: Int
    /// Orders of name changes kept so far, for the halves of renames across directories.
    private let keptNames: Set<Int>

    init(_ cut: PowerCut, disk: SimulatedDisk) {
        self.cut = cut
        var random = SeededGenerator(seed: 0)
        var lastOrder = 0
        if case .random(let seed) = cut { random = SeededGenerator(seed: seed) }
        if case .prefix(let count) = cut {
            let files = disk.inodes.values.flatMap { $0.pending.map(\.order) }
            let names = disk.directories.values.flatMap { $0.pending.map(\.order) }
            let orders = (files + names).sorted()
            lastOrder = count == 0 ? 0 : orders.prefix(count).last ?? 0
        }
        self.lastOrder = lastOrder
        keptNames = Self.chooseNames(cut, disk, lastOrder, &random)
        self.random = random
    }

    private static func chooseNames(
        _ cut: PowerCut, _ disk: SimulatedDisk, _ lastOrder: Int, _ random: inout SeededGenerator
    ) -> Set<Int> {
        var kept: Set<Int> = []
        let pending = disk.directories.sorted { $0.key < $1.key }.flatMap { $0.value.pending }
        for item in pending.sorted(by: { $0.order < $1.order }) {
            let keeps =
                switch cut {
                case .loseUnsynced: false
                case .keepAll: true
                case .prefix: item.order <= lastOrder
                case .random: Bool.random(using: &random)
                }
            let isLinkPending = item.change.after.map { after in
                disk.directories[after.directory]?.pending.contains { $0.order == after.order }
                    ?? false
            }
            let waits = isLinkPending == true && !kept.contains(item.change.after?.order ?? 0)
            if keeps && !waits { kept.insert(item.order) }
        }
        return kept
    }

    func keepsName(_ pending: SimulatedDisk.Pending<SimulatedDisk.NameChange>) -> Bool {
        keptNames.contains(pending.order)
    }

    mutating func apply(
        _ pending: SimulatedDisk.Pending<SimulatedDisk.FileChange>, to bytes: inout [UInt8]
    ) {
        switch cut {
        case .loseUnsynced: break
        case .keepAll: bytes.apply(pending.change)
        case .prefix: if pending.order <= lastOrder { bytes.apply(pending.change) }
        case .random: tear(pending.change, &bytes)
        }
    }

    /// Applies some sectors of a write, or a change of size, or not.
    private mutating func tear(_ change: SimulatedDisk.FileChange, _ bytes: inout [UInt8]) {
        guard case .write(let offset, let written) = change else {
            if Bool.random(using: &random) { bytes.apply(change) }
            return
        }
        let end = offset + written.count
        // The size may be lost, or be there without the data.
        var newCount = end
        if end > bytes.count {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: newCount = bytes.count
            case 1: newCount = Int.random(in: bytes.count...end, using: &random)
            default: break
            }
            bytes.grow(to: newCount)
        }
        let keepsAll = Int.random(in: 0..<4, using: &random) == 0
        var start = offset
        while start < min(end, newCount) {
            let sectorEnd = (start / Self.sectorByteCount + 1) * Self.sectorByteCount
            let stop = min(sectorEnd, end, newCount)
            switch keepsAll ? 1 : Int.random(in: 0..<16, using: &random) {
            case 0:
                for index in start..<stop {
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
            case 1...8:
                bytes.replaceSubrange(start..<stop, with: written[start - offset..<stop - offset])
            default: break
            }
            start = stop
        }
    }
}
