import Testing

@testable import HTTPEngine

@Suite struct HTTP1ResponseWriterTests {
  private func write(
    _ response: Response, _ plan: HTTP1Connection.ResponsePlan, server: String? = nil
  ) -> String {
    let output = OutputBuffer()
    let date = Array("Date: now\r\n".utf8)
    HTTP1ResponseWriter(serverName: server).writeHead(
      response, plan: plan, date: date.span, to: output)
    // The output outlives the copy.
    return unsafe String(decoding: output.bytes, as: UTF8.self)
  }

  private func plan(
    _ connection: HTTP1Connection.ResponsePlan.Connection,
    _ content: HTTP1Connection.ResponsePlan.Content
  ) -> HTTP1Connection.ResponsePlan {
    .init(connection: connection, content: content, sendsContent: true)
  }

  @Test func `writes the status line, the fields and the framing`() {
    #expect(
      write(Response(fields: ["A": "b"]), plan(.unsaid, .length(3)), server: "s/1")
        == "HTTP/1.1 200 OK\r\nA: b\r\nDate: now\r\nServer: s/1\r\nContent-Length: 3\r\n\r\n")
    #expect(
      write(Response(status: 422), plan(.close, .chunked))
        == "HTTP/1.1 422 Unprocessable Content\r\nDate: now\r\nTransfer-Encoding: chunked\r\n"
        + "Connection: close\r\n\r\n")
    #expect(
      write(Response(status: 299), plan(.keepAlive, .none))
        == "HTTP/1.1 299 \r\nDate: now\r\nConnection: keep-alive\r\n\r\n")
  }

  @Test func `replaces what the application says about framing`() {
    let response = Response(fields: [
      "Content-Length": "99", "transfer-encoding": "gzip", "Connection": "upgrade",
      "Keep-Alive": "x", "B": "c",
    ])
    #expect(
      write(response, plan(.unsaid, .length(0)))
        == "HTTP/1.1 200 OK\r\nB: c\r\nDate: now\r\nContent-Length: 0\r\n\r\n")
  }

  @Test func `keeps a date and a server that the application says`() {
    #expect(
      write(Response(fields: ["date": "then", "Server": "x"]), plan(.unsaid, .none), server: "s")
        == "HTTP/1.1 200 OK\r\ndate: then\r\nServer: x\r\n\r\n")
  }
}
