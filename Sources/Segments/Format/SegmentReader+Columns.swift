/// Decoding.
extension SegmentReader {
    /// A block's rows of a column of the table as it is now.
    ///
    /// Strings with a dictionary come as codes of `dictionary(columnID:)`, packed texts as codes of
    /// `textPattern(columnID:)`. A column that the
    /// segment does not have comes as its initial value, one of a narrower type widened. Decoded
    /// anew at each call.
    ///
    /// - Throws: Where the block is damaged, or the column has a type here that does not widen.
    public func column(
        _ definition: ColumnDefinition, block: Int
    ) throws(SegmentError) -> Column {
        let count = rowRange(ofBlock: block).count
        guard let position = try position(of: definition) else {
            return absent(definition, count: count)
        }
        let decoding = try decoding(at: position)
        let stored = footer.schema.columns[position].type
        let reference = footer.columns[position].blocks[block]
        return try withPayload(reference, .column) { payload throws(ByteError) in
            try decoding.column(payload, type: stored, count: count)
        }.widened(to: definition.type)
    }

    /// The rows at `rows` in that order, one column per definition.
    ///
    /// - Precondition: every row is below `rowCount`.
    /// - Complexity: cheapest where rows ascend; few rows of a block are read one by one, a page
    ///   for each string, many by decoding the block.
    public func rows(
        at rows: [Int32], columns definitions: [ColumnDefinition]
    ) throws(SegmentError) -> RowBatch {
        let picked = PickedRows(rows, blockRowCount: SegmentFormat.blockRowCount)
        var columns: [Column] = []
        columns.reserveCapacity(definitions.count)
        for definition in definitions { columns.append(try pick(picked, definition)) }
        return RowBatch(rowCount: rows.count, columns: columns)
    }

    /// Rows of one column.
    func pick(_ rows: [Int32], _ definition: ColumnDefinition) throws(SegmentError) -> Column {
        try pick(PickedRows(rows, blockRowCount: SegmentFormat.blockRowCount), definition)
    }

    private func pick(
        _ rows: PickedRows, _ definition: ColumnDefinition
    ) throws(SegmentError) -> Column {
        guard let position = try position(of: definition) else {
            return absent(definition, count: rows.places.count)
        }
        let stored = footer.schema.columns[position]
        var picker = ColumnPicker(
            try decoding(at: position), type: stored.type, reservedCount: rows.places.count)
        for run in rows.runs {
            let count = rowRange(ofBlock: run.block).count
            if run.range.count > count / Self.pickedPart, run.range.count > 1 {
                let places = Array(rows.places[run.range])
                picker.append(try column(stored, block: run.block).gather(places))
                continue
            }
            let reference = footer.columns[position].blocks[run.block]
            try withPayload(reference, .column) { payload throws(ByteError) in
                try picker.append(
                    rows.places.span.extracting(run.range), of: payload, count: count)
            }
        }
        return picker.finish().widened(to: definition.type)
    }

    private func decoding(at position: Int) throws(SegmentError) -> ColumnDecoding {
        ColumnDecoding(
            dictionary: try dictionary(at: position), pattern: footer.columns[position].pattern,
            decoders: decoders)
    }

    /// Above this part of a block's rows, decoding all of them is cheaper.
    private static let pickedPart = 32

    /// Where the column stands here; `nil` where the segment does not have it.
    func position(of definition: ColumnDefinition) throws(SegmentError) -> Int? {
        guard let position = position(of: definition.id) else { return nil }
        let found = footer.schema.columns[position].type
        guard found == definition.type || found.widens(to: definition.type) else {
            throw .typeMismatch(
                path: path, columnID: definition.id, expected: definition.type, found: found)
        }
        return position
    }

    private func absent(_ definition: ColumnDefinition, count: Int) -> Column {
        let isBirth = definition.id == TableSchema.birthColumn.id
        let value =
            isBirth
            ? Value.bigint(Int64(truncatingIfNeeded: entry.lastLSN)) : definition.initialValue
        return Column.repeating(value, of: definition.type, count: 1)
            .gather([Int32](repeating: 0, count: count))
    }
}

/// Zones of the table's columns as they are now.
extension SegmentReader {
    /// What is known about all values of a column, which may be younger or wider than the segment.
    public func zoneMap(of definition: ColumnDefinition) -> ZoneMap {
        guard let position = position(of: definition.id) else {
            return absent(definition, rowCount: rowCount)
        }
        return footer.columns[position].zone.widened(to: definition.type)
    }

    /// What is known about a block's values of a column.
    public func zoneMap(of definition: ColumnDefinition, block: Int) -> ZoneMap {
        guard let position = position(of: definition.id) else {
            return absent(definition, rowCount: rowRange(ofBlock: block).count)
        }
        return footer.columns[position].zones[block].widened(to: definition.type)
    }

    private func absent(_ definition: ColumnDefinition, rowCount: Int) -> ZoneMap {
        var zone = ZoneMap(of: absent(definition, count: 1), 0..<1)
        zone.nullCount *= rowCount
        zone.rowCount = rowCount
        return zone
    }
}

extension ZoneMap {
    /// The same zone in the form of a type whose integers are wider.
    fileprivate func widened(to type: LogicalType) -> ZoneMap {
        guard type.layout == .wideIntegers, case .integers(let minimum, let maximum)? = bounds
        else { return self }
        var zone = self
        zone.bounds = .wideIntegers(minimum: Int128(minimum), maximum: Int128(maximum))
        return zone
    }
}

extension Column {
    /// The same values as those of another type, which this one widens to.
    fileprivate func widened(to wider: LogicalType) -> Column {
        if type == wider { return self }
        assert(type.widens(to: wider))
        guard wider.layout == .wideIntegers, case .integers(let narrow) = values else {
            return Column(type: wider, values: values, validity: validity)
        }
        return Column(
            type: wider, values: .wideIntegers(narrow.map { Int128($0) }), validity: validity)
    }
}

/// Rows of a segment as runs of rows of one block, counted from the block's first.
struct PickedRows {
    /// Each row's place in its block.
    let places: [Int32]
    /// Blocks, and which of `places` are in each.
    let runs: [(block: Int, range: Range<Int>)]

    /// Runs of `rows`, in their order.
    init(_ rows: [Int32], blockRowCount: Int) {
        var places: [Int32] = []
        places.reserveCapacity(rows.count)
        var runs: [(block: Int, range: Range<Int>)] = []
        for (index, row) in rows.enumerated() {
            let (block, place) = Int(row).quotientAndRemainder(dividingBy: blockRowCount)
            places.append(Int32(truncatingIfNeeded: place))
            if let last = runs.last, last.block == block {
                runs[runs.count - 1].range = last.range.lowerBound..<index + 1
            } else {
                runs.append((block, index..<index + 1))
            }
        }
        self.places = places
        self.runs = runs
    }
}
