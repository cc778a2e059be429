import HTTPEngine
import Locking
import Tensors
import WorkerPool

/// Hands admitted work to the pool and its answers back to the engine.
final class OperationRunner: Sendable {
  private let pools: WorkPools
  private let buffers: BufferPool
  private let operations: ServiceOperations
  private let observation: RequestObservation

  init(
    pools: WorkPools, buffers: BufferPool, operations: ServiceOperations,
    observation: RequestObservation
  ) {
    self.pools = pools
    self.buffers = buffers
    self.operations = operations
    self.observation = observation
  }

  /// What averages attention while a body arrives; nil for bodies that are not worth it.
  ///
  /// - Parameters:
  ///   - work: What admission found out.
  ///   - length: The body's length, if it was announced.
  ///   - limit: The longest that it may have, which is reserved where it was not.
  /// - Returns: One that has seen nothing.
  func condensation(of work: AdmittedWork, length: Int?, limit: Int) -> BodyCondensation? {
    // That of a coded body is averaged where its coding is undone.
    guard work.inflation == nil else { return nil }
    return operations.condensation(
      of: work, length: length, limit: limit, claim: work.claim, buffers)
  }

  /// Queues a complete request in the place that admission took for it.
  func submit(
    _ request: consuming Request, _ work: AdmittedWork, exchange: Exchange, reply: consuming Reply
  ) {
    let pool = pools[work.operation]
    let bodyBytes = work.condensation?.heldBytes(with: request.body) ?? request.body.count
    guard work.claim.bodyIsComplete(bodyBytes), let slot = work.claim.usePlace() else {
      let seconds = pool.status.retryAfterSeconds
      reply.send(observation.finish(.bodyTooSlow(retryAfterSeconds: seconds), exchange))
      return
    }
    let receivedAt = request.receivedAt
    let cancellation = request.cancellation
    let body = request.body
    // The closure could be called more than once as far as its type tells; a reply cannot.
    let reply = Locked<Reply?>(reply)
    let deadline = work.deadlineMilliseconds.map {
      Deadline.after(milliseconds: $0, from: receivedAt)
    }
    let unaccounted = request.head.version == .http2 ? 0 : Self.unaccountedBytes
    observation.metrics.workStarted()
    let run: @Sendable (JobOutcome) -> Void = { outcome in
      let response = self.response(to: body, work, exchange, outcome, cancellation)
      self.observation.metrics.workEnded()
      // Before the answer, so that a client's next request finds room.
      let accounted = self.accounted(response, work.claim, above: unaccounted)
      reply.withLock { $0.take() }?.send(accounted)
    }
    let job = Job(deadline: deadline, isCancelled: { cancellation.isCancelled }, run: run)
    pool.submit(job, using: slot)
  }

  /// An answer too large for a socket counts as in flight until it is sent, however slowly.
  private func accounted(
    _ response: Response, _ claim: AdmissionClaim, above unaccounted: Int
  ) -> Response {
    var response = response
    if case .bytes(let bytes) = response.body, bytes.count > unaccounted {
      let buffer = buffers.take(capacity: bytes.count)
      // The span is used only during the call.
      unsafe buffer.append(bytes.span.bytes)
      response.body = .buffer(buffer)
    }
    guard case .buffer(let buffer) = response.body else {
      claim.release()
      return response
    }
    claim.hasAnswer(bytes: buffer.count)
    buffer.companion = claim
    return response
  }

  /// What a socket takes at once, whoever reads it; not so the streams of HTTP/2, of which one
  /// connection may leave a hundred unread.
  private static let unaccountedBytes = 16 << 10

  private func response(
    to body: BodyBuffer, _ work: AdmittedWork, _ exchange: Exchange, _ outcome: JobOutcome,
    _ cancellation: Cancellation
  ) -> Response {
    switch outcome {
    case .run(let context): return perform(work, on: body, exchange, context, cancellation)
    case .cancelled: return abandon(exchange, cancellation)
    case .deadlineExceeded: return observation.finish(.deadlinePassed, exchange)
    case .draining: return observation.finish(.draining, exchange)
    }
  }

  private func perform(
    _ work: AdmittedWork, on body: BodyBuffer, _ exchange: Exchange, _ context: JobContext,
    _ cancellation: Cancellation
  ) -> Response {
    var exchange = exchange
    var account = WorkAccount()
    do throws(ServiceProblem) {
      let answer = try operations.answer(body, work, context, buffers, &account)
      if work.operation == .prune { observation.metrics.pruned(account.tally) }
      exchange.timing = account.timing
      exchange.tally = work.operation == .prune ? account.tally : nil
      return observation.finish(answer, exchange)
    } catch {
      exchange.timing = account.timing
      // A client that went away between two phases hears nothing.
      guard context.interruption != .cancelled else { return abandon(exchange, cancellation) }
      return coded(observation.finish(error, exchange), work.answerCodings.text)
    }
  }

  /// A problem document that may be long, since the body was looked at.
  private func coded(_ problem: Response, _ coding: ContentEncoding) -> Response {
    var problem = problem
    // Nobody is asked whether the document is still wanted, so nothing can be thrown.
    try? AnswerCompression(buffers: buffers).apply(coding, to: &problem, checkpoint: Checkpoint {})
    return problem
  }
}

extension OperationRunner {
  /// A client that has only finished sending may still read why there is no answer.
  private func abandon(_ exchange: Exchange, _ cancellation: Cancellation) -> Response {
    guard cancellation.isPeerGone else { return observation.finish(.halfClosedTooLong, exchange) }
    return observation.abandon(exchange)
  }
}
