import HTTPEngine
import WorkerPool

/// Joins the engine to the service: routes, admits and hands over; every answer leaves through it.
final class ServiceResponder: Responder {
  private let router: Router<ServiceRoute>
  private let admission: AdmissionControl
  private let pages: PageRoutes
  private let operations: OperationRunner
  private let observation: RequestObservation

  init(
    admission: AdmissionControl, pages: PageRoutes, operations: OperationRunner,
    observation: RequestObservation
  ) {
    self.admission = admission
    self.pages = pages
    self.operations = operations
    self.observation = observation
    router = Self.makeRouter()
  }

  /// Decides from the head alone, before any body byte is read.
  func admit(_ head: borrowing RequestHead) -> Admission {
    let identity = RequestIdentity(head.fields)
    switch router.match(head.method, path: head.path) {
    case .found(let match):
      return admit(head, match.route, name: match.parameters["name"], identity: identity)
    case .methodNotAllowed(let allow, let pattern):
      let exchange = Exchange(head.method, ServiceRoute(pattern: pattern.text), identity)
      return reject(.wrongMethod(allow: allow), exchange, allow: allow)
    case .options(let allow, let pattern):
      let route = pattern.flatMap { ServiceRoute(pattern: $0.text) }
      let response = Response(status: .noContent, fields: ["Allow": allow.allowFieldValue])
      return .reject(observation.finish(response, Exchange(head.method, route, identity)))
    case .notFound: return reject(.noSuchRoute, Exchange(head.method, nil, identity))
    case .malformedPath: return reject(.malformedPath, Exchange(head.method, nil, identity))
    }
  }

  /// Answers a complete request: on the loop, or through the pool.
  func respond(to request: consuming Request, reply: consuming Reply) {
    guard let admitted = request.context as? AdmittedRequest else {
      reply.send(refuse(.internal, head: request.head))
      return
    }
    let exchange = Exchange(
      request.head.method, admitted.route, admitted.identity, receivedAt: request.receivedAt)
    guard let work = admitted.work else {
      reply.send(page(admitted, request.head, exchange))
      return
    }
    operations.submit(request, work, exchange: exchange, reply: reply)
  }

  /// The answer to a request that the engine itself refuses.
  func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
    let identity = RequestIdentity(head?.fields)
    return observation.finish(ServiceProblem(refusal), Exchange(head?.method, nil, identity))
  }

  private func page(
    _ admitted: AdmittedRequest, _ head: RequestHead, _ exchange: Exchange
  ) -> Response {
    do throws(ServiceProblem) {
      return observation.finish(
        try pages.answer(admitted.route, name: admitted.name, to: head.fields), exchange)
    } catch { return observation.finish(error, exchange) }
  }

  private func admit(
    _ head: borrowing RequestHead, _ route: ServiceRoute, name: String?, identity: RequestIdentity
  ) -> Admission {
    guard let operation = route.operation else {
      return .accept(
        maximumBodyBytes: Self.ignoredBodyBytes,
        context: AdmittedRequest(route: route, name: name, identity: identity, work: nil))
    }
    do throws(ServiceProblem) {
      let (work, limit) = try admission.admit(operation, head)
      return .accept(
        maximumBodyBytes: limit,
        context: AdmittedRequest(route: route, name: name, identity: identity, work: work))
    } catch {
      return reject(error, Exchange(head.method, route, identity))
    }
  }

  private func reject(
    _ problem: ServiceProblem, _ exchange: Exchange, allow: [Method] = []
  ) -> Admission {
    var response = observation.finish(problem, exchange)
    if !allow.isEmpty { response.fields.append("Allow", allow.allowFieldValue) }
    return .reject(response)
  }

  /// A pattern that the router refuses is a mistake in this program; a test matches every route.
  private static func makeRouter() -> Router<ServiceRoute> {
    var router = Router<ServiceRoute>()
    for route in ServiceRoute.allCases {
      do throws(RoutingError) {
        try router.add(route.method, RoutePattern(parsing: route.pattern), route)
      } catch { preconditionFailure("the table of routes contradicts itself: \(error)") }
    }
    return router
  }

  /// A body where none is expected is read and ignored up to this size (RFC 9110 §9.3.1).
  private static let ignoredBodyBytes = 16 << 10
}
