/// Finds the route for a method and a path.
///
/// The table is a tree of segments, so the cost depends on the path's length and not on the number
/// of routes. A literal segment wins over a parameter, and the path decides before the method: a
/// path whose best pattern lacks the method is 405, even if a vaguer pattern has it.
public struct Router<Route: Sendable>: Sendable {
  // The search does not depend on the type of a route: it is compiled once, in this module.
  @usableFromInline var table = RouteTable()
  @usableFromInline var values: [Route] = []

  /// Makes a router without routes.
  public init() {}

  /// Adds a route.
  ///
  /// - Parameters:
  ///   - method: The method it answers; GET answers HEAD too unless HEAD has a route of its own.
  ///   - pattern: The paths it answers.
  ///   - route: What `match` gives back.
  /// - Throws: `RoutingError` when the method and pattern are taken, or when the pattern matches the
  ///   paths of an earlier one but names its parameters otherwise.
  public mutating func add(
    _ method: Method, _ pattern: RoutePattern, _ route: Route
  ) throws(RoutingError) {
    try table.add(method, pattern, route: values.count)
    values.append(route)
  }

  /// Finds the route for a request.
  ///
  /// Escapes in the path are undone before it is compared (RFC 3986 section 6.2.2.2). A path is
  /// malformed without a leading slash, with an invalid escape, with an escaped slash or control
  /// character, or when it does not decode to UTF-8. A raw colon in the last segment separates a
  /// verb and is never part of a value there; a client escapes it as `%3A`. The segments `.`, `..`
  /// and the empty one are no parameter values.
  ///
  /// - Parameters:
  ///   - method: The request's method.
  ///   - path: The path as received, without the query.
  /// - Returns: The route with its parameters, or why there is none.
  @inlinable
  public func match(_ method: Method, path: String) -> RouteMatch<Route> {
    switch table.match(method, path: path) {
    case .found(let match):
      .found(
        MatchedRoute(
          route: values[match.route], pattern: match.pattern, parameters: match.parameters))
    case .methodNotAllowed(let allow, let pattern):
      .methodNotAllowed(allow: allow, pattern: pattern)
    case .options(let allow, let pattern): .options(allow: allow, pattern: pattern)
    case .notFound: .notFound
    case .malformedPath: .malformedPath
    }
  }

  /// Every route with its method, in the order in which the patterns were added.
  public var routes: [(method: Method, pattern: RoutePattern, route: Route)] {
    table.routes.map { ($0.method, $0.pattern, values[$0.route]) }
  }
}
