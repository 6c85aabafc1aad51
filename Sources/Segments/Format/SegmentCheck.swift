/// Something in a segment file that is not as it must be.
public struct SegmentFinding: Hashable, Sendable {
    /// The file.
    public let path: String
    /// What is wrong, with its place where one is known.
    public let message: String
}

extension SegmentFinding: CustomStringConvertible {
    /// Path and message.
    public var description: String { "\(path): \(message)" }
}

/// Reads every byte of a segment and recomputes everything that can be recomputed: file hash,
/// checksums, padding, values, zone maps, control totals, row order, times and indexes.
///
/// Memory: one block of every column at a time, and the hashes or codes of one column.
public struct SegmentCheck {
    /// Findings after which a check ends: one bad disk region can damage every block.
    public static let maximumFindingCount = 100

    private let reader: SegmentReader
    private var findings: [SegmentFinding] = []

    /// Checks the file of `entry`.
    ///
    /// - Returns: What is wrong; nothing where the segment is sound.
    public static func findings(
        fileSystem: any FileSystem, entry: SegmentEntry, readMode: SegmentReadMode = .map,
        path: String? = nil
    ) -> [SegmentFinding] {
        do throws(SegmentError) {
            let reader = try SegmentReader(
                fileSystem: fileSystem, entry: entry, readMode: readMode, path: path)
            var check = SegmentCheck(reader: reader)
            check.run()
            return check.findings
        } catch {
            return [SegmentFinding(path: path ?? entry.path, message: error.description)]
        }
    }

    private init(reader: SegmentReader) { self.reader = reader }

    private mutating func find(_ message: String) {
        guard findings.count < Self.maximumFindingCount else { return }
        findings.append(SegmentFinding(path: reader.path, message: message))
    }

    /// Runs one part; its error is a finding, and the other parts still run.
    private mutating func attempt(
        _ body: (inout SegmentCheck) throws(SegmentError) -> Void
    ) {
        do throws(SegmentError) {
            try body(&self)
        } catch {
            find(error.description)
        }
    }

    private mutating func run() {
        let file = reader.bytes
        let found = Hash128(of: file.span)
        if found != reader.entry.fileHash {
            find("file hash \(reader.entry.fileHash) expected, \(found) found")
        }
        checkPadding()
        for position in reader.schema.columns.indices {
            attempt { check throws(SegmentError) in try check.checkDictionary(position) }
            attempt { check throws(SegmentError) in try check.checkKeyIndex(position) }
            attempt { check throws(SegmentError) in try check.checkCodeIndex(position) }
            attempt { check throws(SegmentError) in try check.checkPaths(position) }
        }
        attempt { check throws(SegmentError) in try check.checkRows() }
    }

    /// Everything between two blocks is zero.
    private mutating func checkPadding() {
        let file = reader.bytes
        var references: [BlockReference] = []
        for column in reader.footer.columns { references += column.references }
        for reference in references + [reader.footerReference] {
            let end = reference.payloadRange.upperBound
            for offset in end..<SegmentFormat.aligned(end) where file.span[offset] != 0 {
                find("byte \(offset): padding is not zero")
            }
        }
    }

    private mutating func checkDictionary(_ position: Int) throws(SegmentError) {
        guard let dictionary = try reader.dictionary(at: position) else { return }
        let entries = dictionary.values
        for code in 1..<max(1, entries.count)
        where ByteOrder.compare(entries.span(at: code - 1), entries.span(at: code)) >= 0 {
            find("\(name(position)): dictionary entry \(code) is out of order")
            return
        }
    }

    private func name(_ position: Int) -> String {
        "column '\(reader.schema.columns[position].name)'"
    }

    /// Builds the key index again: the same rows give the same bytes.
    private mutating func checkKeyIndex(_ position: Int) throws(SegmentError) {
        // Whether there must be one has been checked when the segment was opened.
        guard let reference = reader.footer.columns[position].keyIndex else { return }
        var hashes: [UInt64] = []
        var rows: [UInt32] = []
        for block in 0..<reader.blockCount {
            let part = try keyHashes(position, block: block)
            let first = UInt32(reader.rowRange(ofBlock: block).lowerBound)
            hashes += part.hashes
            rows += part.rows.map { $0 + first }
        }
        let table = KeyTable.build(hashes, rows: rows, rowCount: reader.rowCount)
        let sound = try reader.withPayload(reference, .keys) { payload throws(ByteError) in
            ByteOrder.equal(payload, table.span)
        }
        if !sound { find("\(name(position)): the key table does not list the column's keys") }
    }

    /// The hashes that a key table has of a block's rows: of the column, or of the primary key.
    private func keyHashes(
        _ position: Int, block: Int
    ) throws(SegmentError) -> (hashes: [UInt64], rows: [UInt32]) {
        guard position == reader.schema.wholeKeyColumn else {
            return KeyHash.hashes(
                of: try reader.column(reader.schema.columns[position], block: block))
        }
        var columns: [Column] = []
        for index in reader.schema.primaryKey {
            columns.append(try reader.column(reader.schema.columns[index], block: block))
        }
        let hashes = KeyHash.hashes(ofKey: columns)
        return (hashes, hashes.indices.map { UInt32(truncatingIfNeeded: $0) })
    }

