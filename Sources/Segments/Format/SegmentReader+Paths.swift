import Synchronization

/// The values at paths of JSON columns.
extension SegmentReader {
    /// The values at a path in a block's rows, as VARCHAR: what `JSONPath.appendScalar` gives for
    /// each row's text.
    ///
    /// - Returns: `nil` where the segment has no column for the path: then the texts tell.
    public func column(
        at path: [Text], of definition: ColumnDefinition, block: Int
    ) throws(SegmentError) -> Column? {
        guard let place = place(of: path, definition) else { return nil }
        guard let texts = footer.columns[place.column].dictionary else {
            let footer = footer.columns[place.column].paths[place.path].values
            return try column(footer.blocks[block], place)
        }
        let codes = try column(definition, block: block)
        return Column.spread(try entries(place, count: texts.valueCount), over: codes)
    }

    /// The values at a path in each text of the dictionary of a JSON column: the value in a row is
    /// that of the row's code.
    ///
    /// - Returns: `nil` where the column has no dictionary here, or no column for the path.
    public func entries(
        at path: [Text], of definition: ColumnDefinition
    ) throws(SegmentError) -> Column? {
        guard let place = place(of: path, definition),
            let texts = footer.columns[place.column].dictionary
        else { return nil }
        return try entries(place, count: texts.valueCount)
    }

    /// The same for the rows at `rows`, in that order.
    ///
    /// - Precondition: every row is below `rowCount`.
    public func column(
        at path: [Text], of definition: ColumnDefinition, rows: [Int32]
    ) throws(SegmentError) -> Column? {
        guard let place = place(of: path, definition) else { return nil }
        guard let texts = footer.columns[place.column].dictionary else {
            var parts: [Column] = []
            let picked = PickedRows(rows, blockRowCount: SegmentFormat.blockRowCount)
            for run in picked.runs {
                let footer = footer.columns[place.column].paths[place.path].values
                parts.append(
                    try column(footer.blocks[run.block], place)
                        .gather(Array(picked.places[run.range])))
            }
            return Column.concatenating(parts, type: .varchar)
        }
        let codes = try pick(rows, definition)
        return Column.spread(try entries(place, count: texts.valueCount), over: codes)
    }

    /// Whether the rows of some values at a path are found without reading them.
    public func findsRows(at path: [Text], of definition: ColumnDefinition) -> Bool {
        guard let place = place(of: path, definition) else { return false }
        return footer.columns[place.column].paths[place.path].values.codeIndex != nil
    }

    /// The dictionary of the values at a path; `nil` where the segment has no column for it.
    public func dictionary(
        at path: [Text], of definition: ColumnDefinition
    ) throws(SegmentError) -> StringDictionary? {
        guard let place = place(of: path, definition) else { return nil }
        return try dictionary(at: place)
    }

    /// The rows that have one of `codes` of the path's dictionary; see `rows(withCodes:columnID:)`.
    public func rows(
        withCodes codes: [UInt32], at path: [Text], of definition: ColumnDefinition, limit: Int
    ) throws(SegmentError) -> CodeMatch? {
        guard let place = place(of: path, definition) else { return nil }
        let footer = footer.columns[place.column].paths[place.path].values
        return try rows(withCodes: codes, footer.codeIndex, limit: limit)
    }

    /// A path's column: the JSON column's position, and the path's among its paths.
    struct PathPlace {
        let column: Int
        let path: Int
    }

    private func place(of path: [Text], _ definition: ColumnDefinition) -> PathPlace? {
        guard let column = position(of: definition.id),
            let path = footer.columns[column].paths.firstIndex(where: { $0.path == path })
        else { return nil }
        return PathPlace(column: column, path: path)
    }

    private func column(
        _ reference: BlockReference, _ place: PathPlace
    ) throws(SegmentError) -> Column {
        let decoding = ColumnDecoding(
            dictionary: try dictionary(at: place), decoders: decoders)
        return try withPayload(reference, .column) { payload throws(ByteError) in
            try decoding.column(payload, type: .varchar, count: reference.valueCount)
        }
    }

    /// Whether a path's column holds `wanted`, zones included.
    func holds(_ wanted: Column, at place: PathPlace) throws(SegmentError) -> Bool {
        let footer = footer.columns[place.column].paths[place.path].values
        guard case .codes(let wantedCodes, let wantedEntries) = wanted.values,
            try dictionary(at: place)?.values == wantedEntries.values
        else { return false }
        var zone = ZoneMap(rowCount: 0, nullCount: 0, bounds: nil)
        var start = 0
        for (index, block) in footer.blocks.enumerated() {
            let range = start..<start + block.valueCount
            let found = try column(block, place)
            let wantedZone = ZoneMap(of: wanted, range)
            let validity = wantedZone.nullCount == 0 ? nil : wanted.validity?.slice(range)
            guard case .codes(let codes, _) = found.values, codes[...] == wantedCodes[range],
                found.validity == validity,
                footer.zones[index] == wantedZone
            else { return false }
            zone.merge(wantedZone)
            start = range.upperBound
        }
        return zone == footer.zone
    }

    /// The values of all entries of the JSON column's dictionary; decoded once.
    private func entries(_ place: PathPlace, count: Int) throws(SegmentError) -> Column {
        let slot = pathSlot(place)
        if let known = slot.entries.withLock({ $0 }) { return known }
        var parts: [Column] = []
        for block in footer.columns[place.column].paths[place.path].values.blocks {
            parts.append(try column(block, place))
        }
        let entries = Column.concatenating(parts, type: .varchar)
        return slot.entries.withLock { known in
            if let known { return known }
            known = entries
            return entries
        }
    }
}

extension Column {
    /// A path's value in each row of a JSON column that was taken apart (`JSONShredder`).
    func rows(ofPath values: Column) -> Column {
        if case .codes = self.values { return Self.spread(values, over: self) }
        return values
    }

    /// The entry's value for each code, NULL where either is.
    ///
    /// - Precondition: both columns have codes; those of `codes` are below `entries.count`.
    public static func spread(_ entries: Column, over codes: Column) -> Column {
        guard case .codes(let texts, _) = codes.values,
            case .codes(let values, let dictionary) = entries.values
        else { preconditionFailure("a path of a dictionary has codes on both sides") }
        let (from, source) = (texts.span, values.span)
        var spread = [UInt32](repeating: 0, count: from.count)
        var output = spread.mutableSpan
        for row in 0..<from.count { output[row] = source[Int(from[row])] }
        guard entries.validity != nil || codes.validity != nil else {
            return Column(type: .varchar, values: .codes(spread, dictionary))
        }
        var words = codes.validity?.words ?? [UInt64](repeating: ~0, count: (from.count + 63) / 64)
        if let bits = entries.validity?.words { intersect(&words, bits.span, from) }
        let validity = Bitmap(words: words, count: from.count)
        return Column(
            type: .varchar, values: .codes(spread, dictionary),
            validity: validity.setCount == from.count ? nil : validity)
    }

    /// Clears the bit of each row whose code has none.
    private static func intersect(
        _ words: inout [UInt64], _ bits: Span<UInt64>, _ codes: Span<UInt32>
    ) {
        for index in words.indices {
            let part = codes.extracting(index &* 64..<min(index &* 64 &+ 64, codes.count))
            var word: UInt64 = 0
            for bit in 0..<part.count {
                let code = Int(part[bit])
                word |= (bits[code >> 6] &>> UInt64(code & 63) & 1) &<< UInt64(bit)
            }
            words[index] &= word
        }
    }
}
