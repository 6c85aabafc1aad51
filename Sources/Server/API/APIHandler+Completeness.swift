import Ingest
import Segments

extension APIHandler {
    /// `GET /v1/completeness`: how complete each table is, who says so, and what is missing.
    func completeness() -> HTTPResponse {
        let known = database.completeness()
        let producers = database.ingestion.producers()
        let snapshot = database.catalog.snapshot
        var json = JSONWriter()
        json.beginObject()
        json.key("tables")
        json.beginArray()
        for facts in known {
            guard let schema = snapshot.table(facts.table)?.schema,
                schema.name != RejectsTable.name
            else { continue }
            json.beginObject()
            json.key("table")
            json.value(schema.name)
            Self.append(time: facts.completeThrough, "complete_through", to: &json)
            Self.append(
                [
                    ("declaring", facts.declarerCount), ("missing", facts.missingCount),
                    ("late_rows", facts.lateRowCount),
                ], to: &json)
            json.key("producers")
            json.beginArray()
            for producer in producers where producer.table == facts.table {
                Self.append(producer, to: &json)
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json, version: snapshot.version)
    }

    private static func append(_ producer: ProducerFacts, to json: inout JSONWriter) {
        json.beginObject()
        json.key("producer")
        json.value(producer.name)
        append(
            [
                ("epoch", Int(clamping: producer.epoch)),
                ("next_seq", Int(clamping: producer.nextSequence)),
                ("abandoned", Int(clamping: producer.abandonedCount)),
            ], to: &json)
        append(time: producer.completeThrough, "complete_through", to: &json)
        append(time: producer.lastTime, "last_time", to: &json)
        json.key("gaps")
        json.beginArray()
        for gap in producer.gaps {
            json.beginObject()
            append(
                [
                    ("first", Int(clamping: gap.lowerBound)),
                    ("last", Int(clamping: gap.upperBound - 1)),
                ], to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static func append(_ figures: [(String, Int)], to json: inout JSONWriter) {
        for (name, figure) in figures {
            json.key(name)
            json.value(Int64(figure))
        }
    }

    private static func append(time: Int64?, _ name: String, to json: inout JSONWriter) {
        json.key(name)
        if let time { json.value(CivilTime.iso8601(microseconds: time)) } else { json.null() }
    }
}
