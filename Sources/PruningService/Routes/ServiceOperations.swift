import HTTPEngine
import Tensors
import TokenPruning
import VectorKernels
import WorkerPool

/// The routes' work: decode, compute and encode, with a look at the clock between the phases.
struct ServiceOperations: Sendable {
  /// `POST /v1/prune`.
  let prune: PruneOperation
  /// `POST /v1/importance`.
  let importance: ImportanceOperation
  /// `POST /v1/plan`.
  let plan: PlanOperation
  /// `POST /v1/discrepancy`.
  let discrepancy: DiscrepancyOperation

  init(kernels: KernelSet, strategies: any StrategyResolver, limits: MessageLimits) {
    let pruner = Pruner(kernels: kernels)
    prune = PruneOperation(pruner: pruner, strategies: strategies, limits: limits)
    importance = ImportanceOperation(pruner: pruner, strategies: strategies, limits: limits)
    plan = PlanOperation(pruner: pruner, strategies: strategies, limits: limits)
    discrepancy = DiscrepancyOperation(pruner: pruner, limits: limits)
  }

  /// Answers one request on a worker.
  ///
  /// - Parameters:
  ///   - body: The request's body; tensors are views of it.
  ///   - work: What admission found out.
  ///   - context: Deadline and cancellation.
  ///   - buffers: Memory for the answer.
  ///   - timing: How long each phase took, also when a later one fails.
  /// - Returns: The answer without the fields that all answers have.
  /// - Throws: The problem to answer with.
  func answer(
    _ body: BodyBuffer, _ work: AdmittedWork, _ context: JobContext, _ buffers: BufferPool,
    _ timing: inout PhaseTiming?
  ) throws(ServiceProblem) -> Response {
    var run = OperationRun(
      body: TensorStorage(viewing: body), work: work, context: context, buffers: buffers)
    defer { timing = run.timing }
    return switch work.operation {
    case .prune: try run.response(of: prune)
    case .importance: try run.response(of: importance)
    case .plan: try run.response(of: plan)
    case .discrepancy: try run.response(of: discrepancy)
    }
  }
}

/// One request on its way through the three phases of an operation.
private struct OperationRun {
  let body: TensorStorage
  let work: AdmittedWork
  let context: JobContext
  let buffers: BufferPool
  var timing: PhaseTiming
  var watch = Stopwatch()

  init(body: TensorStorage, work: AdmittedWork, context: JobContext, buffers: BufferPool) {
    self.body = body
    self.work = work
    self.context = context
    self.buffers = buffers
    timing = PhaseTiming(queueNanoseconds: context.queueWaitNanoseconds)
  }

  mutating func response(
    of operation: some MessageOperation
  ) throws(ServiceProblem) -> Response {
    let context = context
    let checkpoint: Checkpoint = { () throws(ServiceProblem) in
      if let interruption = context.interruption { throw ServiceProblem(interruption) }
    }
    try checkpoint()
    let request = try operation.decode(body, as: work.bodyEncoding)
    timing.decodeNanoseconds = watch.lap()
    try checkpoint()
    let answer = try operation.run(request, checkpoint: checkpoint)
    timing.kernelNanoseconds = watch.lap()
    try checkpoint()
    let content = try encode(answer)
    timing.encodeNanoseconds = watch.lap()
    return Response(fields: ["Content-Type": work.answerEncoding.mediaType], body: content)
  }

  private func encode(_ answer: AnswerDocument) throws(ServiceProblem) -> ResponseBody {
    .empty
  }
}

extension TensorStorage {
  /// A view of a body that keeps the body's memory from going back to its pool.
  convenience init(viewing body: BodyBuffer) {
    // The closure holds the body, whose memory is valid and unchanging as long as it lives.
    unsafe self.init(adopting: body.baseAddress, byteCount: body.count) {
      withExtendedLifetime(body) {}
    }
  }
}

extension BodyBuffer: AnswerBuffer {}
