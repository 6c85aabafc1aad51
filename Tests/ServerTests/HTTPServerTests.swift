import Server
import Testing

@Suite("The HTTP door")
struct HTTPServerTests {
    @Test("A request's method, path, query and body reach the handler")
    func headAndBody() throws {
        try withServer { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            let got = try client.send(.get, "/v1/tables/a%2Fb?x=1&y=a%20b+c&x=2")
            #expect(got.status == 200)
            #expect(got.text == "GET /v1/tables/a/b x=1 y=a b c x=2")
            let posted = try client.send(.post, "/p", body: Array("hello".utf8))
            #expect(posted.text == "POST /p body=hello")
        }
    }
}
