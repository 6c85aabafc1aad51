import Ingest
import Segments
import TestSupport
import Testing

@Suite("CSV")
struct CSVTests {
    private func records(_ text: String) throws -> [[String]] {
        var scanner = CSVScanner(Array(text.utf8))
        var records: [[String]] = []
        while try scanner.next() != nil {
            records.append(
                scanner.fields.map { String(decoding: scanner.text(of: $0), as: UTF8.self) })
        }
        return records
    }

    @Test("Records are read as RFC 4180 says, with the liberties that files take")
    func grammar() throws {
        #expect(try records("a,b\r\n1,2\r\n") == [["a", "b"], ["1", "2"]])
        #expect(
            try records("a,\"b \"\"c\"\", d\"\n\"x\ny\",") == [["a", "b \"c\", d"], ["x\ny", ""]])
        #expect(try records("\u{feff}a\n\n\r\n1") == [["a"], ["1"]])
        #expect(try records("\"\"") == [[""]])
        #expect(try records(",") == [["", ""]])
        #expect(try records("") == [])
        #expect(throws: CSVScanner.Fault.openQuote(byteOffset: 2)) { try records("a,\"b\n") }
        #expect(throws: CSVScanner.Fault.textBehindQuote(byteOffset: 3)) {
            try records("\"a\"b,c\n")
        }
    }

    @Test("Every cut of a text is read without a trap, and lines are counted")
    func cuts() throws {
        let text = Array("id,at\r\n\"a\n\"\"b\",1\n\n\"c\"x,2\n3,\"4".utf8)
        for count in 0...text.count {
            var scanner = CSVScanner(Array(text[..<count]))
            var before = -1
            while scanner.position > before {
                before = scanner.position
                _ = try? scanner.next()
            }
            #expect(scanner.position == count)
            #expect(scanner.line == 1 + text[..<count].count { $0 == 0x0a })
        }
    }

    @Test("A field becomes what its column takes; nothing at all is no value, an empty text is one")
    func values() throws {
        let body = """
            id,at,n,money,x,ok,day,attrs,tags,state
            a,2025-01-02T03:04:05Z,42,1.50,1e3,true,2026-01-02,"{""a"": [1,
            2]}","[""x"",""y""]",
            "b ""q"", c",1000,,,,,,"null","[]",""
            """
        let events = try parse(body, format: .csv)
        #expect(events.rejections.isEmpty)
        #expect(events.lines == [2, 4])
        let first = events.batch.row(at: 0)
        #expect(first[0] == .varchar("a"))
        #expect(first[1] == .timestamp(1_735_787_045_000_000))
        #expect(first[2] == .bigint(42))
        #expect(first[3] == .decimal(Decimal(unscaled: 150, scale: 2)))
        #expect(first[5] == .double(1_000))
        #expect(first[6] == .boolean(true))
        #expect(first[8] == .json("{\"a\":[1,2]}"))
        #expect(first[9] == .array([.varchar("x"), .varchar("y")]))
        #expect(first[11] == .varchar("new"))
        let second = events.batch.row(at: 1)
        #expect(second[0] == .varchar("b \"q\", c"))
        #expect(second[1] == .timestamp(1_000_000))
        #expect(second[2].isNull && second[8].isNull)
        #expect(second[11] == .varchar(""))
    }

    @Test("A field cannot reach beyond itself, whatever it says")
    func injection() throws {
        let events = try parse(
            "id,at,n,attrs\na,0,\"1,\"\"id\"\":\"\"x\"\"\",\nb,0,,\"1},{\"\"id\"\":2\"\n",
            format: .csv)
        #expect(events.batch.rowCount == 1)
        #expect(events.batch.row(at: 0)[8] == .json("\"1},{\\\"id\\\":2\""))
        #expect(events.rejections.map(\.code) == [.typeMismatch])
    }

    @Test("Refused records are named by line, column and reason, as they were sent")
    func rejections() throws {
        let body = "id,at,n\na,0,x\nb,0\n\"c\"d,0,1\ne,zero,1\nf,0,1\n,0,2\n"
        let events = try parse(body, format: .csv)
        #expect(events.batch.rowCount == 1)
        #expect(
            events.rejections.map(\.code) == [
                .typeMismatch, .invalidCSV, .invalidCSV, .invalidTimestamp, .missingField,
            ])
        #expect(events.rejections.map(\.line) == [2, 3, 4, 5, 7])
        #expect(events.rejections[0].column == 5)
        #expect(events.rejections[0].byteOffset == 12)
        #expect(events.rejections[0].raw == Array("a,0,x".utf8))
        #expect(events.rejections[2].message == "invalid CSV: text follows a closing quote")
        #expect(events.raw(at: 0) == Array("f,0,1".utf8))
        let open = try parse("id,at\na,0\nb,\"0\nc,0\n", format: .csv)
        #expect(open.batch.rowCount == 1)
        #expect(open.rejections.map(\.message) == ["invalid CSV: a quote is not closed"])
    }

    @Test("A header that fits no row refuses the body")
    func headers() throws {
        func code(_ text: String, _ unknown: UnknownFields = .reject) -> Rejection.Code? {
            do {
                _ = try parse(text, wideSchema(unknown: unknown), format: .csv)
                return nil
            } catch let error as IngestError {
                if case .malformedBody(let rejection) = error { return rejection.code }
                return nil
            } catch {
                return nil
            }
        }
        #expect(code("") == .invalidCSV)
        #expect(code("id,at,nn\n") == .unknownField)
        #expect(code("id,at,nn\n", .ignore) == nil)
        #expect(code("id,__time,at\n") == .duplicateField)
        #expect(code("\"id\n") == .invalidCSV)
    }

    @Test("Tabs separate where the form says so")
    func tabs() throws {
        let events = try parse("id\tat\tstate\na,b\t0\tx\n", format: .tsv)
        #expect(events.batch.row(at: 0)[0] == .varchar("a,b"))
        #expect(events.batch.row(at: 0)[11] == .varchar("x"))
    }
}
