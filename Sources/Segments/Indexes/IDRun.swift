/// The hashes of the ids of all rows in a range of log positions: says at once which ids are not
/// among them. Derived: whatever becomes of it, it can be made again from the segments.
///
/// Immutable, and the same bytes in memory and in a mapped file; `IDRunLayout` has the picture.
public final class IDRun: Sendable {
    /// What it is of.
    public let facts: IDRunFacts
    /// How many hashes there are.
    public let count: Int
    /// The file, relative to the data directory; `nil` where there is none yet.
    public let path: String?

    private let bytes: FileBytes
    private let layout: IDRunLayout
    private let buckets: RunBits

    private init(
        _ bytes: FileBytes, layout: IDRunLayout, facts: IDRunFacts, count: Int, path: String?
    ) {
        self.bytes = bytes
        self.layout = layout
        self.facts = facts
        self.count = count
        self.path = path
        buckets = RunBits(
            markCount: layout.bucketCount, bitCount: layout.bucketCount + count,
            byteOffset: IDRunLayout.headerByteCount)
    }

    /// Bytes held, or mapped.
    public var byteCount: Int { bytes.count }

    // MARK: Making

    /// A run in memory.
    ///
    /// - Parameter hashes: As `IDHash` makes them, in any order; sorted in place.
    /// - Precondition: at most 2^30.
    /// - Complexity: O(hashes).
    public convenience init(_ facts: IDRunFacts, sorting hashes: inout [UInt64]) {
        RadixOrder.sort(&hashes, fromBit: IDHash.freeBits)
        for index in hashes.indices { hashes[index] >>= UInt64(IDHash.freeBits) }
        let layout = IDRunLayout(capacity: hashes.count)
        var encoder = IDRunEncoder(layout)
        encoder.append(hashes.span)
        let count = encoder.count
        var bytes = [UInt8](repeating: 0, count: layout.byteCount)
        encoder.finish(facts) { part, byteOffset in
            bytes.replace(byteOffset..<byteOffset + part.count, with: part.span)
        }
        self.init(FileBytes(bytes), layout: layout, facts: facts, count: count, path: nil)
    }

    /// Writes runs that follow each other as one: beside its name, synced, renamed, and opened.
    ///
    /// - Precondition: at least one run, of at most 2^30 hashes together.
    /// - Complexity: O(hashes × runs); memory for a few thousand hashes of each.
    public static func write(
        _ runs: [IDRun], to path: String, _ fileSystem: any FileSystem
    ) throws(IDRunError) -> IDRun {
        let facts = IDRunFacts(joining: runs)
        let layout = IDRunLayout(capacity: runs.reduce(0) { $0 + $1.count })
        do throws(FileError) {
            try fileSystem.durableCreate(path) { file throws(FileError) in
                try file.allocate(byteCount: layout.byteCount)
                var encoder = IDRunEncoder(layout)
                var merge = IDRunMerge(runs)
                while let hashes = merge.next() {
                    encoder.append(hashes.span)
                    try encoder.flush { part, byteOffset throws(FileError) in
                        try file.write(part.span, at: byteOffset)
                    }
                }
                try encoder.finish(facts) { part, byteOffset throws(FileError) in
                    try file.write(part.span, at: byteOffset)
                }
            }
        } catch {
            throw .file(error)
        }
        return try IDRun(opening: path, fileSystem)
    }

    // MARK: Opening

    /// Opens a file and verifies every byte of it.
    ///
    /// - Complexity: O(bytes): about a second for ten gigabytes that are in memory.
    public convenience init(
        opening path: String, _ fileSystem: any FileSystem
    ) throws(IDRunError) {
        let bytes: FileBytes
        do throws(FileError) {
            let byteCount = try fileSystem.byteCount(of: path) ?? 0
            guard byteCount >= IDRunLayout.headerByteCount else {
                throw FileError(.read, path: path, code: 0, reason: "it has no header")
            }
            bytes = try fileSystem.open(path, for: .read).map(byteCount: byteCount)
        } catch {
            throw .file(error)
        }
        let start = bytes.span.extracting(first: IDRunLayout.headerByteCount)
        let header: IDRunLayout.Header
        do throws(ByteError) {
            header = try IDRunLayout.header([UInt8](copying: start))
        } catch {
            throw .damaged(path: path, what: "\(error)")
        }
        let layout = header.layout
        guard bytes.count == layout.byteCount else {
            throw .damaged(path: path, what: "it has \(bytes.count) of \(layout.byteCount) bytes")
        }
        for (number, part) in layout.parts.enumerated()
        where Checksum.crc32c(bytes.span.extracting(part)) != header.checksums[number] {
            throw .damaged(path: path, what: "the checksum of part \(number + 1)")
        }
        self.init(
            bytes, layout: layout, facts: header.facts, count: header.count, path: path)
    }

