import HTTPEngine
import WorkerPool

/// Joins the engine to the service: routes, admits and hands over; every answer leaves through it.
final class ServiceResponder: Responder {
  private let router: Router<ServiceRoute>
  private let access: AccessControl
  private let admission: AdmissionControl
  private let pages: PageRoutes
  private let logLevel: LogLevelRoute
  private let sharedMemory: SharedMemoryRoutes?
  private let operations: OperationRunner
  private let observation: RequestObservation

  init(
    access: AccessControl, admission: AdmissionControl, pages: PageRoutes,
    logLevel: LogLevelRoute, sharedMemory: SharedMemoryRoutes?, operations: OperationRunner,
    observation: RequestObservation
  ) {
    self.access = access
    self.sharedMemory = sharedMemory
    self.logLevel = logLevel
    self.admission = admission
    self.pages = pages
    self.operations = operations
    self.observation = observation
    router = .service()
  }

  /// Decides from the head alone, before any body byte is read.
  func admit(_ head: borrowing RequestHead) -> Admission {
    let reading = reading(of: head)
    let decision = access.decide(head, reading.question)
    let identity = RequestIdentity(reading, client: decision.client)
    let exchange = Exchange(
      head.method, reading.route, identity, isGranted: decision.problem == nil)
    if let problem = decision.problem { return answer(problem, exchange) }
    // Probes come often: a page is answered here, without a request to carry its body.
    if let page = reading.page {
      // A probe's page is the same for all: nobody need look at the fields.
      let fields = PageRoutes.areComplete(page) ? [:] : head.fields
      return .answer(self.page(page, reading.name, fields, exchange))
    }
    switch reading.match {
    case .found(let match): return admit(head, reading, match, exchange)
    case .methodNotAllowed(let allow, _):
      return answer(.wrongMethod(allow: allow), exchange, allow: allow)
    case .options(let allow, _):
      let response = Response(status: .noContent, fields: ["Allow": allow.allowFieldValue])
      return .answer(observation.finishWhenWritten(response, exchange))
    case .notFound: return answer(.noSuchRoute, exchange)
    case .malformedPath: return answer(.malformedPath, exchange)
    }
  }

  /// What the service understands of a head, from the last request that was the same if there is.
  private func reading(of head: borrowing RequestHead) -> HeadReading {
    if let reading = head.reading as? HeadReading { return reading }
    let reading = HeadReading(head, offered(router.match(head.method, path: head.path), to: head))
    head.keep(reading)
    return reading
  }

  /// A route that does not exist on the listener that was reached is none.
  private func offered(
    _ match: RouteMatch<ServiceRoute>, to head: borrowing RequestHead
  ) -> RouteMatch<ServiceRoute> {
    guard let route = match.route else { return match }
    let exists =
      access.isOffered(route, to: head) && (sharedMemory != nil || !route.isOfSharedMemory)
    return exists ? match : .notFound
  }

  /// Answers a complete request: on the loop, or through the pool.
  func respond(to request: consuming Request, reply: consuming Reply) {
    guard let admitted = request.context as? AdmittedRequest else {
      reply.send(refuse(.internal, head: request.head))
      return
    }
    let exchange = Exchange(
      request.head.method, admitted.route, admitted.identity, isGranted: true,
      receivedAt: request.receivedAt)
    guard let work = admitted.work else {
      reply.send(answer(admitted, exchange, request))
      return
    }
    operations.submit(request, work, exchange: exchange, reply: reply)
  }

  /// The answer to a request that the engine itself refuses.
  func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
    let client = ClientIdentity(head?.connection ?? .detached)
    let identity = RequestIdentity(head?.fields, client: client)
    let problem = ServiceProblem(refusal, retryAfterSeconds: admission.retryAfterSeconds)
    return observation.finish(problem, Exchange(head?.method, nil, identity))
  }

  /// The answer of the loop itself to a request with a body.
  private func answer(
    _ admitted: AdmittedRequest, _ exchange: Exchange, _ request: borrowing Request
  ) -> Response {
    do throws(ServiceProblem) {
      guard admitted.route != .logLevel else {
        return observation.finishWhenWritten(try logLevel.answer(request), exchange)
      }
      if let sharedMemory, admitted.route.isOfSharedMemory {
        return observation.finishWhenWritten(
          try sharedMemory.answer(
            request, name: admitted.name, client: admitted.identity.client), exchange)
      }
    } catch { return observation.finishWhenWritten(error, exchange) }
    return page(admitted.route, admitted.name, request.head.fields, exchange)
  }

  private func page(
    _ route: ServiceRoute, _ name: String?, _ fields: HeaderFields, _ exchange: Exchange
  ) -> Response {
    do throws(ServiceProblem) {
      return observation.finishWhenWritten(
        try pages.answer(route, name: name, to: fields), exchange,
        hasCommonFields: PageRoutes.areComplete(route))
    } catch { return observation.finishWhenWritten(error, exchange) }
  }

  private func admit(
    _ head: borrowing RequestHead, _ reading: HeadReading, _ match: MatchedRoute<ServiceRoute>,
    _ exchange: Exchange
  ) -> Admission {
    let (route, name, identity) = (match.route, reading.name, exchange.identity)
    do throws(ServiceProblem) {
      guard let operation = try route.operation(head, match.parameters) else {
        return .accept(
          maximumBodyBytes: AdmissionControl.ignoredBodyBytes,
          context: AdmittedRequest(route: route, name: name, identity: identity, work: nil))
      }
      var (work, limit) = try admission.admit(operation, head, from: identity.client)
      work.condensation = operations.condensation(
        of: work, length: head.contentLength, limit: limit)
      return .accept(
        maximumBodyBytes: limit,
        context: AdmittedRequest(route: route, name: name, identity: identity, work: work))
    } catch {
      return answer(error, exchange)
    }
  }

  private func answer(
    _ problem: ServiceProblem, _ exchange: Exchange, allow: [Method] = []
  ) -> Admission {
    var response = observation.finishWhenWritten(problem, exchange)
    if !allow.isEmpty { response.fields.append("Allow", allow.allowFieldValue) }
    if let challenge = problem.challenge {
      response.fields.append("WWW-Authenticate", challenge)
    }
    return .answer(response)
  }
}
