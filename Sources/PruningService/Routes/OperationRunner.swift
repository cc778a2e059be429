import HTTPEngine
import Synchronization
import Tensors
import WorkerPool

/// Hands admitted work to the pool and its answers back to the engine.
final class OperationRunner: Sendable {
  private let pool: WorkerPool
  private let buffers: BufferPool
  private let operations: Operations
  private let observation: RequestObservation

  init(
    pool: WorkerPool, buffers: BufferPool, operations: Operations, observation: RequestObservation
  ) {
    self.pool = pool
    self.buffers = buffers
    self.operations = operations
    self.observation = observation
  }

  /// Queues a complete request in the place that admission took for it.
  func submit(
    _ request: consuming Request, _ work: AdmittedWork, exchange: Exchange, reply: consuming Reply
  ) {
    let receivedAt = request.receivedAt
    let cancellation = request.cancellation
    let deadline = work.deadlineMilliseconds.map {
      Deadline.after(milliseconds: $0, from: receivedAt)
    }
    let body = request.body
    let answer = PendingReply(reply)
    observation.metrics.requestsInFlight.increment()
    let job = Job(deadline: deadline, isCancelled: { cancellation.isCancelled }) { outcome in
      let response = self.response(to: body, work, exchange, outcome)
      self.observation.metrics.requestsInFlight.decrement()
      answer.send(response)
    }
    pool.submit(job, using: work.slot)
  }

  private func response(
    to body: BodyBuffer, _ work: AdmittedWork, _ exchange: Exchange, _ outcome: JobOutcome
  ) -> Response {
    switch outcome {
    case .run(let context):
      var exchange = exchange
      do throws(ServiceProblem) {
        let response = try run(work, body, context, &exchange)
        return observation.finish(response, exchange)
      } catch { return observation.finish(error, exchange) }
    case .deadlineExceeded: return observation.finish(.deadlineExceeded, exchange)
    case .cancelled: return observation.finish(.clientGone, exchange)
    case .draining: return observation.finish(.draining, exchange)
    }
  }

}

/// A reply in a job's closure, which could be called more than once as far as its type tells.
private final class PendingReply: Sendable {
  private let reply: Mutex<Reply?>

  init(_ reply: consuming Reply) { self.reply = Mutex(reply) }

  func send(_ response: Response) {
    reply.withLock { $0.take() }?.send(response)
  }
}
