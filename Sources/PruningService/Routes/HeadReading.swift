import HTTPEngine

/// What the service understands of a request head, whoever may have sent it.
///
/// It depends on the head's bytes and on settings that never change, so it stays with the head and
/// serves all requests that repeat it; who may do what can change and is decided for each.
final class HeadReading: Sendable {
  /// What the router makes of method and path, on the listener that was reached.
  let match: RouteMatch<ServiceRoute>
  /// The route whose path this is, whatever the method.
  let route: ServiceRoute?
  /// The value of `{name}` in the route's pattern.
  let name: String?
  /// The route, if its answer is a page that needs no body.
  let page: ServiceRoute?
  /// What the access rules have to decide.
  let question: AccessQuestion
  /// The value of `X-Request-Id`.
  let proposedID: String?
  /// The trace that the request is part of, if the client says so.
  let trace: TraceContext?

  /// Reads a head.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - match: What the router makes of it.
  init(_ head: borrowing RequestHead, _ match: RouteMatch<ServiceRoute>) {
    self.match = match
    route = match.route
    question = AccessQuestion(head, match.route)
    proposedID = head.fields["x-request-id"]
    trace = head.fields["traceparent"].flatMap(TraceContext.init)
    guard case .found(let match) = match else {
      (name, page) = (nil, nil)
      return
    }
    name = match.parameters["name"]
    page = match.route.isPage(for: head.method) && !head.hasBody ? match.route : nil
  }
}

extension RouteMatch<ServiceRoute> {
  /// The route whose path this is, whatever the method.
  var route: ServiceRoute? {
    switch self {
    case .found(let match): match.route
    case .methodNotAllowed(_, let pattern): ServiceRoute(pattern: pattern.text)
    case .options(_, let pattern): pattern.flatMap { ServiceRoute(pattern: $0.text) }
    case .notFound, .malformedPath: nil
    }
  }
}
