/// The portable form that all Roaring libraries share; see "RoaringFormatSpec" of the Roaring
/// project. Little-endian:
///
/// ```
/// u32  12346                   u32 container count n                  no container is of runs
/// u32  12347 | (n - 1) << 16   a bit a container: it is of runs       some container is
/// u16, u16                     key and cardinality - 1                for each container
/// u32                          offset from the first byte             for each, where n ≥ 4 or
///                                                                     no container is of runs
///                              the containers
/// ```
///
/// An array is its values; a bitmap its 1,024 words; runs a u16 count, then first value and
/// distance to the last one of each. Whether a container that is not of runs is an array is said
/// by its cardinality.
extension RoaringBitmap {
    private static let plainCookie: UInt32 = 12_346
    private static let runCookie: UInt32 = 12_347
    /// Fewer containers than this have no offsets where some container is of runs.
    private static let minimumOffsetCount = 4

    private var hasRuns: Bool {
        containers.contains { if case .runs = $0 { true } else { false } }
    }

    private static func headerByteCount(count: Int, hasRuns: Bool) -> Int {
        let opening = hasRuns ? 4 + (count + 7) / 8 : 8
        return opening + count * (!hasRuns || count >= minimumOffsetCount ? 8 : 4)
    }

    /// Bytes of the portable form.
    public var serialisedByteCount: Int {
        containers.reduce(Self.headerByteCount(count: keys.count, hasRuns: hasRuns)) {
            $0 + $1.byteCount
        }
    }

    /// The portable form.
    public func serialised() -> [UInt8] {
        let hasRuns = hasRuns
        var writer = ByteWriter(capacity: serialisedByteCount)
        if hasRuns {
            writer.append(Self.runCookie | UInt32(keys.count - 1) << 16)
            var flags = [UInt8](repeating: 0, count: (keys.count + 7) / 8)
            for (index, container) in containers.enumerated() {
                if case .runs = container { flags[index / 8] |= 1 << UInt8(index % 8) }
            }
            writer.append(bytes: flags)
        } else {
            writer.append(Self.plainCookie)
            writer.append(UInt32(keys.count))
        }
        for (key, container) in zip(keys, containers) {
            writer.append(key)
            writer.append(UInt16(container.cardinality - 1))
        }
        if !hasRuns || keys.count >= Self.minimumOffsetCount {
            var offset = Self.headerByteCount(count: keys.count, hasRuns: hasRuns)
            for container in containers {
                writer.append(UInt32(offset))
                offset += container.byteCount
            }
        }
        for container in containers { container.encode(into: &writer) }
        return writer.bytes
    }

    /// Reads the portable form; throws unless it is one to the last byte.
    public init(serialised bytes: Span<UInt8>) throws(ByteError) {
        var reader = PayloadReader(bytes)
        self.init()
        let cookie = try reader.readUInt32()
        let hasRuns = cookie & 0xffff == Self.runCookie
        let count: Int
        var flags: [UInt8] = []
        if hasRuns {
            count = Int(cookie >> 16) + 1
            flags = [UInt8](copying: try reader.readBytes((count + 7) / 8))
            guard count % 8 == 0 || flags[count / 8] >> UInt8(count % 8) == 0 else {
                throw reader.invalid("flag of a container")
            }
        } else {
            guard cookie == Self.plainCookie else { throw reader.invalid("Roaring cookie") }
            count = Int(try reader.readUInt32())
            guard count <= 1 << 16 else { throw reader.invalid("container count") }
        }
        let heads = [UInt16](littleEndian: try reader.readBytes(count * 4))
        let hasOffsets = !hasRuns || count >= Self.minimumOffsetCount
        let offsets = [UInt32](littleEndian: try reader.readBytes(hasOffsets ? count * 4 : 0))
        for index in 0..<count {
            let key = heads[index * 2]
            guard keys.last.map({ $0 < key }) ?? true else { throw reader.invalid("key") }
            guard !hasOffsets || Int(offsets[index]) == reader.byteOffset else {
                throw reader.invalid("container offset")
            }
            let container = try RoaringContainer(
                from: &reader, cardinality: Int(heads[index * 2 + 1]) + 1,
                isRuns: hasRuns && flags[index / 8] >> UInt8(index % 8) & 1 == 1)
            append(key: UInt32(key), container)
        }
        try reader.finish()
    }
}

extension RoaringContainer {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .array(let values): for value in values { writer.append(value) }
        case .bitmap(let words, _): for word in words { writer.append(word) }
        case .runs(let runs):
            writer.append(UInt16(runs.count))
            for run in runs {
                writer.append(run.first)
                writer.append(run.last - run.first)
            }
        }
    }

    fileprivate init(
        from reader: inout PayloadReader, cardinality: Int, isRuns: Bool
    ) throws(ByteError) {
        if isRuns {
            let count = [UInt16](littleEndian: try reader.readBytes(2))[0]
            let numbers = [UInt16](littleEndian: try reader.readBytes(Int(count) * 4))
            self = .runs(try Self.runs(numbers, reader))
        } else if cardinality <= Self.maximumArrayCount {
            let values = [UInt16](littleEndian: try reader.readBytes(cardinality * 2))
            for index in values.indices.dropFirst() where values[index] <= values[index - 1] {
                throw reader.invalid("array of values")
            }
            self = .array(values)
        } else {
            let words = [UInt64](littleEndian: try reader.readBytes(Self.wordCount * 8))
            var count = 0
            for word in words { count &+= word.nonzeroBitCount }
            self = .bitmap(words, cardinality: count)
        }
        guard self.cardinality == cardinality else { throw reader.invalid("cardinality") }
    }

    private static func runs(
        _ numbers: [UInt16], _ reader: borrowing PayloadReader
    ) throws(ByteError) -> [RoaringRun] {
        var runs: [RoaringRun] = []
        runs.reserveCapacity(numbers.count / 2)
        for index in stride(from: 0, to: numbers.count, by: 2) {
            let (last, overflow) = numbers[index].addingReportingOverflow(numbers[index + 1])
            let isAscending = runs.last.map { Int($0.last) + 1 < Int(numbers[index]) } ?? true
            guard !overflow, isAscending else { throw reader.invalid("run") }
            runs.append(RoaringRun(first: numbers[index], last: last))
        }
        return runs
    }
}
