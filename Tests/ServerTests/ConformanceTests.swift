import Ingest
import Segments
import Server
import Testing

/// Statements of Apache Druid's tests (`Tests/Conformance`), asked on Druid's path.
@Suite("Statements of Apache Druid's tests")
struct ConformanceTests {
    /// Why some answers differ, by case. At least 98 of 100 must be equal.
    private static let differences = [
        "CalciteQueryTest.testBitwiseAggregatorsGroupBy":
            "BIT_AND passes over NULL as all aggregates do; in Druid one NULL makes it 0",
        "CalciteQueryTest.testAnyAggregatorsDoesNotSkipNulls":
            "ANY_VALUE passes over NULL as all aggregates do; in Druid it is the first row's value",
        "CalciteQueryTest.testFilterOnTimeExtractWithVariousTimeUnits":
            "ISOYEAR is the year of the ISO week, 1999 on 2000-01-01; in Druid it is the year",
    ]

    /// The file has rows that Druid's tests do not reach: both expect the refusal of a missing
    /// parameter.
    private static let refused: Set = [
        "CalciteParameterQueryTest.testMissingParameter",
        "CalciteParameterQueryTest.testPartiallyMissingParameter",
    ]

    /// Rows that are equal in order come in Druid's order of keys, which the statement does not
    /// say.
    private static let ties: Set = ["CalciteQueryTest.testTopNWithSelectAndOrderByProjections"]

    /// Why some statements that Druid refuses are answered, by case.
    private static let answered: [String: String] = [
        "CalciteQueryTest.testUnplannableScanOrderByNonTime!":
            "Druid cannot sort rows by another column than the time; Daybook can",
        "CalciteQueryTest.testRequireTimeConditionSimpleQueryNegative":
            "refused by a setting of Druid's server that asks for a condition on the time",
    ]

    /// Refused without a place: what is wrong stands in the context, not in the statement.
    private static let refusedByContext = ["CalciteQueryTest.testHighestMaxNumericInFilter"]

    private static func document() throws -> JSONValue {
        try JSONValue(
            parsing: Array(DocumentPage("Tests/Conformance/druid_core.json").text.utf8))
    }

    /// A server with all tables of the cases.
    private static func server(_ document: JSONValue) throws -> TestDatabase {
        let test = try TestDatabase()
        guard case .object(let datasets)? = document["datasets"] else { return test }
        for dataset in datasets {
            let table = ConformanceTable(name: dataset.name, dataset.value)
            #expect(try test.sql(table.statement) == "[]\n")
            let answer = try test.post("/v1/tables/\(table.name)/events", table.events)
            #expect(answer.status == 200, "\(answer.text)")
        }
        return test
    }

    private static func ask(
        _ test: TestDatabase, _ sql: String, context: JSONValue, parameters: JSONValue = .null
    ) throws -> HTTPClientResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.value(sql)
        json.key("resultFormat")
        json.value("array")
        for (name, value) in [("context", context), ("parameters", parameters)] {
            json.key(name)
            Self.write(value, to: &json)
        }
        json.endObject()
        return try test.post("/druid/v2/sql", String(decoding: json.bytes, as: UTF8.self))
    }

    private static func write(_ value: JSONValue, to json: inout JSONWriter) {
        switch value {
        case .null: json.null()
        case .boolean(let value): json.value(value)
        case .number(let digits): json.number(digits: digits.bytes.span)
        case .string(let text): json.value(text.string)
        case .array(let elements):
            json.beginArray()
            for element in elements { write(element, to: &json) }
            json.endArray()
        case .object(let members):
            json.beginObject()
            for member in members {
                json.key(member.name)
                write(member.value, to: &json)
            }
            json.endObject()
        }
    }

    @Test("At least 98 of 100 answer Druid's rows, and each difference has a reason")
    func rows() throws {
        let document = try Self.document()
        let test = try Self.server(document)
        defer { test.stop() }
        let cases = (document["cases"]?.elements ?? []).compactMap(ConformanceCase.init)
        #expect(cases.count == 176)
        var different: Set<String> = []
        for one in cases {
            let answer = try Self.ask(
                test, one.sql, context: one.context, parameters: one.parameters)
            if Self.refused.contains(one.id) {
                #expect(answer.status == 400 && answer.text.contains("has no value (line ["))
                continue
            }
            let rows = answer.status == 200 ? try JSONValue(parsing: answer.body).elements : nil
            if let rows, one.isAnswered(by: rows, hasTies: Self.ties.contains(one.id)) { continue }
            different.insert(one.id)
            #expect(Self.differences[one.id] != nil, "\(one.id)\n\(one.sql)\n\(answer.text)")
        }
        #expect(different.isSubset(of: Self.differences.keys))
        #expect((cases.count - different.count) * 100 >= cases.count * 98)
    }

    @Test("What Druid refuses is refused with its place, or answered for a reason")
    func refusals() throws {
        let document = try Self.document()
        let test = try Self.server(document)
        defer { test.stop() }
        let cases = document["must_error"]?.elements ?? []
        #expect(cases.count == 20)
        for one in cases {
            let id = try #require(one["id"]?.string)
            let sql = try #require(one["sql"]?.string)
            let answer = try Self.ask(test, sql, context: one["context"] ?? .null)
            if Self.answered[id] != nil {
                #expect(answer.status == 200, "\(id): \(answer.text)")
                continue
            }
            #expect((400...501).contains(answer.status), "\(id): \(answer.text)")
            if Self.refusedByContext.contains(id) { continue }
            let error = try JSONValue(parsing: answer.body)
            #expect(error["context"]?["line"]?.string != nil, "\(id): \(answer.text)")
            #expect(error["context"]?["column"]?.string != nil, "\(id): \(answer.text)")
        }
    }
}
