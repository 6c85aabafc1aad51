import Compaction
import Segments

/// What compaction did, as JSON.
enum CompactionText {
    /// Appends what the detector has done since the start.
    static func append(_ status: CompactionStatus, to json: inout JSONWriter) {
        json.beginObject()
        json.key("running")
        json.value(status.isRunning)
        for (name, figure) in [
            ("passes", status.passCount), ("merges", status.mergeCount),
            ("failures", status.failureCount), ("segments_in", status.inputCount),
            ("segments_out", status.outputCount), ("rows", status.rowCount),
        ] {
            json.key(name)
            json.value(Int64(figure))
        }
        json.key("last_pass")
        if let last = status.last { append(last, to: &json) } else { json.null() }
        json.key("history")
        json.beginArray()
        for report in status.reports.reversed() { append(report, to: &json) }
        json.endArray()
        json.endObject()
    }

    /// Appends one pass.
    static func append(_ report: CompactionReport, to json: inout JSONWriter) {
        json.beginObject()
        json.key("started")
        json.value(CivilTime.iso8601(microseconds: report.startedMicroseconds))
        json.key("merges")
        json.beginArray()
        for merge in report.merges { append(merge, to: &json) }
        json.endArray()
        json.key("rollups")
        json.beginArray()
        for build in report.rollups {
            json.beginObject()
            json.key("rollup")
            json.value(build.rollup)
            json.key("segments")
            json.value(Int64(build.segmentCount))
            json.key("failure")
            if let failure = build.failure { json.value("\(failure)") } else { json.null() }
            json.endObject()
        }
        json.endArray()
        json.key("left_alone")
        json.beginObject()
        for (reason, count) in report.leftAlone.sorted(by: { $0.key < $1.key }) {
            json.key(reason)
            json.value(Int64(count))
        }
        json.endObject()
        json.key("expired_segments")
        json.value(Int64(report.expired.count))
        json.key("failures")
        json.beginArray()
        for failure in report.failures { json.value("\(failure)") }
        json.endArray()
        json.endObject()
    }

    private static func append(_ merge: CompactionReport.Merge, to json: inout JSONWriter) {
        json.beginObject()
        json.key("table")
        json.value(merge.table)
        json.key("chunk_start")
        json.value(
            merge.chunk == .everything ? "" : CivilTime.iso8601(microseconds: merge.chunk.start))
        json.key("reason")
        json.value(merge.reason)
        for (name, ids) in [("inputs", merge.inputs), ("outputs", merge.outputs)] {
            json.key(name)
            json.beginArray()
            for id in ids { json.value(Int64(id.rawValue)) }
            json.endArray()
        }
        json.key("rows")
        json.value(Int64(merge.rowCount))
        json.key("elapsed_us")
        json.value(Int64(merge.elapsedNanoseconds / 1_000))
        json.key("failure")
        if let failure = merge.failure { json.value("\(failure)") } else { json.null() }
        json.endObject()
    }
}
