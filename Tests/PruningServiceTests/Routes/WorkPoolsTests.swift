import Glibc
import HTTPEngine
import Testing
import WorkerPool

@testable import PruningService

@Suite struct WorkPoolsTests {
  @Test func `a full queue of calibration is told, and prunes go on`() async throws {
    let desk = try await StudyDesk.withStudy()
    let pools = desk.harness.parts.pools
    let places = (0..<WorkPools.calibrationQueueCapacity).compactMap { _ in pools.fitting.reserve()
    }
    #expect(places.count == WorkPools.calibrationQueueCapacity)
    let ask = await desk.post("/v1/studies/s/trials:ask", "{}")
    #expect(ask.response.isProblem(.overloaded))
    #expect(ask.response.fields["retry-after"] != nil)
    #expect(await desk.get("/v1/studies/s").status == 200)
    let plan = await desk.post(
      "/v1/plan", #"{"strategy":"llava-onevision-7b@0.25","items":[{"input_tokens":576}]}"#)
    #expect(plan.status == 200)
    for place in places { place.release() }
    #expect(await desk.post("/v1/studies/s/trials:ask", "{}").status == 200)
  }

  @Test func `each kind of work has its pool`() throws {
    let shared = try WorkerPool(workers: 1, queueCapacity: 1, name: "test")
    let pools = try WorkPools(pruning: shared)
    let head = RequestHead(method: .post, target: "/")
    func pool(_ action: CalibrationAction) throws -> WorkerPool {
      pools[.calibration(try CalibrationCall(action, head, .none))]
    }
    #expect(pools[.prune] === shared)
    #expect(try pool(.ask) === pools.fitting)
    #expect(try pool(.importances) === pools.fitting)
    #expect(try pool(.tell) === pools.storing)
    pools.stop()
  }

  @Test func `fits run behind all others, and nothing else does`() async throws {
    let shared = try WorkerPool(workers: 1, queueCapacity: 1, name: "test")
    let pools = try WorkPools(pruning: shared)
    func niceness(_ pool: WorkerPool) async throws -> Int32 {
      let place = try #require(pool.reserve())
      return await withCheckedContinuation { continuation in
        let job = Job { _ in
          continuation.resume(returning: getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
        }
        pool.submit(job, using: place)
      }
    }
    let usual = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    #expect(try await niceness(pools.fitting) == 19)
    #expect(try await niceness(pools.storing) == usual)
    #expect(try await niceness(shared) == usual)
    pools.stop()
  }

  @Test func `a checkpoint that gives way interrupts as before`() {
    var looks = 0
    let checkpoint = CountedCheckpoint(failingFrom: 4).checkpoint.givingWay
    while !checkpoint.isInterrupted { looks += 1 }
    #expect(looks == 3)
  }
}

extension PathParameters {
  /// What a path without parameters has.
  fileprivate static var none: PathParameters {
    var router = Router<Int>()
    try? router.add(.get, "/", 0)
    guard case .found(let match) = router.match(.get, path: "/") else {
      preconditionFailure("the root is there")
    }
    return match.parameters
  }
}
