/// Which rows have which code of a column's dictionary, or hold it as an element.
///
/// ```
/// bitmaps    u8 1, u8 0, u16 0, u32 code count n
///            u32 × (n + 1)    where each code's bitmap begins behind the offsets; n's is the end
///            the bitmaps, in Roaring's portable form; none for a code that is not indexed
///            zeros up to a multiple of 8
/// postings   u8 2, u8 shift s, u16 0, u32 code count n, an `AscendingList` of
///            code · ⌈rows / 2^s⌉ + granule,  for every granule of 2^s rows that has the code
/// ```
///
/// Bitmaps list rows exactly, postings the granules in which they lie: the reader looks at the
/// column's own codes there. Arrays get exact postings or none, because few of their elements are
/// not read faster than many. A BOOLEAN column has the codes 0 and 1. NULL has none.
struct CodeIndex {
    /// Columns of at most this many codes get bitmaps, others postings.
    static let maximumBitmapCodeCount = 256
    /// A code gets a bitmap where at most one row in so many has it: others are read faster than
    /// picked.
    static let minimumRowsPerHit = 32
    /// Bitmaps take at most this part of the bytes of the column's values, rarest codes first.
    static let bitmapShare = 4
    /// Postings take at most this part of the bytes of the column's values.
    static let postingsShare = 2
    /// Those of arrays take at most this part more than the values: a scan of arrays costs several
    /// times that of codes.
    static let arrayPostingsExcess = 4
    /// Postings of a code name, on average, at most one granule in so many.
    static let minimumGranulesPerHit = 16
    /// Granules of 2^10 rows are four groups of packed codes, and 16 of them a block.
    static let maximumShift = 10
    /// Granules are tried in these sizes, smallest first.
    static let shifts = [0, 4, 6, 7, 8, 9, 10]

    /// The two forms.
    enum Form: UInt8 {
        case bitmaps = 1
        case postings = 2
    }

    let form: Form
    let codeCount: Int
    /// Rows of a granule are 2^`shift`; 0 for bitmaps.
    let shift: Int
    let rowCount: Int
    private let list: AscendingList?

    private static let headerByteCount = 8

    /// The index in the payload of a column of `rowCount` rows and `codeCount` codes.
    init(_ payload: Span<UInt8>, codeCount: Int, rowCount: Int) throws(ByteError) {
        guard payload.count >= Self.headerByteCount, let form = Form(rawValue: payload[0]),
            payload[2] == 0, payload[3] == 0, Int(Hashing.load32(payload, 4)) == codeCount
        else { throw .invalid("header of a code index", byteOffset: 0) }
        self.form = form
        self.codeCount = codeCount
        self.rowCount = rowCount
        shift = Int(payload[1])
        switch form {
        case .bitmaps:
            list = nil
            guard shift == 0, payload.count >= Self.bitmapsOffset(codeCount) else {
                throw .invalid("offsets of bitmaps", byteOffset: 1)
            }
        case .postings:
            guard shift <= Self.maximumShift else { throw .invalid("granule", byteOffset: 1) }
            list = try AscendingList(payload.extracting(Self.headerByteCount..<payload.count))
        }
    }

    private static func bitmapsOffset(_ codeCount: Int) -> Int {
        headerByteCount + (codeCount + 1) * 4
    }

    private var granuleCount: UInt64 { UInt64((rowCount + 1 << shift - 1) >> shift) }

    /// Whether the code's rows can be found here.
    func hasRows(of code: Int, _ payload: Span<UInt8>) throws(ByteError) -> Bool {
        form == .postings ? true : try range(ofBitmap: code, payload).isEmpty == false
    }

    /// The rows that have `code`.
    ///
    /// - Precondition: `form` is `bitmaps`; `payload` is the one the index was made from.
    func bitmap(of code: Int, _ payload: Span<UInt8>) throws(ByteError) -> RoaringBitmap {
        let bitmap = try RoaringBitmap(
            serialised: payload.extracting(try range(ofBitmap: code, payload)))
        let last = bitmap.select(bitmap.cardinality - 1) ?? 0
        guard Int(last) < rowCount else { throw .invalid("row of a code", byteOffset: 0) }
        return bitmap
    }

    private func range(
        ofBitmap code: Int, _ payload: Span<UInt8>
    ) throws(ByteError) -> Range<Int> {
        precondition(code < codeCount)
        let at = Self.headerByteCount + code * 4
        let first = Self.bitmapsOffset(codeCount)
        let start = first + Int(Hashing.load32(payload, at))
        let end = first + Int(Hashing.load32(payload, at + 4))
        guard start <= end, end <= payload.count else {
            throw .invalid("offset of a bitmap", byteOffset: at)
        }
        return start..<end
    }

