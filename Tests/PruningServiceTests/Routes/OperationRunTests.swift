import HTTPEngine
import Synchronization
import Tensors
import Testing
import WorkerPool

@testable import PruningService

@Suite struct OperationRunTests {
  /// An operation whose client leaves, or whose time is up, at a chosen phase.
  private struct Probe: MessageOperation {
    enum Phase: Int, Sendable {
      case start
      case decode
      case run
      case never
    }

    let leavesIn: Phase
    let gone: Cancellation
    let reached: Reached

    func decode(
      _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
    ) -> Int {
      reached.note(.decode)
      if leavesIn == .decode { gone.cancel() }
      return body.byteCount
    }

    func run(_ request: Int, checkpoint: Checkpoint) throws(ServiceProblem) -> AnswerDocument {
      reached.note(.run)
      if leavesIn == .run { gone.cancel() }
      try checkpoint()
      var body = AnswerObject()
      body.append("bytes", .integer(request))
      return AnswerDocument(body, tellsTiming: false)
    }
  }

  private final class Reached: Sendable {
    private let phase = Atomic<Int>(0)

    func note(_ phase: Probe.Phase) { self.phase.store(phase.rawValue, ordering: .relaxed) }

    var last: Probe.Phase { Probe.Phase(rawValue: phase.load(ordering: .relaxed)) ?? .start }
  }

  private func run(
    _ probe: Probe, deadline: Deadline? = nil
  ) throws(ServiceProblem) -> (response: Response, timing: PhaseTiming) {
    let gone = probe.gone
    let context = JobContext(deadline: deadline, isCancelled: { gone.isCancelled })
    var run = OperationRun(
      body: TensorStorage(byteCount: 12) { _ in }, bodyEncoding: .json, answerEncoding: .json,
      context: context, buffers: BufferPool(maximumIdleBytes: 0))
    return (try run.response(of: probe), run.timing)
  }

  @Test func `an operation goes through its phases`() throws {
    let probe = Probe(leavesIn: .never, gone: Cancellation(), reached: Reached())
    let (response, timing) = try run(probe)
    #expect(response.text == "{\"bytes\":12}")
    #expect(response.fields["content-type"] == "application/json")
    #expect(timing.decodeNanoseconds > 0)
    #expect(timing.encodeNanoseconds > 0)
  }

  @Test func `a deadline that has passed stops the work before its first phase`() {
    let probe = Probe(leavesIn: .never, gone: Cancellation(), reached: Reached())
    let problem = #expect(throws: ServiceProblem.self) {
      try run(probe, deadline: Deadline(nanoseconds: 1))
    }
    #expect(problem == .deadlinePassed)
    #expect(probe.reached.last == .start)
  }

  @Test(arguments: [1, 2])
  func `a client that leaves in a phase stops the work at its end`(phase: Int) throws {
    let leaving = try #require(Probe.Phase(rawValue: phase))
    let probe = Probe(leavesIn: leaving, gone: Cancellation(), reached: Reached())
    #expect(throws: ServiceProblem.self) { try run(probe) }
    #expect(probe.reached.last == leaving)
  }

  @Test func `a view of a body keeps its memory out of the pool`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    var storage: TensorStorage?
    do {
      let body = pool.take(capacity: 100)
      body.write { bytes in
        bytes.storeBytes(of: 7, as: UInt8.self)
        return 1
      }
      storage = TensorStorage(viewing: body)
    }
    #expect(pool.idleBytes == 0)
    #expect(storage?.byteCount == 1)
    storage = nil
    #expect(pool.idleBytes > 0)
  }
}
