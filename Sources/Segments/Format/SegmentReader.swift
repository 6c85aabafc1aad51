import Synchronization

/// How a reader gets at a segment's bytes.
public enum SegmentReadMode: String, Hashable, Sendable, CaseIterable {
    /// Mapped into memory; the kernel decides what stays there.
    case map
    /// Read into plain memory as a whole.
    case pread
}

/// A published segment, open for reading, from any number of threads.
///
/// Opening verifies size, both ends of the file, the footer and that they say what the manifest
/// says. Every block is verified against its checksum, its place and the segment's id when it is
/// first touched; what passed once is trusted for the reader's life. Damage is an error that names
/// the place, never a wrong value and never a trap.
public final class SegmentReader: Sendable {
    /// What the manifest says about the segment.
    public let entry: SegmentEntry
    /// The file, relative to the data directory.
    public let path: String

    let bytes: FileBytes
    let footer: SegmentFooter
    let footerReference: BlockReference
    let decoders: PageDecoders
    private let positions: ColumnPositions
    private let keyIndexes: [OpenKeyIndex]
    private let verified: VerifiedBlocks
    private let dictionaries: [DictionarySlot]
    private let paths: [[DictionarySlot]]

    /// A column's dictionary, once somebody wanted it.
    final class DictionarySlot: Sendable {
        let value = AtomicLazyReference<StringDictionary>()
        /// Of a JSON path: its value for each entry of the JSON column's dictionary.
        let entries = Mutex<Column?>(nil)
    }

    /// A key column's position, by its id; there are few, and look-ups count nanoseconds.
    private struct OpenKeyIndex: Sendable {
        let columnID: UInt32
        let position: Int
        let reference: BlockReference
    }

    /// Opens the file of `entry`.
    ///
    /// - Parameters:
    ///   - readMode: See `SegmentReadMode`.
    ///   - decoders: Shared among readers, so that idle decompressors are few.
    public init(
        fileSystem: any FileSystem, entry: SegmentEntry, readMode: SegmentReadMode = .map,
        path: String? = nil, decoders: PageDecoders = PageDecoders()
    ) throws(SegmentError) {
        let path = path ?? entry.path
        let bytes = try SegmentFrame.load(fileSystem, path, entry, readMode)
        let (footer, reference) = try SegmentFrame.open(bytes, path: path, entry: entry)
        self.entry = entry
        self.path = path
        self.bytes = bytes
        self.footer = footer
        self.decoders = decoders
        footerReference = reference
        var keyIndexes: [OpenKeyIndex] = []
        for (position, column) in footer.schema.columns.enumerated() {
            if let reference = footer.columns[position].keyIndex {
                keyIndexes.append(
                    OpenKeyIndex(columnID: column.id, position: position, reference: reference))
            }
        }
        positions = ColumnPositions(footer.schema)
        self.keyIndexes = keyIndexes
        verified = VerifiedBlocks(count: Int(reference.ordinal) + 1)
        dictionaries = footer.columns.map { _ in DictionarySlot() }
        paths = footer.columns.map { $0.paths.map { _ in DictionarySlot() } }
    }

    /// The table's schema when the segment was written.
    public var schema: TableSchema { footer.schema }

    /// How many rows there are.
    public var rowCount: Int { footer.totals.rowCount }

    /// How many blocks each column has.
    public var blockCount: Int { SegmentFormat.blockCount(rowCount: rowCount) }

    /// The row indices of a block.
    public func rowRange(ofBlock block: Int) -> Range<Int> {
        precondition(block >= 0 && block < blockCount)
        let start = block * SegmentFormat.blockRowCount
        return start..<min(start + SegmentFormat.blockRowCount, rowCount)
    }

    /// Whether the segment has a column of that id; one added to the table later is not here.
    public func hasColumn(_ columnID: UInt32) -> Bool { positions[columnID] != nil }

    /// Where a column of that id stands in the segment's own schema.
    func position(of columnID: UInt32) -> Int? { positions[columnID] }

