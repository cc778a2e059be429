import HTTPEngine
import Telemetry
import TestSupport
import Testing
import WorkerPool

@testable import PruningService

/// A service that forgets to answer whatever it has admitted.
private struct ForgetfulResponder: Responder {
  let service: ServiceResponder

  func admit(_ head: borrowing RequestHead) -> Admission { service.admit(head) }

  func respond(to request: consuming Request, reply: consuming Reply) { _ = reply }

  func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
    service.refuse(refusal, head: head)
  }
}

@Suite struct UnforeseenFailureTests {
  private func errorID(_ record: LogRecord?) -> String? {
    for field in record?.fields ?? [] where field.key == "error.id" {
      if case .string(let id) = field.value { return id }
    }
    return nil
  }

  @Test func `a reply that is dropped is 500 with the identifier that the log has`() throws {
    let harness = try RouteHarness()
    let server = HTTPServer(
      configuration: ServerConfiguration(
        listeners: [ListenerConfiguration(name: "main", host: "127.0.0.1", port: 0)]),
      responder: ForgetfulResponder(service: harness.parts.responder))
    let port = try server.start()[0].port
    let answer = try ServiceConnection(port: port).exchange(
      "POST", "/v1/prune", fields: [("Content-Type", "application/json")],
      body: ServiceRequests.json)
    server.stop()
    #expect(answer.status == 500)
    #expect(answer["content-type"] == "application/problem+json")
    let errors = harness.records.all.filter { $0.level == .error }
    #expect(errors.count == 1)
    let id = try #require(errorID(errors.first))
    #expect(answer.text.contains("\"error_id\":\"\(id)\""))
    // Nothing of the forgotten request stays behind.
    #expect(harness.parts.admission.ledger.total == Holding())
    #expect(harness.parts.pools.pruning.status.depth == 0)
  }
}
