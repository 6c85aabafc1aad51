/// Rows that a code index finds.
public struct CodeMatch: Sendable {
    /// The rows that may have one of the codes; no other row has.
    public let rows: RoaringBitmap
    /// Whether each of `rows` has one of the codes for sure.
    public let isExact: Bool
}

/// Rows by code.
extension SegmentReader {
    /// Whether the rows of some codes of the column are found without reading it.
    public func findsRows(byColumnID columnID: UInt32) -> Bool {
        isOrdered(byColumnID: columnID) || hasCodeIndex(columnID: columnID)
    }

    /// Whether some codes of the column have their rows listed.
    func hasCodeIndex(columnID: UInt32) -> Bool {
        position(of: columnID).map { footer.columns[$0].codeIndex != nil } ?? false
    }

    /// The rows that have one of `codes`, or hold one as an element.
    ///
    /// - Parameters:
    ///   - codes: Of the column's dictionary; 0 and 1 for BOOLEAN.
    ///   - limit: More rows than this are not wanted.
    /// - Returns: `nil` where neither order nor index tells of all of the codes, or there are too
    ///   many rows.
    /// - Complexity: microseconds for each code, and O(rows found).
    public func rows(
        withCodes codes: [UInt32], columnID: UInt32, limit: Int
    ) throws(SegmentError) -> CodeMatch? {
        if codes.count <= Self.maximumOrderedCodeCount, isOrdered(byColumnID: columnID) {
            return try orderedRows(withCodes: codes, columnID: columnID, limit: limit)
        }
        guard let position = position(of: columnID) else { return nil }
        return try rows(withCodes: codes, footer.columns[position].codeIndex, limit: limit)
    }

    func rows(
        withCodes codes: [UInt32], _ reference: BlockReference?, limit: Int
    ) throws(SegmentError) -> CodeMatch? {
        guard let reference else { return nil }
        let rowCount = rowCount
        return try withPayload(reference, .codeIndex) { payload throws(ByteError) in
            let index = try CodeIndex(
                payload, codeCount: reference.valueCount, rowCount: rowCount)
            switch index.form {
            case .bitmaps: return try index.rows(ofBitmaps: codes, payload, limit: limit)
            case .postings: return try index.rows(ofPostings: codes, payload, limit: limit)
            }
        }
    }
}

extension SegmentReader {
    /// More codes are not looked for one by one.
    private static let maximumOrderedCodeCount = 256

    private func orderedRows(
        withCodes codes: [UInt32], columnID: UInt32, limit: Int
    ) throws(SegmentError) -> CodeMatch? {
        var parts: [RoaringBitmap] = []
        var total = 0
        for code in codes {
            let rows = try orderedRows(withCode: code, columnID: columnID)
            total += rows.count
            guard total <= limit else { return nil }
            parts.append(RoaringBitmap(UInt32(rows.lowerBound)..<UInt32(rows.upperBound)))
        }
        return CodeMatch(rows: .union(parts), isExact: true)
    }
}

extension CodeIndex {
    fileprivate func rows(
        ofBitmaps codes: [UInt32], _ payload: Span<UInt8>, limit: Int
    ) throws(ByteError) -> CodeMatch? {
        var bitmaps: [RoaringBitmap] = []
        var total = 0
        for code in codes {
            guard Int(code) < codeCount, try hasRows(of: Int(code), payload) else { return nil }
            bitmaps.append(try bitmap(of: Int(code), payload))
            total += bitmaps[bitmaps.count - 1].cardinality
            guard total <= limit else { return nil }
        }
        return CodeMatch(rows: .union(bitmaps), isExact: true)
    }

    fileprivate func rows(
        ofPostings codes: [UInt32], _ payload: Span<UInt8>, limit: Int
    ) throws(ByteError) -> CodeMatch? {
        var granules: [UInt32] = []
        for code in codes {
            guard Int(code) < codeCount else { return nil }
            granules += try self.granules(of: Int(code), payload)
            guard granules.count << shift <= limit else { return nil }
        }
        if codes.count > 1 { granules.sort() }
        var rows: [UInt32] = []
        rows.reserveCapacity(granules.count << shift)
        var previous: UInt32?
        for granule in granules where granule != previous {
            let end = min(UInt32(rowCount), (granule + 1) << UInt32(shift))
            for row in granule << UInt32(shift)..<end { rows.append(row) }
            previous = granule
        }
        return CodeMatch(rows: RoaringBitmap(ascending: rows), isExact: shift == 0)
    }
}

extension StringDictionary {
    /// The code of `text`, by binary search; `nil` where it has none.
    ///
    /// - Precondition: the dictionary is sorted.
    public func code(of text: Text) -> UInt32? {
        precondition(isSorted)
        let entries = values
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.compare(entries.span(at: middle), text.bytes.span) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < count, ByteOrder.equal(entries.span(at: low), text.bytes.span) else {
            return nil
        }
        return UInt32(truncatingIfNeeded: low)
    }
}
