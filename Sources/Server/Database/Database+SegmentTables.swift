import Query
import Segments

/// `sys.segments` and `sys.columns`: what tables consist of.
extension Database {
    /// One row per segment, with Druid's columns in front. What is no part of Daybook, such as
    /// replicas elsewhere, has the value of a single server that has everything.
    func segmentsTable(_ snapshot: Snapshot) -> SystemTable {
        SystemTable(schema: "sys", name: "segments", columns: Self.segmentFields) {
            snapshot.tables.flatMap { table in
                table.segments.map { Self.segmentRow($0.entry, table.schema.name) }
            }
        }
    }

    private static let segmentFields: [ResultField] = {
        let texts = Set(["segment_id", "datasource", "version", "file_hash"])
        let times = Set(["start", "end", "minimum_time", "maximum_time"])
        let names = [
            "segment_id", "datasource", "start", "end", "size", "version", "partition_num",
            "num_replicas", "num_rows", "is_active", "is_published", "is_available", "is_realtime",
            "is_overshadowed", "replication_factor", "level", "minimum_time", "maximum_time",
            "file_hash",
        ]
        return names.map { name in
            let type: LogicalType =
                texts.contains(name) ? .varchar : times.contains(name) ? .timestamp : .bigint
            return ResultField(name: name, type: type)
        }
    }()

    private static func segmentRow(_ entry: SegmentEntry, _ table: String) -> [Value] {
        let isPublished: [Value] = [1, 1, 1, 0, 0].map { .bigint($0) }
        return [
            .varchar(Text(entry.path)), .varchar(Text(table)), .timestamp(entry.chunk.start),
            .timestamp(entry.chunk.end), .bigint(Int64(entry.byteCount)),
            .varchar(Text("\(entry.lastLSN)")), .bigint(Int64(entry.id.rawValue)), .bigint(1),
            .bigint(Int64(entry.rowCount)),
        ] + isPublished + [
            .bigint(1), .bigint(Int64(entry.level)), .timestamp(entry.minimumTime),
            .timestamp(entry.maximumTime), .varchar(Text("\(entry.fileHash)")),
        ]
    }

    /// One row per column of a segment. The figures are NULL where the segment cannot be read; a
    /// query of its rows says why.
    func columnsTable(_ snapshot: Snapshot) -> SystemTable {
        SystemTable(schema: "sys", name: "columns", columns: Self.columnFields) {
            snapshot.tables.flatMap { table in
                table.segments.flatMap { Self.columnRows($0, table.schema) }
            }
        }
    }

    private static let columnFields: [ResultField] = {
        let texts = ["segment_id", "datasource", "column_name", "data_type"]
        let figures = [
            "nulls", "value_bytes", "uncompressed_value_bytes", "dictionary_bytes",
            "dictionary_entries", "key_index_bytes", "code_index_bytes", "path_bytes", "paths",
        ]
        let forms = ["encodings", "codecs", "indexes"]
        return texts.map { ResultField(name: $0, type: .varchar) }
            + figures.map { ResultField(name: $0, type: .bigint) }
            + forms.map { ResultField(name: $0, type: .varchar) }
    }()

    private static func columnRows(
        _ handle: SegmentHandle, _ schema: TableSchema
    ) -> [[Value]] {
        func names(_ column: ColumnDefinition) -> [Value] {
            [handle.entry.path, schema.name, column.name, "\(column.type)"]
                .map { .varchar(Text($0)) }
        }
        guard let directory = try? handle.reader().directory() else {
            return schema.columns.map { column in
                let known = names(column)
                return known + Array(repeating: .null, count: columnFields.count - known.count)
            }
        }
        return directory.columns.map { column in
            let figures = [
                column.nullCount, column.valueByteCount, column.rawValueByteCount,
                column.dictionaryByteCount, column.dictionaryCount, column.keyIndexByteCount,
                column.codeIndexByteCount, column.pathByteCount, column.pathCount,
            ]
            let forms = [
                column.encodings.map { "\($0.encoding)=\($0.blockCount)" },
                column.codecs.map { "\($0.codec)=\($0.blockCount)" },
                column.indexes.map(\.rawValue),
            ]
            return names(column.definition)
                + figures.map { $0.map { .bigint(Int64($0)) } ?? .null }
                + forms.map { .varchar(Text($0.joined(separator: " "))) }
        }
    }
}
