import Ingest
import Query
import Testing

@testable import Server

/// `docs/errors.md` has every code that the server can answer, with its status, and no other.
@Suite("The page of errors")
struct ErrorPageTests {
    /// A code with its status.
    private struct Answer: Hashable, CustomStringConvertible {
        var code: String
        var status: Int
        var description: String { "\(code) \(status)" }
    }

    private func answers(_ headings: [String]) throws -> Set<Answer> {
        let page = try DocumentPage("docs/errors.md")
        var answers: Set<Answer> = []
        for row in headings.flatMap(page.rows) {
            answers.insert(Answer(code: row[0], status: try #require(Int(row[1]))))
        }
        return answers
    }

    @Test("Each refusal of the door and of the paths is there, and nothing else")
    func requests() throws {
        var inCode: Set<Answer> = []
        for file in try DocumentPage.sources(below: "Sources/Server") {
            for (code, status) in file.codes(after: "Refusal(", separator: ", ")
                + file.codes(after: "status: ", separator: ", code: ")
            {
                inCode.insert(Answer(code: code, status: status))
            }
            for (mark, status) in [(".badRequest(\"", 400), (".notFound(\"", 404)] {
                for code in file.words(after: mark) {
                    inCode.insert(Answer(code: code, status: status))
                }
            }
        }
        // A body that is none is refused with the code of its first rejection.
        inCode.insert(Answer(code: Rejection.Code.invalidCSV.rawValue, status: 400))
        #expect(inCode.count > 40, "the codes are found")
        let onPage = try answers(["At the door", "Requests", "Taking rows"])
        #expect(inCode.subtracting(onPage) == [], "codes without a row")
        #expect(onPage.subtracting(inCode) == [], "rows without a code")
    }

    @Test("Each failure of a statement is there with its status, and nothing else")
    func statements() throws {
        let inCode = QueryError.Code.allCases.map { code in
            let problem = ProblemDetails(QueryError(code, "x"), sql: "")
            return Answer(code: problem.code, status: problem.status)
        }
        #expect(try answers(["SQL"]) == Set(inCode))
    }

    @Test("Each reason for which a row is not taken is there, and nothing else")
    func rows() throws {
        let page = try DocumentPage("docs/errors.md")
        #expect(
            Set(page.rows(under: "Rows").map { $0[0] })
                == Set(Rejection.Code.allCases.map(\.rawValue)))
    }

    @Test("Each exit code is there")
    func exitCodes() throws {
        let page = try DocumentPage("docs/errors.md")
        for code: ExitCode in [
            .success, .failure, .usage, .noConnection, .rejectedRows, .damaged, .system,
        ] {
            #expect(page.text.contains("\n| \(code.rawValue) | "))
        }
    }
}
