import TestSupport
import Testing
import WorkerPool

@testable import HTTPEngine
@testable import PruningService

@Suite struct OperationRunnerTests {
  static let json: HeaderFields = ["Content-Type": "application/json"]
  static let tensors: HeaderFields = ["Content-Type": "application/vnd.safetensors"]

  @Test func `a request is answered in its own encoding, or in the one it asks for`() async throws {
    let harness = try RouteHarness()
    for (fields, body) in [
      (Self.json, ServiceRequests.json), (Self.tensors, ServiceRequests.safetensors),
    ] {
      let own = await harness.send(.post, "/v1/prune", fields, body: body)
      #expect(own.status == .ok)
      #expect(own.fields["content-type"] == fields["content-type"])
      for type in Negotiation.mediaTypes {
        var asking = fields
        asking.append("Accept", type)
        let answer = await harness.send(.post, "/v1/prune", asking, body: body)
        #expect(answer.fields["content-type"] == type)
      }
    }
  }

  @Test func `both encodings of one request give the same answer`() async throws {
    let harness = try RouteHarness()
    var fields = Self.tensors
    fields.append("Accept", "application/json")
    let first = await harness.send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
    let second = await harness.send(.post, "/v1/prune", fields, body: ServiceRequests.safetensors)
    #expect(first.text == second.text)
    #expect(first.text.contains("\"input_tokens\":16"))
  }

  @Test func `phases are told in one field`() async throws {
    let response = try await RouteHarness()
      .send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
    let value = response.fields["server-timing"] ?? ""
    let phases = value.split(separator: ", ").map { $0.split(separator: ";dur=") }
    #expect(phases.map { String($0[0]) } == ["queue", "decode", "kernel", "encode", "total"])
    for phase in phases { #expect(Double(phase[1]) ?? -1 >= 0) }
  }

  @Test func `a deadline of zero has passed: 504`() async throws {
    let harness = try RouteHarness()
    var fields = Self.json
    fields.append("X-Deadline-Ms", "0")
    let response = await harness.send(.post, "/v1/prune", fields, body: ServiceRequests.json)
    #expect(response.isProblem(.deadlineExceeded))
    let metrics = await harness.send(.get, "/metrics").text
    #expect(metrics.contains("vflowopt_deadline_exceeded_total 1\n"))
  }

  @Test func `the default deadline applies where the request names none`() async throws {
    let harness = try RouteHarness { $0.defaultDeadline = .milliseconds(60_000) }
    let response = await harness.send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
    #expect(response.status == .ok)
  }

  @Test func `work whose client is gone is dropped and counted`() async throws {
    let harness = try RouteHarness()
    let gone = Cancellation()
    gone.cancel()
    let response = await harness.send(
      .post, "/v1/prune", Self.json, body: ServiceRequests.json, cancellation: gone)
    #expect(response.status == Status(499))
    let metrics = await harness.send(.get, "/metrics").text
    #expect(metrics.contains("vflowopt_requests_cancelled_total 1\n"))
  }

  @Test func `a client that has only finished sending hears that it took too long`() async throws {
    let harness = try RouteHarness()
    let silent = Cancellation()
    silent.peerFinishedSending(at: 1)
    let response = await harness.send(
      .post, "/v1/prune", Self.json, body: ServiceRequests.json, cancellation: silent)
    #expect(response.isProblem(.deadlineExceeded))
    #expect(response.text.contains("half-closed"))
    let metrics = await harness.send(.get, "/metrics").text
    #expect(metrics.contains("vflowopt_requests_cancelled_total 0\n"))
  }

  @Test(
    arguments: ["/v1/prune", "/v1/importance", "/v1/plan", "/v1/discrepancy"])
  func `a body that is not what it claims is 400`(target: String) async throws {
    let harness = try RouteHarness()
    #expect(await harness.post(target, "{").isProblem(.malformedBody))
    let bytes = await harness.send(.post, target, Self.tensors, body: [1, 2, 3])
    #expect(bytes.isProblem(.malformedBody))
  }

  @Test func `a body that is not announced is 411, an empty one malformed`() async throws {
    let harness = try RouteHarness()
    let response = await harness.send(.post, "/v1/prune", Self.json)
    #expect(response.isProblem(.lengthRequired))
    let head = RequestHead(
      method: .post, target: "/v1/prune", fields: Self.json, contentLength: 0)
    #expect(await answer(to: head, [], harness)?.isProblem(.malformedBody) == true)
  }

  private func answer(
    to head: RequestHead, _ body: [UInt8], _ harness: RouteHarness
  ) async -> Response? {
    guard case .accept(_, let context) = harness.parts.responder.admit(head) else { return nil }
    let buffer = harness.parts.buffers.take(capacity: body.count)
    // The span is used only during the call.
    unsafe buffer.append(body.span.bytes)
    return await withCheckedContinuation { continuation in
      let reply = Reply { continuation.resume(returning: $0) }
      harness.parts.responder.respond(
        to: Request(head: head, body: buffer, context: context), reply: reply)
    }
  }

  @Test(arguments: [(HTTPVersion.http11, false), (.http2, true)])
  func `a small answer counts where a client may leave a hundred of them unread`(
    version: HTTPVersion, counts: Bool
  ) async throws {
    let harness = try RouteHarness()
    let body = ServiceRequests.json
    let head = RequestHead(
      method: .post, target: "/v1/prune", fields: Self.json, version: version,
      contentLength: body.count)
    do {
      let answer = try #require(await answer(to: head, body, harness))
      let held = harness.parts.admission.ledger.total
      #expect(held == Holding(requests: 0, bytes: counts ? answer.body.count ?? -1 : 0))
    }
    #expect(harness.parts.admission.ledger.total == Holding())
  }

  @Test func `everything admission took is given back`() async throws {
    let harness = try RouteHarness()
    for _ in 0..<20 {
      _ = await harness.send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
      _ = await harness.post("/v1/prune", "[]")
    }
    #expect(harness.parts.pool.status.depth == 0)
    #expect(harness.parts.admission.ledger.total == Holding())
  }

  @Test func `an answer in memory counts until it is gone`() async throws {
    let harness = try RouteHarness()
    let ledger = harness.parts.admission.ledger
    do {
      let answer = await harness.send(
        .post, "/v1/prune", Self.tensors, body: ServiceRequests.safetensors)
      #expect(ledger.total == Holding(requests: 0, bytes: answer.body.count ?? -1))
      #expect(ledger.clients == 1)
    }
    #expect(ledger.total == Holding())
  }

  @Test func `a request whose body came too slowly for the crowd is 503`() async throws {
    let harness = try RouteHarness()
    let responder = harness.parts.responder
    let head = RequestHead(
      method: .post, target: "/v1/prune", fields: Self.tensors, contentLength: 1000)
    guard case .accept(_, let context) = responder.admit(head) else { return }
    let admitted = try #require(context as? AdmittedRequest)
    #expect(admitted.bodyHasArrived(10))
    let client = ClientKey(.address(""))
    let ledger = harness.parts.admission.ledger
    #expect(ledger.makeRoom(for: .places, of: client, at: .max))
    #expect(harness.parts.pool.status.depth == 0)
    let response = await withCheckedContinuation { continuation in
      let reply = Reply { continuation.resume(returning: $0) }
      responder.respond(to: Request(head: head, context: context), reply: reply)
    }
    #expect(response?.isProblem(.overloaded) == true)
    #expect(response?.fields["retry-after"] == "1")
  }
}
