import HTTPEngine
import TensorCoding
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
  /// Studies and stored strategies; nil where there is no store.
  let calibration: CalibrationDesk?
  /// The numeric kernels.
  let kernels: KernelSet
  /// Bounds on what is read.
  let limits: MessageLimits
  /// What bodies have said lately.
  let headers: RecentHeaders
  private let lending: MemoryLending?

  init(
    kernels: KernelSet, strategies: any StrategyResolver, limits: MessageLimits,
    calibration: CalibrationDesk? = nil, lending: MemoryLending? = nil
  ) {
    self.calibration = calibration
    self.lending = lending
    self.kernels = kernels
    self.limits = limits
    headers = RecentHeaders(limits: limits.coding)
    let pruner = Pruner(kernels: kernels)
    prune = PruneOperation(pruner: pruner, strategies: strategies, limits: limits)
    importance = ImportanceOperation(pruner: pruner, strategies: strategies, limits: limits)
    plan = PlanOperation(strategies: strategies, limits: limits)
    discrepancy = DiscrepancyOperation(pruner: pruner, limits: limits)
  }

  /// What averages attention while a body comes; nil for bodies that are not worth it.
  ///
  /// - Parameters:
  ///   - work: What admission found out.
  ///   - length: The body's length, if it is known.
  ///   - limit: The longest that it may have.
  ///   - claim: What gets back what will not be held; nil if it has only what is held.
  ///   - buffers: Memory for sums.
  /// - Returns: One that has seen nothing.
  func condensation(
    of work: AdmittedWork, length: Int?, limit: Int, claim: AdmissionClaim?, _ buffers: BufferPool
  ) -> BodyCondensation? {
    guard length ?? limit >= CondensationPlan.smallestKept, work.bodyEncoding == .safetensors
    else { return nil }
    switch work.operation {
    case .prune, .importance:
      return BodyCondensation(
        length: length, reserved: length ?? limit, kernels: kernels, limits: limits.coding,
        headers: headers, buffers: buffers, claim: claim)
    case .plan, .discrepancy, .calibration: return nil
    }
  }

  /// Answers one request on a worker.
  ///
  /// - Parameters:
  ///   - body: The request's body; tensors are views of it.
  ///   - work: What admission found out.
  ///   - context: Deadline and cancellation.
  ///   - buffers: Memory for the answer.
  ///   - account: What the work came to, also when a later phase fails.
  /// - Returns: The answer without the fields that all answers have.
  /// - Throws: The problem to answer with.
  func answer(
    _ body: BodyBuffer, _ work: AdmittedWork, _ context: JobContext, _ buffers: BufferPool,
    _ account: inout WorkAccount
  ) throws(ServiceProblem) -> Response {
    let inflated = work.inflation.flatMap {
      condensation(
        of: work, length: nil, limit: $0.limits.maximumBytes, claim: nil, buffers)
    }
    var run = OperationRun(
      body: TensorStorage(
        viewing: body, condensation: work.condensation, outline: outline(of: body, work),
        source: work.bodyEncoding == .json ? PooledStorage(buffers) : nil),
      bodyEncoding: work.bodyEncoding,
      answerEncoding: work.answerEncoding, inflation: work.inflation, condensation: inflated,
      answerCodings: work.answerCodings, memory: lending?.memory(for: work, buffers),
      reduceNanoseconds: work.condensation?.nanoseconds ?? 0, context: context, buffers: buffers)
    defer { account = WorkAccount(timing: run.timing, tally: run.tally) }
    return switch work.operation {
    case .prune: try run.response(of: prune)
    case .importance: try run.response(of: importance)
    case .plan: try run.response(of: plan)
    case .discrepancy: try run.response(of: discrepancy)
    case .calibration(let call): try run.response(of: operation(call))
    }
  }
}

extension ServiceOperations {
  /// What the header of a body says that nobody has looked at; nil if it is wrong.
  private func outline(of body: BodyBuffer, _ work: AdmittedWork) -> SafetensorsOutline? {
    guard work.bodyEncoding == .safetensors, work.inflation == nil,
      work.condensation?.outline == nil
    else { return nil }
    return try? headers.outline(body.bytes, fileByteCount: body.count)
  }

  private func operation(
    _ call: CalibrationCall
  ) throws(ServiceProblem) -> CalibrationOperation {
    guard let calibration else { throw ServiceProblem(.internal, detail: "there is no store") }
    return CalibrationOperation(call: call, desk: calibration)
  }
}

/// What the work on one request came to.
struct WorkAccount: Sendable {
  /// How long each phase took; nil before there was one.
  var timing: PhaseTiming?
  /// How many tokens the answer is about.
  var tally = TokenTally()
}
