/// Why a segment is as large as it is: what its columns take, and in which form.
public struct SegmentDirectory: Hashable, Sendable {
    /// Header, footer, trailer and padding.
    public var frameByteCount: Int
    /// In the order of the segment's schema.
    public var columns: [Column]

    /// One column's share.
    public struct Column: Hashable, Sendable {
        /// The column as the segment has it.
        public var definition: ColumnDefinition
        /// Bytes of its value blocks.
        public var valueByteCount: Int
        /// The same, had no codec been used.
        public var rawValueByteCount: Int
        /// Bytes of its dictionary; 0 without.
        public var dictionaryByteCount: Int
        /// Entries of its dictionary: its cardinality; `nil` without.
        public var dictionaryCount: Int?
        /// Bytes of its key table; 0 without.
        public var keyIndexByteCount: Int
        /// Bytes of its rows by code; 0 without.
        public var codeIndexByteCount: Int
        /// Bytes of the columns of its JSON paths; 0 without.
        public var pathByteCount: Int
        /// How many JSON paths have a column.
        public var pathCount: Int
        /// How many rows are NULL.
        public var nullCount: Int
        /// What finds rows by value.
        public var indexes: [IndexKind]
        /// Blocks by encoding, most frequent first.
        public var encodings: [EncodingCount]
        /// Blocks by codec, most frequent first.
        public var codecs: [CodecCount]
    }

    /// What finds rows of a column by value.
    public enum IndexKind: String, Sendable {
        /// The rows are ordered by the column.
        case order
        /// A key table: hashes of ids.
        case keys
        /// A Roaring bitmap for each value that is rare enough.
        case bitmaps
        /// The rows of all values, or short runs in which they lie, as one ascending list.
        case postings
    }

    /// How many blocks have an encoding.
    public struct EncodingCount: Hashable, Sendable {
        /// The encoding.
        public var encoding: BlockEncoding
        /// Blocks of the column that have it.
        public var blockCount: Int
    }

    /// How many blocks have a codec.
    public struct CodecCount: Hashable, Sendable {
        /// The codec.
        public var codec: BlockCodec
        /// Blocks of the column that have it.
        public var blockCount: Int
    }
}

extension SegmentReader {
    /// What each column takes, from the footer and the first bytes of code indexes.
    ///
    /// - Throws: Where a code index is damaged.
    public func directory() throws(SegmentError) -> SegmentDirectory {
        var columns: [SegmentDirectory.Column] = []
        var total = 0
        for (definition, column) in zip(footer.schema.columns, footer.columns) {
            let directory = SegmentDirectory.Column(
                definition, column, indexes: try indexKinds(definition, column))
            total +=
                directory.valueByteCount + directory.dictionaryByteCount
                + directory.keyIndexByteCount + directory.codeIndexByteCount
                + directory.pathByteCount
            columns.append(directory)
        }
        return SegmentDirectory(frameByteCount: bytes.count - total, columns: columns)
    }

    private func indexKinds(
        _ definition: ColumnDefinition, _ column: SegmentFooter.ColumnFooter
    ) throws(SegmentError) -> [SegmentDirectory.IndexKind] {
        var kinds: [SegmentDirectory.IndexKind] = []
        if isOrdered(byColumnID: definition.id) { kinds.append(.order) }
        if column.keyIndex != nil { kinds.append(.keys) }
        if let reference = column.codeIndex {
            let rowCount = rowCount
            let form = try withPayload(reference, .codeIndex) { payload throws(ByteError) in
                try CodeIndex(payload, codeCount: reference.valueCount, rowCount: rowCount).form
            }
            kinds.append(form == .bitmaps ? .bitmaps : .postings)
        }
        return kinds
    }
}

extension SegmentDirectory.Column {
    fileprivate init(
        _ definition: ColumnDefinition, _ column: SegmentFooter.ColumnFooter,
        indexes: [SegmentDirectory.IndexKind]
    ) {
        func size(_ reference: BlockReference?) -> Int { reference?.byteRange.count ?? 0 }
        self.init(
            definition: definition,
            valueByteCount: column.blocks.reduce(0) { $0 + size($1) },
            rawValueByteCount: column.blocks.reduce(0) { $0 + $1.rawByteCount },
            dictionaryByteCount: size(column.dictionary),
            dictionaryCount: column.dictionary?.valueCount,
            keyIndexByteCount: size(column.keyIndex),
            codeIndexByteCount: size(column.codeIndex),
            pathByteCount: column.paths.reduce(0) { total, path in
                path.values.references.reduce(total) { $0 + size($1) }
            },
            pathCount: column.paths.count,
            nullCount: column.zone.nullCount,
            indexes: indexes,
            encodings: BlockEncoding.allCases.compactMap { encoding in
                let count = column.blocks.count { $0.encoding == encoding }
                return count == 0
                    ? nil
                    : SegmentDirectory.EncodingCount(encoding: encoding, blockCount: count)
            }.sorted { $0.blockCount > $1.blockCount },
            codecs: BlockCodec.allCases.compactMap { codec in
                let count = column.blocks.count { $0.codec == codec }
                return count == 0
                    ? nil : SegmentDirectory.CodecCount(codec: codec, blockCount: count)
            }.sorted { $0.blockCount > $1.blockCount })
    }
}
