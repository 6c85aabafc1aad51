import Foundation
import Testing

@testable import Segments

/// Time zones out of compiled files, against what Python's zoneinfo says of the same files.
@Suite("Time zones")
struct TimeZoneTests {
    private typealias Zone = Segments.TimeZone
    private static let day = CivilTime.microsecondsPerDay
    private static let hour = CivilTime.microsecondsPerHour

    private static var golden: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden")
    }

    private static func database() throws -> TimeZoneDatabase {
        TimeZoneDatabase(try PosixFileSystem(root: golden.path), directory: "zoneinfo")
    }

    private static func time(_ text: String) throws -> Int64 {
        let bytes = Array(text.utf8)
        let time = CivilTime.parseTimestamp(bytes.span)
        return try #require(time)
    }

    @Test("Every offset and abbreviation is what another reader of the files finds")
    func truths() throws {
        let database = try Self.database()
        let path = Self.golden.appending(path: "zoneinfo/truths.txt")
        var count = 0
        for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: " ")
            let zone = try database.zone(named: String(parts[0]))
            let instant = try #require(Int64(parts[1])) * 1_000_000
            let type = zone.type(at: instant)
            #expect(type.offset == Int64(parts[2]).map { $0 * 1_000_000 }, "\(line)")
            #expect(type.abbreviation == String(parts[3]), "\(line)")
            count += 1
        }
        #expect(count > 400)
    }

    @Test("A stretch holds its instant, and the offset changes at both of its ends only")
    func stretches() throws {
        let database = try Self.database()
        for name in ["America/New_York", "Australia/Lord_Howe", "Asia/Seoul"] {
            let zone = try database.zone(named: name)
            var time = try Self.time("1969-01-01")
            while time < (try Self.time("2700-01-01")) {
                let stretch = zone.stretch(at: time)
                #expect(stretch.start <= time && time < stretch.end, "\(name) \(time)")
                #expect(zone.offset(at: stretch.start) == stretch.offset)
                if stretch.end < .max {
                    #expect(zone.offset(at: stretch.end - 1) == stretch.offset)
                }
                time += 37 * Self.day + 12_345
            }
        }
    }

    @Test("A time that is left out comes later, one that comes twice is the first or the preferred")
    func localTimes() throws {
        let newYork = try Self.database().zone(named: "America/New_York")
        let leftOut = newYork.instant(ofLocal: try Self.time("2026-03-08T02:30:00"))
        #expect(leftOut == (try Self.time("2026-03-08T07:30:00Z")))
        let twice = try Self.time("2026-11-01T01:30:00")
        #expect(newYork.instant(ofLocal: twice) == (try Self.time("2026-11-01T05:30:00Z")))
        #expect(
            newYork.instant(ofLocal: twice, preferring: -5 * Self.hour)
                == (try Self.time("2026-11-01T06:30:00Z")))
        let skipped = try Self.database().zone(named: "Pacific/Apia")
        let day = try Self.time("2011-12-30T00:00:00")
        #expect(skipped.start(ofLocal: day) == (try Self.time("2011-12-30T10:00:00Z")))
        #expect(skipped.start(ofLocal: day + Self.day) == (try Self.time("2011-12-30T10:00:00Z")))
    }

    @Test("Reading a clock and setting it are inverse")
    func inverse() throws {
        for name in ["Europe/Dublin", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia"] {
            let zone = try Self.database().zone(named: name)
            var time = try Self.time("1940-01-01")
            while time < (try Self.time("2460-01-01")) {
                let local = try #require(zone.local(time))
                #expect(
                    zone.instant(ofLocal: local, preferring: zone.offset(at: time)) == time,
                    "\(name) \(time)")
                let first = try #require(zone.start(ofLocal: local))
                #expect(first <= time && zone.local(first) == local, "\(name) \(time)")
                time += 3 * Self.day + 987_654_321
            }
        }
    }

    @Test("Offsets and UTC need no file; the ends of time have an offset, too")
    func fixed() throws {
        let zone = try #require(TimeZoneDatabase.builtIn("+0930"))
        #expect(zone.name == "+09:30" && zone.grain == Self.hour / 2)
        #expect(zone.offset(at: .max) == 9 * Self.hour + Self.hour / 2)
        #expect(zone.local(.max) == nil)
        for name in ["UTC", "z", "Etc/UTC", "+00:00", "-00"] {
            #expect(TimeZoneDatabase.builtIn(name)?.isUTC == true, "\(name)")
        }
        for name in ["+24", "+9", "+09:60", "9", "", "+0900000"] {
            #expect(TimeZoneDatabase.builtIn(name) == nil, "\(name)")
        }
        let newYork = try Self.database().zone(named: "America/New_York")
        #expect([-4 * Self.hour, -5 * Self.hour].contains(newYork.offset(at: .max)))
        #expect(newYork.stretch(at: .max).end == .max)
        #expect(newYork.grain == Self.hour)
    }

    @Test("No name leaves the directory, and a wrong one names the nearest")
    func names() throws {
        let database = try Self.database()
        for name in ["../segment-v1", "/etc/passwd", "Asia/../Asia/Seoul", "Asia/.", "a\0b", "//"] {
            #expect(throws: TimeZoneError.invalidName(name)) { try database.zone(named: name) }
        }
        #expect(throws: TimeZoneError.unknown(name: "Asia/Soul", nearest: "Asia/Seoul")) {
            try database.zone(named: "Asia/Soul")
        }
        for name in ["README", "Asia", "Asia/Seoul/x"] {
            #expect(throws: TimeZoneError.self, "\(name)") { try database.zone(named: name) }
        }
        let none = TimeZoneDatabase(
            try PosixFileSystem(root: Self.golden.path), directory: "nowhere")
        #expect(throws: TimeZoneError.noDatabase(directory: "nowhere")) {
            try none.zone(named: "Asia/Seoul")
        }
    }

    @Test("A file cut short anywhere, or changed anywhere, is refused or read, and never traps")
    func damage() throws {
        let file = Self.golden.appending(path: "zoneinfo/America/New_York")
        let bytes = Array(try Data(contentsOf: file))
        #expect(TimeZoneFile.zone(named: "x", bytes) != nil)
        for count in 0..<bytes.count {
            #expect(TimeZoneFile.zone(named: "x", Array(bytes[..<count])) == nil, "\(count)")
        }
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0xff
            if let zone = TimeZoneFile.zone(named: "x", changed) {
                _ = zone.stretch(at: .max)
                _ = zone.instant(ofLocal: 0)
            }
        }
    }

    @Test("A rule is read in all its forms")
    func rules() throws {
        let plain = try #require(TimeZoneRule(parsing: "KST-9"))
        #expect(plain.standard.offset == 9 * Self.hour && plain.daylight == nil)
        let odd = try #require(TimeZoneRule(parsing: "<-02>2<-01>,M3.5.0/-1,J365/25:30:10"))
        #expect(odd.standard.abbreviation == "-02")
        let changes = odd.changes(in: 2024)
        #expect(
            changes.map(\.instant) == [
                try Self.time("2024-03-31T01:00:00Z"), try Self.time("2025-01-01T02:30:10Z"),
            ])
        let leap = try #require(TimeZoneRule(parsing: "AAA0BBB,59,J60"))
        #expect(
            leap.changes(in: 2024).map(\.instant) == [
                try Self.time("2024-02-29T02:00:00Z"), try Self.time("2024-03-01T01:00:00Z"),
            ])
        for text in [
            "", "A1", "EST", "EST5EDT", "EST5EDT,M13.1.0,M1.1.0", "EST5,", "EST5EDT,0,366",
        ] {
            #expect(TimeZoneRule(parsing: text) == nil, "\(text)")
        }
    }
}