    /// What is known about all values of a column; `nil` where the segment does not have it.
    public func zoneMap(columnID: UInt32) -> ZoneMap? {
        positions[columnID].map { footer.columns[$0].zone }
    }

    /// Whether the column's rows can be found by value without reading them.
    public func hasKeyIndex(columnID: UInt32) -> Bool {
        keyIndexes.contains { $0.columnID == columnID }
    }

    /// How many entries the dictionary of a column has; `nil` where the column has none.
    public func entryCount(columnID: UInt32) -> Int? {
        positions[columnID].flatMap { footer.columns[$0].dictionary?.valueCount }
    }

    /// The dictionary that a column's codes refer to; `nil` where the column has none.
    ///
    /// Decoded once, then the same object for everybody.
    public func dictionary(columnID: UInt32) throws(SegmentError) -> StringDictionary? {
        guard let position = positions[columnID] else { return nil }
        return try dictionary(at: position)
    }

    /// The column's dictionary, if somebody has asked for it.
    func openedDictionary(columnID: UInt32) -> StringDictionary? {
        positions[columnID].flatMap { dictionaries[$0].value.load() }
    }

    /// The pattern that a column's packed texts are codes of; `nil` where the column has none.
    ///
    /// Blocks whose texts do not fit it come as plain strings all the same.
    public func textPattern(columnID: UInt32) -> TextPattern? {
        positions[columnID].flatMap { footer.columns[$0].pattern }
    }

    func dictionary(at position: Int) throws(SegmentError) -> StringDictionary? {
        guard let reference = footer.columns[position].dictionary else { return nil }
        return try dictionary(reference, dictionaries[position])
    }

    /// The dictionary of a JSON path's values.
    func dictionary(at place: PathPlace) throws(SegmentError) -> StringDictionary? {
        guard
            let reference = footer.columns[place.column].paths[place.path].values.dictionary
        else { return nil }
        return try dictionary(reference, pathSlot(place))
    }

    func pathSlot(_ place: PathPlace) -> DictionarySlot { paths[place.column][place.path] }

    private func dictionary(
        _ reference: BlockReference, _ slot: DictionarySlot
    ) throws(SegmentError) -> StringDictionary? {
        if let known = slot.value.load() { return known }
        let decoding = ColumnDecoding(dictionary: nil, decoders: decoders)
        let column = try withPayload(reference, .dictionary) { payload throws(ByteError) in
            try decoding.column(payload, type: .varchar, count: reference.valueCount)
        }
        guard case .strings(let strings) = column.values else {
            throw damaged(reference, at: 0, expected: "strings", found: "codes")
        }
        // Another thread may have been faster: the first one's object is everybody's.
        return slot.value.storeIfNil(StringDictionary(strings, isSorted: true))
    }
}

/// Access to blocks, verified.
extension SegmentReader {
    /// Hands the payload of a block to `body`, after its first verification.
    func withPayload<Result>(
        _ reference: BlockReference, _ kind: BlockKind,
        _ body: (Span<UInt8>) throws(ByteError) -> Result
    ) throws(SegmentError) -> Result {
        if !verified.contains(Int(reference.ordinal)) {
            try SegmentFrame.verify(
                reference, kind, bytes, path: path, segmentID: entry.id)
            verified.insert(Int(reference.ordinal))
        }
        let file = bytes
        do throws(ByteError) {
            return try body(file.span.extracting(reference.payloadRange))
        } catch {
            switch error {
            case .truncated(let byteOffset, let needed, let available):
                throw damaged(
                    reference, at: byteOffset, expected: "\(needed) bytes",
                    found: "\(available) bytes")
            case .invalid(let what, let byteOffset):
                throw damaged(
                    reference, at: byteOffset, expected: "a valid \(what)", found: "none")
            }
        }
    }

