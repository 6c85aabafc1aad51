/// Runs that follow each other, kept as bits: the first bit of every run is set, its *mark*.
///
/// ```
/// u32 × ⌈marks / 128⌉      where mark 0, 128, 256 ... is, in bits
/// zeros up to a multiple of 8
/// u64 × ⌈bits / 64⌉        bit i % 64 of word i / 64: a run begins at i
/// ```
///
/// A run is found from the sample before it and the ones counted from there: about two words where
/// runs are short. The words are the high half of what is known as the Elias-Fano code: two bits a
/// run, and one for everything in it, whatever the runs' lengths.
struct RunBits {
    static let sampleStep = 128

    /// How many runs there are.
    let markCount: Int
    /// How long they are together.
    let bitCount: Int
    private let samplesOffset: Int
    private let wordsOffset: Int

    /// Runs whose bytes begin at `byteOffset` of a payload, a multiple of eight.
    init(markCount: Int, bitCount: Int, byteOffset: Int) {
        self.markCount = markCount
        self.bitCount = bitCount
        samplesOffset = byteOffset
        let sampleCount = (markCount + Self.sampleStep - 1) / Self.sampleStep
        wordsOffset = byteOffset + (sampleCount + 1) / 2 * 8
    }

    /// Where the bytes end; a multiple of eight.
    var endOffset: Int { wordsOffset + wordCount * 8 }

    private var wordCount: Int { (bitCount + 63) / 64 }

    /// Appends the bytes of runs that begin at `marks`.
    ///
    /// - Precondition: the marks ascend, all below `bitCount`.
    static func append(_ marks: [UInt32], bitCount: Int, to bytes: inout [UInt8]) {
        var samples: [UInt32] = []
        var words = [UInt64](repeating: 0, count: (bitCount + 63) / 64)
        for index in marks.indices {
            let position = marks[index]
            if index % sampleStep == 0 { samples.append(position) }
            words[Int(position >> 6)] |= 1 << UInt64(position & 63)
        }
        bytes.append(littleEndian: samples.span)
        bytes.pad()
        bytes.append(littleEndian: words.span)
    }

    /// The bits of run `run`, its mark first.
    ///
    /// - Precondition: `run < markCount`, and `payload` reaches `endOffset`.
    /// - Throws: Where the bits do not say what they should.
    func range(of run: Int, _ payload: Span<UInt8>) throws(ByteError) -> Range<Int> {
        try range(of: run, sample: sample(before: run, payload), payload)
    }

    /// The sample that run `run` is found from. One load.
    ///
    /// - Precondition: As of `range`.
    @inline(__always)
    func sample(before run: Int, _ payload: Span<UInt8>) -> Int {
        precondition(run >= 0 && run < markCount)
        return Int(Hashing.load32(payload, samplesOffset + run / Self.sampleStep * 4))
    }

    /// The word in which counting from a sample begins; zero where the sample makes no sense. One
    /// load.
    @inline(__always)
    func firstWord(from sample: Int, _ payload: Span<UInt8>) -> UInt64 {
        sample < bitCount ? Hashing.load64(payload, wordsOffset + sample >> 6 * 8) : 0
    }

    /// As `range`, from the run's sample.
    func range(
        of run: Int, sample: Int, _ payload: Span<UInt8>
    ) throws(ByteError) -> Range<Int> {
        guard sample < bitCount else { throw damaged }
        var skipped = run % Self.sampleStep
        var word = sample >> 6
        var bits = Hashing.load64(payload, wordsOffset + word * 8) & ~0 << UInt64(sample & 63)
        while bits.nonzeroBitCount <= skipped {
            skipped -= bits.nonzeroBitCount
            word += 1
            guard word < wordCount else { throw damaged }
            bits = Hashing.load64(payload, wordsOffset + word * 8)
        }
        for _ in 0..<skipped { bits &= bits &- 1 }
        let start = word * 64 + bits.trailingZeroBitCount
        bits &= bits &- 1
        while bits == 0 {
            word += 1
            guard word < wordCount else { return start..<max(start, bitCount) }
            bits = Hashing.load64(payload, wordsOffset + word * 8)
        }
        let end = word * 64 + bits.trailingZeroBitCount
        guard end <= bitCount else { throw damaged }
        return start..<end
    }

    private var damaged: ByteError { .invalid("run", byteOffset: wordsOffset) }
}
