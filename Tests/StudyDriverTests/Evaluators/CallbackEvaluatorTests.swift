import Testing

@testable import StudyDriver

@Suite(.timeLimit(.minutes(15))) struct CallbackEvaluatorTests {
  private let request = EvaluationRequest(study: "s", kind: .trial(.sample(7), rows: nil))

  private func evaluator(_ port: UInt16) throws -> any Evaluator {
    EvaluatorChoice.callback(try HTTPAddress("http://127.0.0.1:\(port)/evaluate")).evaluator()
  }

  @Test func `a server gets the request as its content`() throws {
    let server = ScriptedServer(["HTTP/1.0 200 OK\r\n\r\n0.5"])
    let answer = try evaluator(server.port).answer(
      to: request, Patience(StopSignal(), seconds: 30))
    #expect(answer == Array("0.5".utf8))
    let text = try #require(server.requests.first)
    #expect(text.hasPrefix("POST /evaluate HTTP/1.1\r\n"))
    #expect(text.contains("Content-Type: application/json\r\n"))
    #expect(text.hasSuffix(String(decoding: request.encoded, as: UTF8.self)))
  }

  @Test(arguments: [201, 204, 400, 500])
  func `any other status than 200 is a failure`(status: Int) throws {
    let server = ScriptedServer(["HTTP/1.1 \(status) x\r\nContent-Length: 0\r\n\r\n"])
    let error = #expect(throws: StudyDriverError.self) {
      try evaluator(server.port).answer(to: request, Patience(StopSignal(), seconds: 30))
    }
    #expect(error?.code == .evaluationFailed)
  }
}