    /// Whether all that reading these columns of a row needs has been read before, and so is
    /// verified and most likely in memory.
    public func hasTouched(row: Int, columns: [ColumnDefinition]) -> Bool {
        let block = row / SegmentFormat.blockRowCount
        for definition in columns {
            guard let position = positions[definition.id] else { continue }
            let column = footer.columns[position]
            guard verified.contains(Int(column.blocks[block].ordinal)),
                column.dictionary == nil || dictionaries[position].value.load() != nil
            else { return false }
        }
        return true
    }

    func damaged(
        _ reference: BlockReference, at offset: Int, expected: String, found: String
    ) -> SegmentError {
        .damaged(
            SegmentDamage(
                path: path, byteOffset: reference.payloadRange.lowerBound + offset,
                expected: expected + " in block \(reference.ordinal)", found: found))
    }
}

/// Look-ups by key.
extension SegmentReader {
    /// Whether a row whose key has that hash may be here: `false` is certain.
    ///
    /// Of foreign keys, one in 190 passes. One or two cache lines.
    ///
    /// - Precondition: the column has a key index here (`hasKeyIndex`).
    public func mayContain(keyHash: UInt64, columnID: UInt32) throws(SegmentError) -> Bool {
        let index = keyIndex(columnID)
        return try withPayload(index.reference, .keys) { payload throws(ByteError) in
            try KeyTable(payload).mayContain(keyHash, payload)
        }
    }

    /// The rows whose key is exactly `key`, ascending.
    ///
    /// - Precondition: the column has a key index here (`hasKeyIndex`).
    public func rowIndices(
        matching key: Value, columnID: UInt32
    ) throws(SegmentError) -> [Int] {
        guard let probe = KeyProbe(key) else { return [] }
        let candidates = try candidateRows(
            probe, in: try keyTable(columnID: columnID), columnID: columnID)
        return try rowIndices(candidates, matching: key, columnID: columnID)
    }

    /// The column's key table, verified, ready to be asked.
    func keyTable(columnID: UInt32) throws(SegmentError) -> KeyTable {
        try withPayload(keyIndex(columnID).reference, .keys) { payload throws(ByteError) in
            try KeyTable(payload)
        }
    }

    /// The rows that may have the key, ascending; most often none.
    ///
    /// - Precondition: `table` is this column's (`keyTable(columnID:)`).
    func candidateRows(
        _ probe: KeyProbe, in table: KeyTable, columnID: UInt32
    ) throws(SegmentError) -> [Int] {
        try withPayload(keyIndex(columnID).reference, .keys) { payload throws(ByteError) in
            try table.rows(of: probe.hash, payload, rowCount: rowCount)
        }
    }

    /// The rows that may have a key of one of the hashes, hash by hash.
    ///
    /// - Precondition: `table` is this column's (`keyTable(columnID:)`).
    func candidateRows(
        _ hashes: [UInt64], in table: KeyTable, columnID: UInt32
    ) throws(SegmentError) -> [Int] {
        try withPayload(keyIndex(columnID).reference, .keys) { payload throws(ByteError) in
            try table.rows(ofAll: hashes, payload, rowCount: rowCount)
        }
    }

    /// The same, each row with the position of its hash.
    func candidates(
        ofAll hashes: [UInt64], in table: KeyTable, columnID: UInt32
    ) throws(SegmentError) -> [KeyTable.Candidate] {
        try withPayload(keyIndex(columnID).reference, .keys) { payload throws(ByteError) in
            try table.candidates(ofAll: hashes, payload, rowCount: rowCount)
        }
    }

    /// Those of `rows` whose key is exactly `key`.
    private func rowIndices(
        _ rows: [Int], matching key: Value, columnID: UInt32
    ) throws(SegmentError) -> [Int] {
        guard !rows.isEmpty else { return [] }
        let column = try pick(
            rows.map { Int32(truncatingIfNeeded: $0) },
            footer.schema.columns[keyIndex(columnID).position])
        return rows.indices.filter { column.holds(key, at: $0) }.map { rows[$0] }
    }

    private func keyIndex(_ columnID: UInt32) -> OpenKeyIndex {
        for index in keyIndexes where index.columnID == columnID { return index }
        preconditionFailure("column \(columnID) has no key index in \(path)")
    }
}