    /// Builds the rows by code again: the same codes give the same bytes, or none.
    private func isSound(
        _ reference: BlockReference, _ column: Column, valueByteCount: Int
    ) throws(SegmentError) -> Bool {
        let built = CodeIndex.build(column, valueByteCount: valueByteCount)
        return try reader.withPayload(reference, .codeIndex) { payload throws(ByteError) in
            built.map { ByteOrder.equal(payload, $0.payload.span) } ?? false
        }
    }

    private mutating func checkCodeIndex(_ position: Int) throws(SegmentError) {
        let footer = reader.footer.columns[position]
        guard let reference = footer.codeIndex else { return }
        let isSound = try isSound(
            reference, try column(position), valueByteCount: footer.valueByteCount)
        if !isSound { find("\(name(position)): the code index does not list the column's rows") }
    }

    /// Takes the JSON texts apart again: the same texts give the same paths and values.
    private mutating func checkPaths(_ position: Int) throws(SegmentError) {
        let definition = reader.schema.columns[position]
        let footer = reader.footer.columns[position]
        let found = footer.paths
        guard definition.type == .json, !found.isEmpty else { return }
        let texts = try column(position)
        let built = JSONShredder.columns(of: texts)
        guard built.map(\.path) == found.map(\.path) else {
            return find("\(name(position)): the paths are not those of the texts")
        }
        for (index, (path, wanted)) in built.enumerated() {
            let path = path.map(\.string).joined(separator: ".")
            let isSound = try reader.holds(
                wanted, at: SegmentReader.PathPlace(column: position, path: index))
            if !isSound {
                find("\(name(position)): the values at '\(path)' are not those of the texts")
                continue
            }
            guard let reference = found[index].values.codeIndex else { continue }
            let lists = try self.isSound(
                reference, texts.rows(ofPath: wanted),
                valueByteCount: footer.valueByteCount(perPath: found.count))
            if !lists {
                find("\(name(position)): the code index at '\(path)' does not list its rows")
            }
        }
    }

    /// All rows of a column.
    private func column(_ position: Int) throws(SegmentError) -> Column {
        let definition = reader.schema.columns[position]
        var parts: [Column] = []
        for block in 0..<reader.blockCount {
            parts.append(try reader.column(definition, block: block))
        }
        return Column.concatenating(parts, type: definition.type)
    }

    private mutating func checkRows() throws(SegmentError) {
        var totals = ControlTotals()
        var last: RowBatch?
        for block in 0..<reader.blockCount {
            let rows = try self.rows(block)
            totals.add(ControlTotals(of: rows, schema: reader.schema))
            checkValues(rows, block)
            checkOrder(rows, after: last, block)
            last = rows.slice(rows.rowCount - 1..<rows.rowCount)
        }
        if totals != reader.entry.totals {
            find("control totals \(reader.entry.totals) expected, \(totals) found")
        }
        for position in reader.schema.columns.indices {
            let column = reader.footer.columns[position]
            var zone = ZoneMap(rowCount: 0, nullCount: 0, bounds: nil)
            for part in column.zones { zone.merge(part) }
            if zone != column.zone { find("\(name(position)): the zone map of the segment") }
        }
        checkTimes()
    }

    private func rows(_ block: Int) throws(SegmentError) -> RowBatch {
        var columns: [Column] = []
        for definition in reader.schema.columns {
            columns.append(try reader.column(definition, block: block))
        }
        return RowBatch(rowCount: reader.rowRange(ofBlock: block).count, columns: columns)
    }

    private mutating func checkValues(_ rows: RowBatch, _ block: Int) {
        for (position, column) in rows.columns.enumerated() {
            let zone = ZoneMap(of: column, 0..<column.count)
            if zone != reader.footer.columns[position].zones[block] {
                find("\(name(position)): the zone map of block \(block)")
            }
            if !column.values.areZero(whereNull: column.validity) {
                find("\(name(position)): a NULL row of block \(block) holds a value")
            }
        }
    }

    private mutating func checkOrder(_ rows: RowBatch, after last: RowBatch?, _ block: Int) {
        var batches = [rows]
        if let last { batches.insert(last, at: 0) }
        let joined = RowBatch.concatenating(batches, schema: reader.schema)
        let order = RowOrder.positions(of: joined, schema: reader.schema)
        for index in order.indices where Int(order[index]) != index {
            return find("block \(block): rows are not in segment order")
        }
    }

    private mutating func checkTimes() {
        guard let time = reader.schema.timestampColumn else { return }
        let entry = reader.entry
        let zone = reader.footer.columns[time].zone.bounds
        if zone != .integers(minimum: entry.minimumTime, maximum: entry.maximumTime) {
            find("the entry's smallest and largest time are not the rows'")
        }
        if !entry.chunk.contains(entry.minimumTime) || !entry.chunk.contains(entry.maximumTime) {
            find("rows lie outside the time chunk")
        }
    }
}
