import Locking
import Testing

@testable import HTTPEngine

@Suite struct ReplyTests {
  private final class Log: Sendable {
    let answers = Locked<[UInt16?]>([])

    func note(_ response: Response?) { answers.withLock { $0.append(response?.status.rawValue) } }
  }

  @Test func `delivers an answer once`() {
    let log = Log()
    let reply = Reply { log.note($0) }
    reply.send(Response(status: .noContent))
    #expect(log.answers.withLock { $0 } == [204])
  }

  @Test func `tells when it was dropped`() {
    let log = Log()
    do { _ = Reply { log.note($0) } }
    #expect(log.answers.withLock { $0 } == [nil])
  }

  @Test func `is answered with 500 when a worker drops it`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    responder.drop()
    let response = try #require(client.readResponse())
    #expect(response.status == 500)
    #expect(response.value(of: "connection") == nil)
    #expect(eventually { responder.requests.count == 2 })
    responder.answer("next")
    #expect(client.readResponse()?.text == "next")
    #expect(server.observer.counts.refused == [.internal])
  }
}
