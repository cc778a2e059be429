import HTTPEngine
import Testing
import WorkerPool

@testable import PruningService

@Suite struct ServiceProblemServiceTests {
  @Test(
    arguments: [
      (JobInterruption.deadlineExceeded, 504), (.draining, 503), (.cancelled, 408),
    ]) func `an interruption has a status`(interruption: JobInterruption, status: Int)
  {
    #expect(ServiceProblem(interruption).type.status == status)
  }

  @Test(
    arguments: [
      (Refusal.targetTooLong(limitBytes: 7), 7), (.fieldsTooLarge(limitBytes: 8), 8),
      (.contentTooLarge(limitBytes: 9), 9),
    ]) func `a refusal for size tells the limit`(refusal: Refusal, limit: Int)
  {
    #expect(ServiceProblem(refusal).extensions == [.limitBytes(limit)])
  }

  @Test func `what passes by itself says when to come back`() {
    #expect(ServiceProblem.draining.retryAfterSeconds == 1)
    #expect(ServiceProblem(.tooManyConnections).retryAfterSeconds == 1)
    #expect(ServiceProblem(.requestTimeout).retryAfterSeconds == nil)
  }

  @Test func `the two faults of a content type are answered with their own field`() {
    let id = RequestIdentity(nil).id
    let coding = Response(.contentCoding, requestID: id, errorID: nil)
    #expect(coding.fields["accept-encoding"] == "gzip, deflate")
    #expect(coding.fields["accept"] == nil)
    let type = Response(.mediaType, requestID: id, errorID: nil)
    #expect(type.fields["accept"] == "application/json, application/vnd.safetensors")
    #expect(type.fields["accept-encoding"] == nil)
  }
}
