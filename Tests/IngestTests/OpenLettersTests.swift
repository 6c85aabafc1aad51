import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("Dead letters that wait")
struct OpenLettersTests {
    @Test("Beyond their limit nothing more is taken, and nothing is lost")
    func limit() throws {
        var settings = IngestFixture.settings()
        settings.letterLimit = 3
        let fixture = try IngestFixture(SimulatedFileSystem(), settings: settings)
        try fixture.commit(["{a", "{b", IngestFixture.line("1")])
        #expect(throws: IngestError.overloaded(what: "dead letters", limit: 3)) {
            try fixture.commit(["{c", "{d", IngestFixture.line("2")])
        }
        #expect(try fixture.amounts() == ["1": 1])
        try fixture.commit([IngestFixture.line("3")])
        let table = try fixture.table()
        var discard = try fixture.request([])
        discard.letters = fixture.ingestion.openLetters(of: table.id, limit: 9).map(\.id)
        #expect(discard.letters.count == 2)
        #expect(
            fixture.ingestion.commit([discard, discard]).map { (try? $0.get()) != nil }
                == [true, false])
        #expect(fixture.ingestion.letterLoad.count == 0)
        #expect(fixture.ingestion.letterLoad.byteCount == 0)
        try fixture.commit(["{c", "{d", IngestFixture.line("2")])
        let again = try fixture.restarted()
        #expect(again.ingestion.letterLoad.count == 2)
        #expect(try again.rows(RejectsTable.name).count == 4)
    }

    @Test("Ids read back as they are written, and nothing else is one")
    func ids() {
        let id = LetterID(lsn: 1_234, index: 7)
        #expect(LetterID(id.description) == id)
        for text in ["", "-", "1", "1-", "-1", "01-0", "1-0-0", "1-0 ", "a-b", "1-99999999999"] {
            #expect(LetterID(text) == nil, "\(text)")
        }
    }

    @Test("The table of an older build gets the columns that it lacks, its rows stay")
    func olderTable() throws {
        var older = RejectsTable.schema
        older.columns.removeLast(5)
        let change = try #require(RejectsTable.change(of: older))
        #expect(change.after.columns.map(\.name) == RejectsTable.schema.columns.map(\.name))
        #expect(RejectsTable.change(of: RejectsTable.schema) == nil)
    }
}
