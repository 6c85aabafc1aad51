import Query
import Segments

/// One segment, column by column.
extension APIHandler {
    /// `GET /v1/tables/{t}/segments/{id}`: what each column of a segment takes, and in which form.
    func segment(
        _ id: String, _ found: (snapshot: Snapshot, table: TableSnapshot)
    ) throws(ProblemDetails) -> HTTPResponse {
        guard let handle = found.table.segments.first(where: { String($0.entry.id.rawValue) == id })
        else {
            throw .notFound(
                "unknown_segment", "table '\(found.table.schema.name)' has no segment '\(id)' now")
        }
        let directory: SegmentDirectory
        do throws(SegmentError) {
            directory = try handle.reader().directory()
        } catch {
            throw ProblemDetails(QueryError(.damagedSegment, error.description), sql: "")
        }
        var json = JSONWriter()
        json.beginObject()
        for (name, figure) in [
            ("id", Int(handle.entry.id.rawValue)), ("rows", handle.entry.rowCount),
            ("bytes", handle.entry.byteCount), ("frame_bytes", directory.frameByteCount),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("columns")
        json.beginArray()
        for column in directory.columns { Self.append(column, to: &json) }
        json.endArray()
        json.endObject()
        return .json(json, version: found.snapshot.version)
    }

    private static func append(_ column: SegmentDirectory.Column, to json: inout JSONWriter) {
        json.beginObject()
        json.key("column")
        json.value(column.definition.name)
        json.key("type")
        json.value("\(column.definition.type)")
        append("encodings", column.encodings.map { ("\($0.encoding)", $0.blockCount) }, to: &json)
        append("codecs", column.codecs.map { ("\($0.codec)", $0.blockCount) }, to: &json)
        for (name, figure) in [
            ("nulls", column.nullCount), ("value_bytes", column.valueByteCount),
            ("uncompressed_value_bytes", column.rawValueByteCount),
            ("dictionary_bytes", column.dictionaryByteCount),
            ("key_index_bytes", column.keyIndexByteCount),
            ("code_index_bytes", column.codeIndexByteCount), ("path_bytes", column.pathByteCount),
            ("paths", column.pathCount),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("indexes")
        json.beginArray()
        for kind in column.indexes { json.value(kind.rawValue) }
        json.endArray()
        json.key("dictionary_entries")
        if let count = column.dictionaryCount { json.value(Int64(count)) } else { json.null() }
        json.endObject()
    }

    /// An object of names with how many blocks each has.
    private static func append(
        _ name: String, _ counts: [(String, Int)], to json: inout JSONWriter
    ) {
        json.key(name)
        json.beginObject()
        for (name, count) in counts {
            json.key(name)
            json.value(Int64(count))
        }
        json.endObject()
    }
}
