import Compaction
import Ingest
import Query
import Segments

/// The catalogue over HTTP.
extension APIHandler {
    /// `GET /v1/tables`.
    func tables() -> HTTPResponse {
        let snapshot = database.catalog.snapshot
        var json = JSONWriter()
        json.beginObject()
        json.key("tables")
        json.beginArray()
        for table in snapshot.tables {
            json.beginObject()
            json.key("name")
            json.value(table.schema.name)
            Self.append(figuresOf: table, to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: snapshot.version)
    }

    /// `GET /v1/tables/{t}`.
    func describe(_ found: (snapshot: Snapshot, table: TableSnapshot)) -> HTTPResponse {
        let schema = found.table.schema
        var json = JSONWriter()
        json.beginObject()
        json.key("name")
        json.value(schema.name)
        json.key("columns")
        json.beginArray()
        for column in schema.visibleColumns {
            json.beginObject()
            json.key("name")
            json.value(column.name)
            json.key("type")
            json.value(column.type.description)
            json.key("nullable")
            json.value(column.isNullable)
            json.endObject()
        }
        json.endArray()
        Self.append(keyOf: schema, to: &json)
        json.key("create_table")
        json.value(SchemaPrinter.createTable(schema))
        Self.append(figuresOf: found.table, to: &json)
        json.endObject()
        return .json(json, version: found.snapshot.version)
    }

    /// What names a row, and which row of a key stays.
    private static func append(keyOf schema: TableSchema, to json: inout JSONWriter) {
        for (name, positions) in [
            ("unique", schema.uniqueColumns), ("primary_key", schema.primaryKey),
        ] where !positions.isEmpty {
            json.key(name)
            json.beginArray()
            for position in positions { json.value(schema.columns[position].name) }
            json.endArray()
        }
        guard schema.isStateTable else { return }
        json.key("version_by")
        if let version = schema.versionColumn {
            json.value(schema.columns[version].name)
        } else {
            json.null()
        }
        json.key("mode")
        json.value(schema.isMerge ? "merge" : "replace")
    }

    private static func append(figuresOf table: TableSnapshot, to json: inout JSONWriter) {
        let liveRows = table.live.reduce(0) { $0 + $1.rows.rowCount }
        for (name, figure) in [
            ("rows", table.rowCount), ("live_rows", liveRows), ("segments", table.segments.count),
            ("bytes", table.segments.reduce(0) { $0 + $1.entry.byteCount }),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
    }

    /// `GET /v1/tables/{t}/segments`.
    func segments(_ found: (snapshot: Snapshot, table: TableSnapshot)) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("segments")
        json.beginArray()
        for handle in found.table.segments { Self.append(handle.entry, to: &json) }
        json.endArray()
        json.key("live_rows")
        json.value(Int64(found.table.live.reduce(0) { $0 + $1.rows.rowCount }))
        json.endObject()
        return .json(json, version: found.snapshot.version)
    }

    private static func append(_ entry: SegmentEntry, to json: inout JSONWriter) {
        json.beginObject()
        for (name, time) in [
            ("chunk_start", entry.chunk.start), ("chunk_end", entry.chunk.end),
            ("minimum_time", entry.minimumTime), ("maximum_time", entry.maximumTime),
        ] {
            json.key(name)
            // A table without time has one chunk, whose bounds no calendar reaches.
            if time == .min || time == .max {
                json.null()
            } else {
                json.value(CivilTime.iso8601(microseconds: time))
            }
        }
        json.key("id")
        json.value(Int64(entry.id.rawValue))
        for (name, figure) in [
            ("rows", entry.rowCount), ("bytes", entry.byteCount), ("level", entry.level),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("file_hash")
        json.value(entry.fileHash.description)
        json.key("row_hash")
        json.value(entry.totals.rows.description)
        json.endObject()
    }

    /// Appends rows as a JSON array of objects, arrays and JSON columns nested as what they are.
    static func append(_ batches: [RowBatch], _ fields: [ResultField], to json: inout JSONWriter) {
        var style = ResultStyle()
        style.stringifiesArrays = false
        style.nestsJSON = true
        var encoder = ResultEncoder(fields, style: style)
        encoder.begin()
        for batch in batches { encoder.append(batch.columns) }
        encoder.end()
        json.raw(encoder.bytes.span.extracting(droppingLast: 1))
    }

    /// The `limit` of a request, within its bounds.
    static func limit(
        _ head: HTTPRequestHead, default standard: Int, maximum: Int
    ) throws(ProblemDetails) -> Int {
        guard let text = head.target.value("limit") else { return standard }
        guard let limit = Int(text), (1...maximum).contains(limit) else {
            throw .badRequest("invalid_parameter", "limit is a whole number from 1 to \(maximum)")
        }
        return limit
    }

    // MARK: Operations

    /// Refuses what would change something in safe mode.
    func checkWritable() throws(ProblemDetails) {
        do throws(StatementError) { try database.checkWritable() } catch {
            throw ProblemDetails(error, sql: "")
        }
    }

    /// `POST /v1/tables/{t}:seal`: live rows become segments now.
    func seal(_ found: (snapshot: Snapshot, table: TableSnapshot)) throws(ProblemDetails)
        -> HTTPResponse
    {
        try checkWritable()
        do throws(IngestError) {
            try database.ingestion.sealer.sealNow(found.table.schema.id)
        } catch {
            throw ProblemDetails(error)
        }
        return try segments(table(found.table.schema.name))
    }

    /// `POST /v1/tables/{t}:compact`: fragments are merged now.
    func compact(_ found: (snapshot: Snapshot, table: TableSnapshot)) throws(ProblemDetails)
        -> HTTPResponse
    {
        try checkWritable()
        let report = database.compact(table: found.table.schema.id)
        var json = JSONWriter()
        CompactionText.append(report, to: &json)
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `POST /v1/garbage:release`: files may be removed again, after an operator has looked at what
    /// made an older manifest stand in for a damaged one.
    func releaseGarbage() -> HTTPResponse {
        let wasHeld = database.releaseGarbage()
        var json = JSONWriter()
        json.beginObject()
        json.key("was_held")
        json.value(wasHeld)
        json.endObject()
        return .json(json, version: database.catalog.snapshot.version)
    }

    /// `GET /v1/compaction`.
    func compaction() -> HTTPResponse {
        var json = JSONWriter()
        CompactionText.append(database.compactor.status, to: &json)
        return .json(json, version: database.catalog.snapshot.version)
    }
}
