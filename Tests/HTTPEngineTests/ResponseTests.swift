import Locking
import Testing

@testable import HTTPEngine

@Suite struct ResponseTests {
  /// Answers with an entity tag and notes the status that is written; rejects `/reject`.
  private final class NotingResponder: Responder {
    private let state = Locked<[UInt16]>([])

    var written: [UInt16] { state.withLock { $0 } }

    private func noting(_ response: Response) -> Response {
      var response = response
      response.whenWritten = { [self] status in state.withLock { $0.append(status.rawValue) } }
      return response
    }

    func admit(_ head: borrowing RequestHead) -> Admission {
      guard head.path == "/reject" else { return .accept(maximumBodyBytes: 100) }
      return .answer(noting(Response(status: .notFound)))
    }

    func respond(to request: consuming Request, reply: consuming Reply) {
      reply.send(noting(Response(fields: ["ETag": "\"a\""], body: .bytes([0x61]))))
    }

    func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
      noting(Response(status: refusal.status))
    }
  }

  private static let chunked = "Transfer-Encoding: chunked\r\n\r\n"

  @Test(
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
      ("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"a\"\r\n\r\n", [304]),
      ("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"b\"\r\n\r\n", [200]),
      ("POST /reject HTTP/1.1\r\nHost: a\r\n\(chunked)3\r\nabc\r\n0\r\n\r\n", [404]),
      // The rejection is replaced: one request, one answer, counted once.
      ("POST /reject HTTP/1.1\r\nHost: a\r\n\(chunked)3\r\nabcX", [400]),
      ("GET / HTTP/1.1\r\n\r\n", [400]),
    ] as [(String, [UInt16])])
  func `tells once which status is written`(_ input: String, _ expected: [UInt16]) throws {
    let responder = NotingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send(input)
    #expect(client.readResponse()?.status == expected.first.map(Int.init))
    #expect(responder.written == expected)
    #expect(server.observer.counts.completed == expected)
  }

  @Test func `does not tell of an answer that nobody is left to read`() throws {
    let responder = NotingResponder()
    let server = try TestServer(responder)
    do {
      let client = try server.connect()
      client.send("POST /reject HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
      client.resetOnClose()
    }
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
    #expect(responder.written.isEmpty)
  }
}
