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
  ) throws(RoutingError) {
    self.admission = admission
    self.pages = pages
    self.operations = operations
    self.observation = observation
    router = try Self.makeRouter()
  }

  /// Decides from the head alone, before any body byte is read.
  func admit(_ head: borrowing RequestHead) -> Admission {
    let id = RequestID(proposal: head.fields["x-request-id"])
    switch router.match(head.method, path: head.path) {
    case .found(let match):
      return admit(head, match.route, name: match.parameters["name"], id: id)
    case .methodNotAllowed(let allow, let pattern):
      return reject(head, .wrongMethod(allow: allow), route: pattern.text, id: id, allow: allow)
    case .options(let allow, let pattern):
      var response = Response(status: .noContent)
      response.fields.append("Allow", allow.allowFieldValue)
      return .reject(finish(response, head, route: pattern?.text ?? "*", id: id))
    case .notFound: return reject(head, .noSuchRoute, route: Self.noRoute, id: id)
    case .malformedPath: return reject(head, .malformedPath, route: Self.noRoute, id: id)
    }
  }

  /// Answers a complete request: on the loop, or through the pool.
  func respond(to request: consuming Request, reply: consuming Reply) {
    guard let admitted = request.context as? AdmittedRequest else {
      reply.send(refuse(.internal, head: request.head))
      return
    }
    let exchange = Exchange(
      method: request.head.method, route: admitted.route.rawValue, id: admitted.id,
      receivedAt: request.receivedAt)
    guard let work = admitted.work else {
      let response = pages.answer(admitted, request.head)
      reply.send(observation.finish(response, exchange))
      return
    }
    operations.submit(request, work, exchange: exchange, reply: reply)
  }

  /// The answer to a request that the engine itself refuses.
  func refuse(_ refusal: Refusal, head: RequestHead?) -> Response {
    let id = RequestID(proposal: head?.fields["x-request-id"])
    let exchange = Exchange(
      method: head?.method, route: Self.noRoute, id: id, receivedAt: MonotonicClock.now())
    return observation.finish(ServiceProblem(refusal), exchange)
  }

  private func admit(
    _ head: borrowing RequestHead, _ route: ServiceRoute, name: String?, id: RequestID
  ) -> Admission {
    guard let operation = route.operation else {
      return .accept(
        maximumBodyBytes: Self.ignoredBodyBytes,
        context: AdmittedRequest(route: route, name: name, id: id, work: nil))
    }
    do {
      let (work, limit) = try admission.admit(operation, head)
      return .accept(
        maximumBodyBytes: limit,
        context: AdmittedRequest(route: route, name: name, id: id, work: work))
    } catch {
      return reject(head, error, route: route.rawValue, id: id)
    }
  }

  private func reject(
    _ head: borrowing RequestHead, _ problem: ServiceProblem, route: String, id: RequestID,
    allow: [Method] = []
  ) -> Admission {
    let exchange = Exchange(
      method: head.method, route: route, id: id, receivedAt: MonotonicClock.now())
    var response = observation.finish(problem, exchange)
    if !allow.isEmpty { response.fields.append("Allow", allow.allowFieldValue) }
    return .reject(response)
  }

  private func finish(
    _ response: Response, _ head: borrowing RequestHead, route: String, id: RequestID
  ) -> Response {
    observation.finish(
      response,
      Exchange(method: head.method, route: route, id: id, receivedAt: MonotonicClock.now()))
  }

  private static func makeRouter() throws(RoutingError) -> Router<ServiceRoute> {
    var router = Router<ServiceRoute>()
    for route in ServiceRoute.allCases {
      try router.add(route.method, RoutePattern(parsing: route.rawValue), route)
    }
    return router
  }

  /// The label of requests that match no route.
  private static let noRoute = "none"
  /// A body where none is expected is read and ignored up to this size (RFC 9110 §9.3.1).
  private static let ignoredBodyBytes = 16 << 10
}
