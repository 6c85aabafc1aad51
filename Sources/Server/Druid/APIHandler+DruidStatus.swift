import Glibc
import Query
import Segments

/// What Druid's clients ask besides SQL: whether the server is well, and which tables there are.
extension APIHandler {
    /// `GET /status`. Grafana asks for it before anything else and reads the figures as integers;
    /// they are those of the machine.
    func druidStatus() -> HTTPResponse {
        let pageByteCount = Int64(sysconf(Int32(_SC_PAGESIZE)))
        let total = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * pageByteCount
        let free = Int64(sysconf(Int32(_SC_AVPHYS_PAGES))) * pageByteCount
        var json = JSONWriter()
        json.beginObject()
        json.key("version")
        json.value("daybook-" + Program.version)
        json.key("modules")
        json.beginArray()
        json.endArray()
        json.key("memory")
        json.beginObject()
        for (name, figure) in [
            ("maxMemory", total), ("totalMemory", total), ("freeMemory", free),
            ("usedMemory", total - free), ("directMemory", 0),
        ] {
            json.key(name)
            json.value(figure)
        }
        json.endObject()
        json.endObject()
        return HTTPResponse(contentType: "application/json", bytes: json.bytes)
    }

    /// `GET /status/properties`: every setting with its value.
    func druidProperties() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        for setting in Setting.all {
            json.key(setting.key)
            json.value(setting.text(database.configuration))
        }
        json.endObject()
        return HTTPResponse(contentType: "application/json", bytes: json.bytes)
    }

    /// Tables that belong to people, by name.
    private var ownTables: [TableSnapshot] {
        database.catalog.snapshot.tables.filter { !$0.schema.name.hasPrefix("sys.") }
            .sorted { $0.schema.name < $1.schema.name }
    }

    /// `["payments", ...]`.
    func datasources() -> HTTPResponse { Self.list(ownTables.map(\.schema.name)) }

    private static func list(_ texts: [String]) -> HTTPResponse {
        var json = JSONWriter()
        json.beginArray()
        for text in texts { json.value(text) }
        json.endArray()
        return HTTPResponse(contentType: "application/json", bytes: json.bytes)
    }

    /// `{"dimensions":[...],"metrics":[...]}`: numbers are metrics, everything else but the time is
    /// a dimension. A table that is not there has neither, as in Druid.
    func datasource(_ name: String) -> HTTPResponse {
        let schema = ownTables.first { $0.schema.name == name }?.schema
        var json = JSONWriter()
        json.beginObject()
        for (part, isMetric) in [("dimensions", false), ("metrics", true)] {
            json.key(part)
            json.beginArray()
            for (index, column) in (schema?.columns ?? []).enumerated()
            where index != schema?.timestampColumn && column.type.isNumeric == isMetric {
                json.value(column.name)
            }
            json.endArray()
        }
        json.endObject()
        return HTTPResponse(contentType: "application/json", bytes: json.bytes)
    }

    /// The time chunks of a table's segments, the newest first.
    func intervals(_ name: String) -> HTTPResponse {
        guard let table = ownTables.first(where: { $0.schema.name == name }) else {
            return HTTPResponse(status: 204)
        }
        let chunks = Set(table.segments.map(\.entry.chunk)).sorted { $0.start > $1.start }
        return Self.list(
            chunks.map { chunk in
                CivilTime.iso8601(microseconds: chunk.start) + "/"
                    + CivilTime.iso8601(microseconds: chunk.end)
            })
    }

    /// How much of each table can be asked, in percent: here always all of it.
    func loadStatus() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        for table in ownTables {
            json.key(table.schema.name)
            json.value(100.0)
        }
        json.endObject()
        return HTTPResponse(contentType: "application/json", bytes: json.bytes)
    }
}
