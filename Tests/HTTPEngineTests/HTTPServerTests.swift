import Testing

@testable import HTTPEngine

@Suite struct HTTPServerTests {
  @Test func `answers requests on one connection in order`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    let first = try #require(client.readResponse())
    #expect(first.status == 200)
    #expect(first.text == "GET /a")
    client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
    #expect(client.readResponse()?.text == "POST /b hello")
  }
}
