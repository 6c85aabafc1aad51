import CMalloc

/// How the C allocator, which every array comes from, deals with large blocks.
public enum Allocator {
    /// Blocks up to here come from memory that is reused; glibc accepts no more than this.
    private static let mappedByteCount: Int32 = 32 << 20
    /// Free memory at the top of an arena that is kept for reuse.
    private static let keptByteCount: Int32 = 64 << 20
    /// Arenas beyond this many only scatter what is free.
    private static let arenaCountLimit = 8

    /// Makes the allocator reuse large blocks instead of returning them to the system.
    ///
    /// By default every block above 128 KiB is mapped and unmapped by itself, and the kernel clears
    /// its pages each time: half the processor time of ingestion, whose bodies, columns and log
    /// records are all of that size. Call it before threads start.
    ///
    /// - Returns: Whether the allocator took all of it; where not, everything works, slower.
    static func keepLargeBlocks(coreCount: Int) -> Bool {
        let arenaCount = Int32(max(2, min(coreCount, arenaCountLimit)))
        let taken = [
            mallopt(M_MMAP_THRESHOLD, mappedByteCount), mallopt(M_TRIM_THRESHOLD, keptByteCount),
            mallopt(M_ARENA_MAX, arenaCount),
        ]
        return taken.allSatisfy { $0 == 1 }
    }
}
