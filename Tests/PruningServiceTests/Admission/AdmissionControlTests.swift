import HTTPEngine
import Locking
import TestSupport
import Testing
import WorkerPool

@testable import PruningService

@Suite struct AdmissionControlTests {
  private func head(
    _ length: Int?, _ fields: HeaderFields = ["Content-Type": "application/vnd.safetensors"]
  ) -> RequestHead {
    RequestHead(method: .post, target: "/v1/prune", fields: fields, contentLength: length)
  }

  private static let one = ClientIdentity.key("one")
  private static let two = ClientIdentity.key("two")

  @Test func `a full queue is 503 with Retry-After until a place is free`() throws {
    let harness = try RouteHarness { $0.queueCapacity = 2 }
    let admission = harness.parts.admission
    do {
      let first = try admission.admit(.prune, head(10), from: Self.one)
      let second = try admission.admit(.prune, head(10), from: Self.one)
      let problem = #expect(throws: ServiceProblem.self) {
        try admission.admit(.prune, head(10), from: Self.one)
      }
      #expect(problem?.type == .overloaded)
      #expect((1...60).contains(problem?.retryAfterSeconds ?? 0))
      _ = (first, second)
    }
    #expect(throws: Never.self) { try admission.admit(.prune, head(10), from: Self.one) }
    #expect(admission.ledger.total == Holding())
  }

  @Test func `requests that would wait long are refused although there are places`() throws {
    let harness = try RouteHarness {
      $0.queueWait = .zero
      $0.threads = 2
    }
    var held: [AdmittedWork] = []
    let problem = #expect(throws: ServiceProblem.self) {
      while true {
        held.append(try harness.parts.admission.admit(.prune, head(0), from: Self.one).work)
      }
    }
    // Three quarters of what two workers and ten places take.
    #expect(held.count == 9)
    #expect(problem?.type == .overloaded)
    #expect(problem?.retryAfterSeconds == 1)
    #expect(throws: Never.self) {
      try harness.parts.admission.admit(.prune, head(0), from: Self.two)
    }
  }

  @Test func `bytes above the ceiling are 503, and the place in the queue is not taken`() throws {
    let harness = try RouteHarness {
      $0.maximumBodyBytes = 1000
      $0.inFlightBytes = 1500
    }
    let admission = harness.parts.admission
    let first = try admission.admit(.prune, head(1000), from: Self.one)
    let problem = #expect(throws: ServiceProblem.self) {
      try admission.admit(.prune, head(501), from: Self.two)
    }
    #expect(problem?.type == .overloaded)
    #expect(harness.parts.pool.status.depth == 1)
    #expect(throws: Never.self) { try admission.admit(.prune, head(500), from: Self.two) }
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
      #expect(throws: Never.self) {
        try admission.admit(.prune, head(limit, fields), from: Self.one)
      }
      let problem = #expect(throws: ServiceProblem.self) {
        try admission.admit(.prune, head(limit + 1, fields), from: Self.one)
      }
      #expect(problem?.type == .contentTooLarge)
      #expect(problem?.extensions == [.limitBytes(limit)])
    }
    #expect(admission.ledger.total == Holding())
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

  @Test func `a client over its share is 429 with Retry-After, another one is taken`() throws {
    let harness = try RouteHarness {
      $0.queueCapacity = 100
      $0.queueWait = .seconds(3600)
    }
    let admission = harness.parts.admission
    let stranger = try admission.admit(.prune, head(10), from: Self.two)
    var held: [AdmittedWork] = []
    var problem: ServiceProblem?
    while problem == nil {
      do throws(ServiceProblem) {
        held.append(try admission.admit(.prune, head(10), from: Self.one).work)
      } catch { problem = error }
    }
    #expect((70...80).contains(held.count))
    #expect(problem?.type == .rateLimited)
    #expect((1...60).contains(problem?.retryAfterSeconds ?? 0))
    #expect(throws: Never.self) { try admission.admit(.prune, head(10), from: Self.two) }
    _ = stranger
  }

  @Test func `a client that is over its share alone has filled the house: 503`() throws {
    let harness = try RouteHarness {
      $0.queueCapacity = 100
      $0.queueWait = .seconds(3600)
    }
    var held: [AdmittedWork] = []
    let problem = #expect(throws: ServiceProblem.self) {
      while true {
        held.append(try harness.parts.admission.admit(.prune, head(10), from: Self.one).work)
      }
    }
    #expect(problem?.type == .overloaded)
    #expect(held.count < 100)
  }

  @Test func `heads that announce much leave room for a small request`() async throws {
    let harness = try RouteHarness()
    var held: [AdmittedWork] = []
    for _ in 0..<4 {
      let work = try? harness.parts.admission.admit(
        .prune, head(512 << 20), from: ClientIdentity(ConnectionInfo.detached))
      if let work { held.append(work.work) }
    }
    #expect(held.count == 2)
    let answer = await harness.send(
      .post, "/v1/prune", ["Content-Type": "application/json"], body: ServiceRequests.json)
    #expect(answer.status == .ok)
  }

  @Test func `a body that fell behind loses its place to a request that needs it`() async throws {
    let time = Locked<UInt64>(0)
    let harness = try RouteHarness { $0.queueCapacity = 1 }
    let admission = AdmissionControl(
      configuration: ServiceConfiguration(), pool: harness.parts.pool,
      metrics: harness.parts.metrics, clock: { time.withLock { $0 } })
    let slow = try admission.admit(.prune, head(10), from: Self.one).work
    #expect(throws: ServiceProblem.self) { try admission.admit(.prune, head(10), from: Self.two) }
    time.withLock { $0 = 1_000_000_001 }
    let next = try admission.admit(.prune, head(10), from: Self.two).work
    #expect(slow.claim.usePlace() == nil)
    #expect(!slow.claim.bodyIsComplete(10))
    #expect(next.claim.usePlace() != nil)
  }

  @Test func `what admission refuses is counted by reason`() async throws {
    let harness = try RouteHarness { $0.queueCapacity = 1 }
    let held = try harness.parts.admission.admit(.prune, head(1), from: Self.one)
    _ = await harness.post("/v1/plan", "{}")
    let text = await harness.send(.get, "/metrics").text
    #expect(text.contains("vflowopt_queue_rejected_total{reason=\"queue\"} 1"))
    #expect(text.contains("vflowopt_queue_rejected_total{reason=\"bytes\"} 0"))
    #expect(held.work.operation == .prune)
  }
}
