import HTTPEngine
import Testing
import WorkerPool

@testable import PruningService

@Suite struct AdmissionControlTests {
  private func head(
    _ length: Int?, _ fields: HeaderFields = ["Content-Type": "application/vnd.safetensors"]
  ) -> RequestHead {
    RequestHead(method: .post, target: "/v1/prune", fields: fields, contentLength: length)
  }

  @Test func `a full queue is 503 with Retry-After until a place is free`() throws {
    let harness = try RouteHarness { $0.queueCapacity = 2 }
    let admission = harness.parts.admission
    do {
      let first = try admission.admit(.prune, head(10))
      let second = try admission.admit(.prune, head(10))
      let problem = #expect(throws: ServiceProblem.self) { try admission.admit(.prune, head(10)) }
      #expect(problem?.type == .overloaded)
      #expect((1...60).contains(problem?.retryAfterSeconds ?? 0))
      _ = (first, second)
    }
    #expect(throws: Never.self) { try admission.admit(.prune, head(10)) }
    #expect(admission.inFlight.current == 0)
  }

  @Test func `bytes above the ceiling are 503, and the place in the queue is not taken`() throws {
    let harness = try RouteHarness {
      $0.maximumBodyBytes = 1000
      $0.inFlightBytes = 1500
    }
    let admission = harness.parts.admission
    let first = try admission.admit(.prune, head(1000))
    let problem = #expect(throws: ServiceProblem.self) { try admission.admit(.prune, head(501)) }
    #expect(problem?.type == .overloaded)
    #expect(harness.parts.pool.status.depth == 1)
    #expect(throws: Never.self) { try admission.admit(.prune, head(500)) }
    #expect(first.maximumBodyBytes == 1000)
  }

  @Test func `a length above the limit of its encoding is 413 and reserves nothing`() throws {
    let harness = try RouteHarness {
      $0.maximumBodyBytes = 1000
      $0.maximumJSONBodyBytes = 100
    }
    let admission = harness.parts.admission
    for (type, limit) in [("application/json", 100), ("application/vnd.safetensors", 1000)] {
      let fields: HeaderFields = ["Content-Type": type]
      #expect(throws: Never.self) { try admission.admit(.prune, head(limit, fields)) }
      let problem = #expect(throws: ServiceProblem.self) {
        try admission.admit(.prune, head(limit + 1, fields))
      }
      #expect(problem?.type == .contentTooLarge)
      #expect(problem?.extensions == [.limitBytes(limit)])
    }
    #expect(admission.inFlight.current == 0)
    #expect(harness.parts.pool.status.depth == 0)
  }

  @Test(
    arguments: [
      (nil, nil), ("0", 0), ("1500", 1500), ("0007", 7), ("9999999999", 9_999_999_999),
    ] as [(String?, UInt64?)]) func `a deadline is a whole number of milliseconds`(
      text: String?, value: UInt64?
    ) throws
  {
    #expect(try AdmissionControl.deadlineMilliseconds(text) == value)
  }

  @Test(arguments: ["", "-1", "+1", "1.5", "1s", " 1", "10000000000", "0x10", "\u{0661}"])
  func `anything else is 400`(text: String) {
    let problem = #expect(throws: ServiceProblem.self) {
      try AdmissionControl.deadlineMilliseconds(text)
    }
    #expect(problem?.type.status == 400)
  }

  @Test func `a draining service is not ready, but takes what connected clients send`() async throws
  {
    let harness = try RouteHarness()
    harness.parts.admission.beginDrain()
    #expect(await harness.post("/v1/plan", "{}").isProblem(.valueOutOfRange))
    #expect(await harness.send(.get, "/readyz").isProblem(.draining))
  }

  @Test func `a drained service takes no work, is alive and not ready`() async throws {
    let harness = try RouteHarness()
    harness.parts.admission.close()
    let work = await harness.post("/v1/plan", "{}")
    #expect(work.isProblem(.draining))
    #expect(work.fields["retry-after"] == "1")
    #expect(await harness.send(.get, "/readyz").isProblem(.draining))
    #expect(await harness.send(.get, "/healthz").isProblem(.draining))
    #expect(await harness.send(.get, "/livez").status == .ok)
  }

  @Test func `what admission refuses is counted by reason`() async throws {
    let harness = try RouteHarness { $0.queueCapacity = 1 }
    let held = try harness.parts.admission.admit(.prune, head(1))
    _ = await harness.post("/v1/plan", "{}")
    let text = await harness.send(.get, "/metrics").text
    #expect(text.contains("vflowopt_queue_rejected_total{reason=\"queue\"} 1"))
    #expect(text.contains("vflowopt_queue_rejected_total{reason=\"bytes\"} 0"))
    #expect(held.work.operation == .prune)
  }
}
