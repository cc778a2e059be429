import HTTPEngine
import TestSupport
import Testing

@Suite struct RequestHeadTests {
  private final class Note: Sendable {
    let path: String

    init(_ path: String) { self.path = path }
  }

  /// Answers with what it finds kept with a head, and keeps the path if there is nothing.
  private struct KeepingResponder: Responder {
    func admit(_ head: borrowing RequestHead) -> Admission {
      let found = (head.reading as? Note)?.path ?? "nothing"
      head.keep(Note(head.path))
      return .answer(Response(body: .bytes(Array(found.utf8))))
    }

    func respond(to request: consuming Request, reply: consuming Reply) {}
  }

  private func get(_ path: String, _ field: String = "a") -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\nX: \(field)\r\n\r\n"
  }

  @Test func `what is kept with a head comes back with the same bytes alone`() throws {
    let server = try TestServer(KeepingResponder())
    let client = try server.connect()
    for (request, found) in [
      (get("/a"), "nothing"), (get("/a"), "/a"), (get("/a"), "/a"), (get("/a", "b"), "nothing"),
      (get("/b"), "nothing"), (get("/a"), "nothing"), (get("/a"), "/a"),
    ] {
      client.send(request)
      #expect(try #require(client.readResponse()).text == found)
    }
    let other = try server.connect()
    other.send(get("/a"))
    #expect(try #require(other.readResponse()).text == "nothing")
  }
}
