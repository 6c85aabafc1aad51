import TestSupport
import Testing

@testable import Segments

@Suite("Dead rows of segments and live rows")
struct DeadRowsTests {
    @Test("What is undone is what was dead then, as long as it is remembered")
    func undone() throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            var dead = DeadRows(forgottenLSN: 4)
            var model: [UInt32: UInt64] = [:]
            var lsn: UInt64 = 5
            for _ in 0..<60 {
                let kills = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                    Kill(row: UInt32.random(in: 0..<100_000, using: &random), lsn: lsn)
                }
                for kill in kills where model[kill.row] == nil { model[kill.row] = lsn }
                dead.add(kills)
                lsn += UInt64.random(in: 0...3, using: &random)
            }
            #expect(dead.count == model.count && dead.rememberedCount == model.count)
            #expect(Set(dead.rows.members) == Set(model.keys))
            #expect(dead.undone(after: 3) == nil)
            for version in 4...lsn {
                let undone = try #require(dead.undone(after: version))
                let wanted = model.filter { $0.value <= version }.keys
                #expect(Set(undone.rows.members) == Set(wanted), "seed \(seed)")
                #expect(undone.count == wanted.count && undone.rememberedCount == wanted.count)
            }
            dead = dead.forgotten(upTo: lsn / 2)
            #expect(dead.count == model.count)
            #expect(dead.undone(after: lsn / 2 - 1) == nil)
            let left = try #require(dead.undone(after: lsn - 2))
            #expect(left.count == model.values.count { $0 <= lsn - 2 })
        }
    }

    @Test(
        "Rows and the deaths of those they replace become visible in one step, while batches join")
    func oneStep() throws {
        let catalog = try Fixture.open(SimulatedFileSystem())
        let schema = try catalog.createTable(Fixture.schema("t"))
        var random = SeededGenerator(seed: 9)
        /// Where the row of each key is: which request brought it, and its place there.
        var places: [(born: UInt64, row: UInt32, number: Int)] = []
        var number = 0
        for lsn: UInt64 in 1...600 {
            let count = Int.random(in: 1...5, using: &random)
            let batch = Fixture.live(schema, lsn: lsn, first: number, count: count)
            var deaths = TableDeaths()
            for row in 0..<count {
                let place = (lsn, UInt32(row), number + row)
                if places.count < 40 {
                    places.append(place)
                } else {
                    let key = Int.random(in: 0..<places.count, using: &random)
                    deaths.kill(places[key].row, liveSince: places[key].born, at: lsn)
                    places[key] = place
                }
            }
            number += count
            catalog.appendLive(version: lsn, [(schema.id, batch)], deaths: [schema.id: deaths])
            let table = try #require(catalog.snapshot.table(schema.id))
            #expect(table.rowCount == places.count)
            if lsn == 300 { _ = catalog.freezeLive(schema.id) }
        }
        let table = try #require(catalog.snapshot.table(schema.id))
        var living: [Value] = []
        for batch in table.live {
            for row in 0..<batch.rows.rowCount where batch.dead?.contains(row) != true {
                living.append(batch.rows.row(at: row)[0])
            }
            #expect(
                (0..<batch.rows.rowCount).allSatisfy {
                    (batch.firstLSN...batch.lastLSN).contains(batch.lsn(ofRow: $0))
                })
        }
        #expect(Set(living) == Set(places.map { .varchar(Text("e\($0.number)")) }))
        #expect(table.live.count < 60)
        for version: UInt64 in [100, 299, 301, 450, 599] {
            let rows = table.live.reduce(0) { sum, batch in
                let born = (0..<batch.rows.rowCount).count { batch.lsn(ofRow: $0) <= version }
                let dead = batch.dead?.undone(after: version)?.rows.members ?? []
                return sum + born - dead.count
            }
            #expect(rows == 40, "version \(version)")
        }
    }

    @Test("Rows of segments die with the step that replaces them; older snapshots keep theirs")
    func segments() throws {
        let disk = SimulatedFileSystem()
        let catalog = try Fixture.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        let entry = Fixture.entry(catalog.reserveSegmentID(), schema.id)
        try Fixture.writeFile(of: entry, in: disk)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        try catalog.publish(edit)
        let before = catalog.snapshot
        for lsn: UInt64 in 1...3 {
            var deaths = TableDeaths()
            deaths.kill(UInt32(lsn - 1), of: entry.id, at: lsn)
            if lsn == 3 { deaths.kill(0, of: entry.id, at: lsn) }
            let batch = Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1)
            let snapshot = catalog.appendLive(
                version: lsn, [(schema.id, batch)], deaths: [schema.id: deaths])
            let table = try #require(snapshot.table(schema.id))
            #expect(table.rowCount == 3)
            #expect(table.dead[entry.id]?.count == Int(lsn))
        }
        #expect(before.tables[0].dead.isEmpty && before.tables[0].rowCount == 3)
        let dead = try #require(catalog.snapshot.table(schema.id)?.dead[entry.id])
        #expect(dead.undone(after: 1)?.rows.members == [0])
        edit = ManifestEdit()
        edit.removedSegments = [entry.id]
        try catalog.publish(edit)
        #expect(catalog.snapshot.table(schema.id)?.dead.isEmpty == true)
    }
}
