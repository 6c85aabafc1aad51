/// Makes the parts of an id run of hashes that come in ascending order, and hands them out piece by
/// piece, so that a run of any size takes little memory to write.
struct IDRunEncoder {
    /// Pieces are of about so many words.
    private static let pieceWordCount = 8_192

    private let layout: IDRunLayout
    private let lowBits: UInt64
    /// Hashes so far.
    private(set) var count = 0
    private var samples: [UInt32] = []
    private var upper = WordStream()
    private var lower = WordStream()
    private var bucketCount = 0
    private var last = UInt64.max
    private var pieces: [Part]

    /// Where the next piece of a part goes, and the checksum of those before.
    private struct Part {
        var byteOffset: Int
        var checksum: UInt32 = ~0
    }

    /// Words that fill from the lowest bit.
    private struct WordStream {
        private(set) var words: [UInt64] = []
        private var takenCount = 0
        private var word: UInt64 = 0
        private(set) var bitCount = 0

        mutating func append(_ value: UInt64, width: Int) {
            let shift = UInt64(bitCount & 63)
            word |= value &<< shift
            bitCount &+= width
            if Int(shift) &+ width >= 64 {
                words.append(word)
                word = shift == 0 ? 0 : value >> (64 - shift)
            }
        }

        /// The bytes of the words since the last time.
        mutating func take() -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: words.span)
            takenCount += words.count
            words.removeAll(keepingCapacity: true)
            return bytes
        }

        /// Ends the last word, and appends zeros up to so many words in all.
        mutating func finish(wordCount: Int) {
            if bitCount & 63 != 0 { words.append(word) }
            let missing = wordCount - takenCount - words.count
            words.append(contentsOf: repeatElement(0, count: max(0, missing)))
        }
    }

    init(_ layout: IDRunLayout) {
        self.layout = layout
        lowBits = UInt64(layout.lowBits)
        samples.reserveCapacity(layout.sampleCount)
        pieces = layout.parts.map { Part(byteOffset: $0.lowerBound) }
    }

    /// Adds hashes of 40 bits, ascending; equal ones count once.
    ///
    /// - Precondition: no more than the layout has room for, none below those before.
    mutating func append(_ hashes: Span<UInt64>) {
        let mask = (1 as UInt64) << lowBits - 1
        for index in hashes.indices where hashes[index] != last {
            let hash = hashes[index]
            let bucket = Int(truncatingIfNeeded: hash &>> lowBits)
            while bucketCount <= bucket { mark() }
            upper.append(0, width: 1)
            lower.append(hash & mask, width: Int(lowBits))
            last = hash
            count &+= 1
        }
        precondition(count <= layout.capacity && bucketCount <= layout.bucketCount)
    }

    private mutating func mark() {
        if bucketCount % RunBits.sampleStep == 0 {
            samples.append(UInt32(truncatingIfNeeded: upper.bitCount))
        }
        upper.append(1, width: 1)
        bucketCount &+= 1
    }

    /// Hands out what is there of the parts that grow, if it is worth a write.
    mutating func flush<Failure: Error>(
        _ put: ([UInt8], Int) throws(Failure) -> Void
    ) throws(Failure) {
        if upper.words.count >= Self.pieceWordCount { try hand(upper.take(), to: 1, put) }
        if lower.words.count >= Self.pieceWordCount { try hand(lower.take(), to: 2, put) }
    }

    /// Hands out all that is left, the header last.
    mutating func finish<Failure: Error>(
        _ facts: IDRunFacts, _ put: ([UInt8], Int) throws(Failure) -> Void
    ) throws(Failure) {
        while bucketCount < layout.bucketCount { mark() }
        upper.finish(wordCount: layout.upperWordCount)
        lower.finish(wordCount: layout.lowerWordCount)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: samples.span)
        bytes.pad()
        try hand(bytes, to: 0, put)
        try hand(upper.take(), to: 1, put)
        try hand(lower.take(), to: 2, put)
        assert(zip(pieces, layout.parts).allSatisfy { $0.byteOffset == $1.upperBound })
        try put(layout.header(facts, count: count, checksums: pieces.map { ~$0.checksum }), 0)
    }

    private mutating func hand<Failure: Error>(
        _ bytes: [UInt8], to part: Int, _ put: ([UInt8], Int) throws(Failure) -> Void
    ) throws(Failure) {
        pieces[part].checksum = Checksum.update(pieces[part].checksum, with: bytes.span)
        try put(bytes, pieces[part].byteOffset)
        pieces[part].byteOffset += bytes.count
    }
}