    // MARK: Asking

    /// Keys that are asked in one step: so many memory accesses are under way together.
    private static let stepCount = 256

    /// Appends those of `keys` whose hash is here; of others no id is.
    ///
    /// In steps, each of which loads what the next one needs for many keys, so that the memory
    /// answers them together. Keys that ascend walk through it once.
    ///
    /// - Parameter keys: Hashes of `IDHash`; the lower bits (`freeBits`) count for nothing.
    /// - Throws: Where the run's bits make no sense, although its checksums were right.
    /// - Complexity: O(keys), two or three cache lines each.
    public func appendMatches(
        of keys: Span<UInt64>, to found: inout [UInt64]
    ) throws(SegmentError) {
        guard count > 0 else { return }
        let file = bytes
        var start = 0
        do throws(ByteError) {
            while start < keys.count {
                let end = min(start + Self.stepCount, keys.count)
                try match(keys.extracting(start..<end), file.span, &found)
                start = end
            }
        } catch {
            throw .damaged(
                SegmentDamage(
                    path: path ?? "an id run in memory", byteOffset: layout.upperOffset,
                    expected: "hashes in order", found: "\(error)"))
        }
    }

    private func match(
        _ keys: Span<UInt64>, _ payload: Span<UInt8>, _ found: inout [UInt64]
    ) throws(ByteError) {
        var samples = InlineArray<256, Int>(repeating: 0)
        var firsts = InlineArray<256, Int>(repeating: 0)
        var ends = InlineArray<256, Int>(repeating: 0)
        precondition(keys.count <= samples.count)
        let bucketShift = UInt64(64 - layout.bucketBits)
        for index in keys.indices {
            let bucket = Int(truncatingIfNeeded: keys[index] >> bucketShift)
            samples[index] = buckets.sample(before: bucket, payload)
        }
        // What is loaded here counts for nothing but that it is in the cache then.
        var touched: UInt64 = 0
        for index in keys.indices {
            touched |= buckets.firstWord(from: samples[index], payload)
        }
        guard touched != 0 else { throw .invalid("bucket", byteOffset: layout.upperOffset) }
        let lowBits = layout.lowBits
        for index in keys.indices {
            let bucket = Int(truncatingIfNeeded: keys[index] >> bucketShift)
            let bits = try buckets.range(of: bucket, sample: samples[index], payload)
            let first = bits.lowerBound - bucket
            let end = bits.upperBound - bucket - 1
            guard first >= 0, first <= end, end <= count else {
                throw .invalid("bucket", byteOffset: layout.upperOffset)
            }
            firsts[index] = first
            ends[index] = end
            touched |= low(min(first, count - 1), lowBits, payload)
        }
        let mask = (1 as UInt64) << UInt64(lowBits) - 1
        for index in keys.indices {
            let wanted = keys[index] >> UInt64(IDHash.freeBits) & mask
            for position in firsts[index]..<ends[index]
            where low(position, lowBits, payload) == wanted {
                found.append(keys[index])
                break
            }
        }
        // Never true; keeps the loads above from being left out.
        if touched == .max, found.isEmpty { found.reserveCapacity(keys.count) }
    }

    @inline(__always)
    private func low(_ position: Int, _ lowBits: Int, _ payload: Span<UInt8>) -> UInt64 {
        let bit = position &* lowBits
        let word = Hashing.load64(payload, layout.lowerOffset &+ bit >> 3)
        return word &>> UInt64(bit & 7) & ((1 as UInt64) << UInt64(lowBits) - 1)
    }

    // MARK: Reading

    /// Reads the hashes front to back.
    struct Cursor {
        private let run: IDRun
        private var position = 0
        private var word = -1
        /// The bits of `word` that are hashes and were not read yet.
        private var bits: UInt64 = 0

        init(_ run: IDRun) { self.run = run }

        /// Replaces `hashes` by the next ones, none at the end.
        mutating func read(_ hashes: inout [UInt64], limit: Int) {
            hashes.removeAll(keepingCapacity: true)
            let file = run.bytes
            let payload = file.span
            let layout = run.layout
            let lowBits = layout.lowBits
            let end = min(run.count, position + limit)
            while position < end {
                while bits == 0 {
                    word += 1
                    guard word < layout.upperWordCount else { return }
                    bits = ~Hashing.load64(payload, layout.upperOffset + word * 8)
                }
                let bit = word &* 64 &+ bits.trailingZeroBitCount
                bits &= bits &- 1
                // Of the bits before it, `position` are hashes and the others marks of buckets.
                let bucket = UInt64(truncatingIfNeeded: bit &- position &- 1)
                hashes.append(
                    bucket &<< UInt64(lowBits) | run.low(position, lowBits, payload))
                position &+= 1
            }
        }
    }
}
