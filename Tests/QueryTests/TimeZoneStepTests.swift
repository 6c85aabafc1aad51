import Foundation
import Segments
import TestSupport
import Testing

@testable import Query

/// Steps of time on the clocks of zones, against a walk back minute by minute.
@Suite("Steps on the clock of a zone")
struct TimeZoneStepTests {
    private typealias Zone = Segments.TimeZone
    private static let names = [
        "Asia/Seoul", "America/New_York", "Europe/London", "Australia/Lord_Howe",
        "Africa/Casablanca", "Pacific/Apia", "America/Havana", "America/St_Johns",
    ]

    private static func database() throws -> TimeZoneDatabase {
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Golden")
        return TimeZoneDatabase(try PosixFileSystem(root: golden.path), directory: "zoneinfo")
    }

    private static func zone(_ name: String) throws -> Zone { try database().zone(named: name) }

    /// Instants at which the clock changes, from 1970 to 2036.
    private static func changes(_ zone: Zone) -> [Int64] {
        var changes: [Int64] = []
        var stretch = zone.stretch(at: 0)
        while stretch.end < 66 * 365 * CivilTime.microsecondsPerDay {
            changes.append(stretch.end)
            stretch = zone.stretch(at: stretch.end)
        }
        return changes
    }

    /// The start of the step that holds `time`, by walking back.
    ///
    /// A step shorter than a day begins whenever the clock shows its beginning or leaps over it; a
    /// day when the clock first shows that day.
    private static func walked(_ time: Int64, _ step: Int64, _ zone: Zone) throws -> Int64 {
        let minute = CivilTime.microsecondsPerMinute
        func shown(_ time: Int64) throws -> Int64 {
            try #require(zone.local(time)).roundedDown(toMultipleOf: step)
        }
        let own = try shown(time)
        var instant = time.roundedDown(toMultipleOf: minute)
        if step % CivilTime.microsecondsPerDay == 0 {
            var first = instant
            for _ in 0..<Int(step / minute + 26 * 60) {
                if try shown(instant) == own { first = instant }
                instant -= minute
            }
            return first
        }
        while try #require(zone.local(instant)) != own, try shown(instant - minute) == own {
            instant -= minute
        }
        return instant
    }

    @Test("Near every change of a clock, steps begin where a walk back finds it", arguments: names)
    func walk(_ name: String) throws {
        let zone = try Self.zone(name)
        var random = SeededGenerator(seed: 11)
        let changes = Self.changes(zone).shuffled(using: &random).prefix(6)
        for change in changes {
            for minutes in [15, 30, 60, 120, 360, 1_440] {
                let length = Int64(minutes) * CivilTime.microsecondsPerMinute
                let step = TimeStep(microseconds: length).on(zone, isCivil: minutes >= 1_440)
                for _ in 0..<12 {
                    let time =
                        change + Int64.random(in: -1_800...1_800, using: &random)
                        * CivilTime.microsecondsPerMinute + Int64(7)
                    let found = try #require(TimeKernels.step(of: time, step))
                    let start = try Self.walked(time, length, zone)
                    #expect(found.start == start, "\(name) \(minutes) min at \(time), seed 11")
                    #expect(found.from <= time && time < found.end)
                    for other in [found.from, found.end - 1] {
                        #expect(TimeKernels.step(of: other, step)?.start == start)
                    }
                }
            }
        }
    }

    @Test("Grouping by a step of a zone gives what each row's step is", arguments: names)
    func groups(_ name: String) throws {
        let zone = try Self.zone(name)
        let schema = Fixture.schema("t", id: 1)
        var random = SeededGenerator(seed: 5)
        let change = try #require(Self.changes(zone).last)
        let span = 4 * CivilTime.microsecondsPerDay
        for start in [change - span / 2, change + 9 * CivilTime.microsecondsPerDay] {
            let times = (0..<500).map { _ in start + Int64.random(in: 0..<span, using: &random) }
            let rows = times.enumerated().map { index, time in
                [Value.varchar(Text("e\(index)")), .timestamp(time), .bigint(1)]
            }
            let snapshot = try QueryFixture.snapshot([rows], of: schema) { _ in true }
            let pool = WorkerPool(helperCount: 0)
            for period in ["PT1H", "P1D", "P1W", "P1M"] {
                let step = try #require(TimeStep(isoPeriod: period, in: zone))
                let query = try QueryFixture.bind(
                    "SELECT TIME_FLOOR(__time, '\(period)', NULL, '\(name)'), COUNT(*) "
                        + "FROM t GROUP BY 1", over: schema, timeZones: try Self.database())
                let result = try QueryExecutor(snapshot: snapshot, workers: pool).run(query)
                var counts: [Value: Int64] = [:]
                for time in times {
                    let own = try #require(TimeKernels.step(of: time, step)).start
                    counts[.timestamp(own), default: 0] += 1
                }
                let found = Dictionary(
                    uniqueKeysWithValues: result.rows.map { ($0[0], $0[1]) })
                #expect(
                    found == counts.mapValues { .bigint($0) }, "\(name) \(period), seed 5")
            }
        }
    }
}
