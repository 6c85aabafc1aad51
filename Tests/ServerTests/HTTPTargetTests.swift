import Server
import Testing

@Suite("Request targets")
struct HTTPTargetTests {
    private func target(_ text: String) throws -> HTTPTarget { try HTTPTarget(Array(text.utf8)) }

    @Test(
        "Paths are split before they are decoded, once",
        arguments: [
            ("/", [], false), ("/a", ["a"], false), ("/a/", ["a"], true),
            ("/druid/v2/sql/", ["druid", "v2", "sql"], true), ("/a%2Fb/c", ["a/b", "c"], false),
            ("/%252e%252e", ["%2e%2e"], false), ("/%ED%95%9C", ["한"], false),
            ("/a+b", ["a+b"], false), ("/...", ["..."], false),
            ("/v1/tables/t:compact", ["v1", "tables", "t:compact"], false),
        ] as [(String, [String], Bool)])
    func paths(_ text: String, _ segments: [String], _ trailing: Bool) throws {
        let parsed = try target(text)
        #expect(parsed.segments == segments)
        #expect(parsed.hasTrailingSlash == trailing)
    }

    @Test(
        "What another parser might read differently is refused",
        arguments: [
            "", "a", "*", "http://localhost/", "//", "//a", "/a//b", "/a//", "/.", "/..", "/a/../b",
            "/a/.", "/%2e%2e/a", "/%2E", "/.%2e", "/a;b", "/users;.", "/a%3Bb", "/a\\b", "/a%5Cb",
            "/%00", "/a%0d%0aX:y", "/%7f", "/%", "/%4", "/%zz", "/%+1", "/a b", "/a#b", "/%ff",
            "/%c0%ae", "/%ed%a0%80", "/a?x=%00", "/a?x=%ff", "/a?%", "/a?x=%1",
        ])
    func refused(_ text: String) {
        #expect(throws: HTTPTarget.Failure.self) { try target(text) }
    }

    @Test("Query items come in order, with plus as a space and repeats kept")
    func query() throws {
        let parsed = try target("/p?a=1&b=x+y%2B&a=2&flag&=v&&c=%26%3D")
        let items = parsed.query.map { "\($0.name)=\($0.value)" }
        #expect(items == ["a=1", "b=x y+", "a=2", "flag=", "=v", "c=&="])
        #expect(parsed.value("a") == "1")
        #expect(parsed.value("none") == nil)
        let lines = try target("/p?q=SELECT%0A1")
        #expect(lines.value("q") == "SELECT\n1")
    }

    @Test("8 KiB is the longest target")
    func length() throws {
        let longest = "/" + String(repeating: "a", count: 8191)
        #expect(try target(longest).segments.count == 1)
        #expect(throws: HTTPTarget.Failure.tooLong) { try target(longest + "a") }
    }

    @Test("Header names compare without case and repeats are seen")
    func headers() {
        let headers = HTTPHeaders([("Content-Type", "a"), ("content-type", "b"), ("X", "")])
        #expect(headers["CONTENT-TYPE"] == "a")
        #expect(headers.values("content-Type") == ["a", "b"])
        #expect(headers["X"] == "" && headers["Y"] == nil)
    }
}