    /// The granules of 2^`shift` rows that have `code`, ascending.
    ///
    /// - Precondition: `form` is `postings`; `payload` is the one the index was made from.
    func granules(of code: Int, _ payload: Span<UInt8>) throws(ByteError) -> [UInt32] {
        guard let list else { preconditionFailure("bitmaps have no granules") }
        precondition(code < codeCount)
        let first = UInt64(code) * granuleCount
        var granules: [UInt32] = []
        try list.forEach(
            in: first..<first + granuleCount,
            payload.extracting(Self.headerByteCount..<payload.count)
        ) { value throws(ByteError) in
            granules.append(UInt32(value - first))
        }
        return granules
    }
}

/// Building, which decides from the data.
extension CodeIndex {
    /// The payload of a column's index; `nil` where none pays.
    ///
    /// - Parameters:
    ///   - column: Codes of the column's dictionary, arrays of them, or booleans.
    ///   - valueByteCount: What the column's values take without an index.
    static func build(
        _ column: Column, valueByteCount: Int
    ) -> (payload: [UInt8], codeCount: Int)? {
        guard column.type != .json, column.count > 0, let codes = CodeRows(column) else {
            return nil
        }
        let payload =
            codes.codeCount <= maximumBitmapCodeCount
            ? bitmaps(codes, limit: valueByteCount / bitmapShare)
            : postings(
                codes,
                limit: codes.isArrays
                    ? valueByteCount + valueByteCount / arrayPostingsExcess
                    : valueByteCount / postingsShare)
        return payload.map { ($0, codes.codeCount) }
    }

    private static func bitmaps(_ codes: CodeRows, limit: Int) -> [UInt8]? {
        let counts = codes.rowCounts(shift: 0)
        let wanted = counts.indices.filter {
            counts[$0] > 0 && counts[$0] <= codes.rowCount / minimumRowsPerHit
        }.sorted { (counts[$0], $0) < (counts[$1], $1) }
        guard !wanted.isEmpty else { return nil }
        let starts = CodeRows.starts(counts)
        let rows = codes.granules(shift: 0, starts: starts)
        var bitmaps = [[UInt8]](repeating: [], count: codes.codeCount)
        var byteCount = bitmapsOffset(codes.codeCount)
        var indexedCount = 0
        for code in wanted {
            let bitmap = RoaringBitmap(ascending: rows[starts[code]..<starts[code + 1]])
                .runOptimized().serialised()
            guard byteCount + bitmap.count <= limit else { break }
            byteCount += bitmap.count
            bitmaps[code] = bitmap
            indexedCount += 1
        }
        guard indexedCount > 0 else { return nil }
        var bytes: [UInt8] = [Form.bitmaps.rawValue, 0, 0, 0]
        bytes.append(littleEndian: [UInt32(codes.codeCount)].span)
        var offset: UInt32 = 0
        for bitmap in bitmaps {
            bytes.append(littleEndian: [offset].span)
            offset += UInt32(bitmap.count)
        }
        bytes.append(littleEndian: [offset].span)
        for bitmap in bitmaps { bytes.append(contentsOf: bitmap) }
        bytes.pad()
        return bytes
    }

    private static func postings(_ codes: CodeRows, limit: Int) -> [UInt8]? {
        for shift in codes.isArrays ? shifts.prefix(1) : shifts[...] {
            let granuleCount = (codes.rowCount + 1 << shift - 1) >> shift
            let counts = codes.rowCounts(shift: shift)
            let total = counts.reduce(0, +)
            let universe = UInt64(codes.codeCount) * UInt64(granuleCount)
            guard total > 0, universe <= AscendingList.maximumUniverse else { return nil }
            let isSelective =
                total * minimumGranulesPerHit <= codes.codeCount * granuleCount
            guard isSelective else { return nil }
            guard
                headerByteCount + AscendingList.byteCount(count: total, universe: universe)
                    <= limit
            else { continue }
            let starts = CodeRows.starts(counts)
            let granules = codes.granules(shift: shift, starts: starts)
            var values: [UInt64] = []
            values.reserveCapacity(total)
            for code in 0..<codes.codeCount {
                let first = UInt64(code) * UInt64(granuleCount)
                for entry in starts[code]..<starts[code + 1] {
                    values.append(first + UInt64(granules[entry]))
                }
            }
            var bytes: [UInt8] = [Form.postings.rawValue, UInt8(shift), 0, 0]
            bytes.append(littleEndian: [UInt32(codes.codeCount)].span)
            bytes.append(contentsOf: AscendingList.encode(values, universe: universe))
            return bytes
        }
        return nil
    }
}
