import Calibration
import HTTPEngine
import Telemetry
import VectorKernels
import WorkerPool

/// The routes that the loop answers by itself: short answers from numbers at hand.
final class PageRoutes: Sendable {
  private let configuration: ServiceConfiguration
  private let admission: AdmissionControl
  private let pool: WorkerPool
  private let registry: MetricsRegistry
  private let kernels: KernelSet
  private let calibrator: Calibrator
  private let startedAt = MonotonicInstant.now
  // Written once: they never change while the process lives.
  private let livePage: Response
  private let readyPage: Response
  private let informationPage: ConstantPage
  private let contractPage: ConstantPage
  private let strategyPages: [String: ConstantPage]
  private let indexPage: ConstantPage

  init(
    configuration: ServiceConfiguration, admission: AdmissionControl, pool: WorkerPool,
    registry: MetricsRegistry, strategies: StoredStrategies, kernels: KernelSet,
    hasAdminListener: Bool
  ) {
    calibrator = strategies.calibrator
    let builtIn = strategies.builtIn.all
    self.configuration = configuration
    self.admission = admission
    self.pool = pool
    self.registry = registry
    self.kernels = kernels
    livePage = Self.uncached(.status("live"))
    readyPage = Self.uncached(.status("ready"))
    informationPage = Self.cacheable(
      .serviceInformation(configuration, kernels: kernels, strategies: builtIn))
    contractPage = Self.cacheable(
      Response(
        fields: ["Content-Type": "application/yaml"], body: .bytes(OpenAPIDocument.bytes)))
    strategyPages = Dictionary(
      uniqueKeysWithValues: builtIn.map {
        ($0.name, Self.cacheable(StrategyListing.document(of: $0).body))
      })
    indexPage = Self.cacheable(
      .serviceIndex(
        hasAdminListener: hasAdminListener, sharesMemory: configuration.sharesMemory))
  }

  /// Whether a route's pages have the fields that all answers have.
  static func areComplete(_ route: ServiceRoute) -> Bool { route == .live || route == .ready }

  /// Answers a route that needs no work.
  ///
  /// Only pages that never change have content codings: compressing takes time, and the loop's time
  /// is everybody's.
  ///
  /// - Parameters:
  ///   - route: The route.
  ///   - name: The name in its path, where it has one.
  ///   - fields: The fields of the request.
  /// - Returns: The answer without the fields that all answers have.
  /// - Throws: `draining` from the readiness probes, `not-found` for an unknown strategy.
  func answer(
    _ route: ServiceRoute, name: String?, to fields: HeaderFields = [:]
  ) throws(ServiceProblem) -> Response {
    switch route {
    case .live: livePage
    case .ready: try readiness()
    case .health: try health()
    case .metrics: metrics(MetricsFormat(accept: fields.values(of: "accept")))
    case .info: informationPage[AnswerCodings(fields).text]
    case .contract: contractPage[AnswerCodings(fields).text]
    case .strategy: try strategy(named: name ?? "", AnswerCodings(fields).text)
    // Too short for compression to matter, and scanners look here for BREACH.
    default: indexPage[.identity]
    }
  }

  private func metrics(_ format: MetricsFormat) -> Response {
    Response(
      fields: ["Content-Type": format.contentType, "Vary": "Accept"],
      body: .bytes(Array(registry.prometheusText(format).utf8)))
  }

  private func readiness() throws(ServiceProblem) -> Response {
    guard !admission.isDraining else { throw .draining }
    return readyPage
  }

  private func health() throws(ServiceProblem) -> Response {
    guard !admission.isDraining else { throw .draining }
    let status = pool.status
    var body = AnswerObject.status("ready")
    body.append("version", .string(ServiceVersion.current))
    body.append("kernel_set", .string(kernels.name))
    body.append(
      "uptime_seconds", .integer(Int((MonotonicInstant.now &- startedAt) / 1_000_000_000)))
    body.append("workers", .integer(status.workers))
    body.append("busy_workers", .integer(status.busyWorkers))
    body.append("queue_depth", .integer(status.depth))
    body.append("queue_capacity", .integer(status.queueCapacity))
    body.append("in_flight_bytes", .integer(admission.ledger.total.bytes))
    return try Self.json(body)
  }

  /// A built-in strategy's page, or one made from what memory knows of the store.
  private func strategy(
    named name: String, _ coding: ContentEncoding
  ) throws(ServiceProblem) -> Response {
    if let page = strategyPages[name] { return page[coding] }
    guard let stored = calibrator.strategy(named: name) else { throw .noSuchStrategy }
    var page = try Self.json(AnswerObject(stored))
    page.fields.append("ETag", stored.entityTagField)
    page.fields.append("Cache-Control", "no-cache")
    return page
  }

  private static func cacheable(_ page: AnswerObject) -> ConstantPage { cacheable(constant(page)) }

  /// A copy that caches may keep if they ask each time whether it still holds; the engine answers
  /// those who have it with 304.
  private static func cacheable(_ page: Response) -> ConstantPage {
    guard case .bytes(let content) = page.body else { return ConstantPage(page, content: []) }
    return ConstantPage(page, content: content)
  }

  /// A page that probes ask for often: complete but for what differs from request to request.
  private static func uncached(_ page: AnswerObject) -> Response {
    var response = constant(page)
    response.fields.append(RequestObservation.uncachedFields)
    return response
  }

  private static func constant(_ page: AnswerObject) -> Response {
    do throws(ServiceProblem) { return try json(page) } catch {
      // Only rows of tokens can fail to be written, and these pages have none.
      preconditionFailure("a constant page cannot be written: \(error)")
    }
  }

  private static func json(_ object: AnswerObject) throws(ServiceProblem) -> Response {
    Response(
      fields: ["Content-Type": MessageEncoding.json.mediaType],
      body: .bytes(try AnswerEncoder.json(object)))
  }
}
