import Testing

@testable import StudyDriver

@Suite(.timeLimit(.minutes(15))) struct HTTPExchangeTests {
  private static let created =
    "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

  private func exchange(_ port: UInt16, _ path: String = "") throws -> HTTPExchange {
    HTTPExchange(address: try HTTPAddress("http://127.0.0.1:\(port)\(path)"), apiKey: "secret")
  }

  @Test(arguments: [1, 5, 4096])
  func `a request carries its content and the key`(piece: Int) throws {
    let server = ScriptedServer([Self.created], piece: piece)
    let answer = try exchange(server.port, "/base").answer(
      "POST", "/v1/studies", body: Array("{\"a\":1}".utf8), mediaType: "application/json",
      Patience(StopSignal(), seconds: 30))
    #expect(answer.status == 201)
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("POST /base/v1/studies HTTP/1.1\r\n"))
    #expect(request.contains("Authorization: Bearer secret\r\n"))
    #expect(request.contains("Content-Length: 7\r\n"))
    #expect(request.hasSuffix("{\"a\":1}"))
  }

  @Test func `nobody at the address is told as that`() throws {
    // A port that was free a moment ago.
    let port = ScriptedServer([]).port
    #expect(throws: StudyDriverError.self) {
      try exchange(port == 9 ? 10 : 9).answer(
        "GET", "/", body: nil, mediaType: "", Patience(StopSignal(), seconds: 5))
    }
  }

  @Test func `a silent server is waited for as long as the patience lasts`() throws {
    let server = ScriptedServer(["", ""])
    let silent = ScriptedServer([])
    let error = #expect(throws: StudyDriverError.self) {
      try exchange(silent.port).answer(
        "GET", "/", body: nil, mediaType: "", Patience(StopSignal(), seconds: 0.05))
    }
    #expect(error?.code == .timedOut)
    let empty = #expect(throws: StudyDriverError.self) {
      try exchange(server.port).answer(
        "GET", "/", body: nil, mediaType: "", Patience(StopSignal(), seconds: 30))
    }
    #expect(empty?.code == .malformedAnswer)
  }

  @Test func `a signal to stop cuts the wait short`() throws {
    let silent = ScriptedServer([])
    let stop = StopSignal()
    stop.fire()
    let error = #expect(throws: StudyDriverError.self) {
      try exchange(silent.port).answer("GET", "/", body: nil, mediaType: "", Patience(stop))
    }
    #expect(error?.code == .interrupted)
    #expect(stop.isFired)
  }
}
