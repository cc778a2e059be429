import Calibration
import HTTPEngine
import Telemetry
import Tensors
import VectorKernels
import WorkerPool

/// The routes of studies and strategies without a server: the same requests, the same answers.
package struct OfflineStudies: Sendable {
  /// What a request comes to.
  package struct Answer: Sendable {
    /// The status.
    package let status: Int
    /// The media type with its parameters.
    package let mediaType: String
    /// The content.
    package let body: [UInt8]
  }

  /// Where everything is kept, without what must not be shown.
  package let place: String
  private let desk: CalibrationDesk
  private let router: Router<ServiceRoute>

  /// Opens the store that the settings name, or the one in the state directory.
  ///
  /// - Parameters:
  ///   - configuration: Checked settings.
  ///   - environment: Where the state directory is.
  /// - Throws: When the store cannot be opened or the processor lacks the kernel set.
  package init(
    _ configuration: ServiceConfiguration, environment: [String: String]
  ) throws(ServiceStartError) {
    let location = StoreLocation(configuration, environment)
    let kernels = try KernelSet(configuration)
    desk = CalibrationDesk(
      try Calibrator(location, kernels: kernels), registry: MetricsRegistry())
    place = location.address.redacted
    router = .service()
  }

  /// Answers one request.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - target: The path with its query.
  ///   - body: The content; empty for none.
  ///   - mediaType: What the content is.
  ///   - isCancelled: Whether the answer is of no use any more.
  /// - Returns: The answer, a problem document among them.
  package func answer(
    _ method: String, _ target: String, body: [UInt8], mediaType: String,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) -> Answer {
    do throws(ServiceProblem) {
      let run = try run(method, target, body, mediaType, isCancelled)
      return Answer(run)
    } catch { return Answer(error) }
  }

  private func run(
    _ method: String, _ target: String, _ body: [UInt8], _ mediaType: String,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws(ServiceProblem) -> Response {
    var fields: HeaderFields = ["Accept": "application/json, text/csv;q=0.9"]
    if !body.isEmpty { fields.append("Content-Type", mediaType) }
    let head = RequestHead(
      method: Method(method), target: target, fields: fields,
      contentLength: body.isEmpty ? nil : body.count)
    guard case .found(let match) = router.match(head.method, path: head.path),
      case .calibration(let call) = try match.route.operation(head, match.parameters)
    else { throw .noSuchRoute }
    let negotiation = try Negotiation(fields, readsBody: !body.isEmpty, choosesAnswer: false)
    let buffers = BufferPool(maximumIdleBytes: 0)
    let buffer = buffers.take(capacity: body.count)
    // The span is used only during the call.
    unsafe buffer.append(body.span.bytes)
    var run = OperationRun(
      body: TensorStorage(viewing: buffer), bodyEncoding: negotiation.body, answerEncoding: .json,
      context: JobContext(isCancelled: isCancelled), buffers: buffers)
    return try run.response(of: CalibrationOperation(call: call, desk: desk))
  }
}

extension OfflineStudies.Answer {
  fileprivate init(_ response: Response) {
    status = Int(response.status.rawValue)
    mediaType = response.fields["content-type"] ?? ""
    body = response.body.copied
  }

  fileprivate init(_ problem: ServiceProblem) {
    status = problem.type.status
    mediaType = ProblemDetails.mediaType
    body = ProblemDetails(problem).encoded()
  }
}
