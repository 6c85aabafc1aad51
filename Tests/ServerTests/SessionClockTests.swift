import Server
import Testing

/// The clock of a session, as the context names it.
@Suite("The clock of a session")
struct SessionClockTests {
    @Test("Texts are read and times are written on the clock that the context names")
    func clock() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let query = "SELECT TIMESTAMP '2026-09-01 00:00:00' AS t, DATE '2026-09-01' AS d"
        for (body, zone) in [
            (#"{"query":"\#(query)"}"#, "Z"),
            (#"{"query":"\#(query)","context":{"sqlTimeZone":"+09:00"}}"#, "+09:00"),
            (#"{"query":"SET sqlTimeZone = '-0330'; \#(query)"}"#, "-03:30"),
        ] {
            let answer = try test.post("/v1/sql", body)
            let time = "2026-09-01T00:00:00.000\(zone)"
            #expect(answer.status == 200)
            #expect(answer.text == #"[{"t":"\#(time)","d":"\#(time)"}]"# + "\n")
        }
    }

    @Test("A clock that is none is refused by its name")
    func unknown() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let answer = try test.post(
            "/v1/sql", #"{"query":"SELECT 1","context":{"sqlTimeZone":"../etc"}}"#)
        #expect(answer.status == 400)
        #expect(answer.text.contains("'../etc' is no name of a time zone"))
    }
}
