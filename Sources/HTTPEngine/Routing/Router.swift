/// Finds the route for a method and a path.
///
/// The table is a tree of segments, so the cost depends on the path's length and not on the number
/// of routes. A literal segment wins over a parameter, and the path decides before the method: a
/// path whose best pattern lacks the method is 405, even if a vaguer pattern has it.
public struct Router<Route: Sendable>: Sendable {
  private var tree = RouteTree()
  private var resources: [Resource] = []
  private var serverMethods: [Method] = [.options]

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
    let index = tree.insert(pattern, resource: resources.count)
    if index == resources.count { resources.append(Resource(pattern: pattern)) }
    guard resources[index].pattern == pattern else {
      throw RoutingError(.conflictingParameters, pattern.text)
    }
    guard resources[index].route(for: method) == nil else {
      throw RoutingError(.duplicateRoute, pattern.text)
    }
    resources[index].add(method, route)
    serverMethods = Self.sorted(serverMethods + resources[index].allow)
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
  public func match(_ method: Method, path: String) -> RouteMatch<Route> {
    if path == "*" {
      return method == .options ? .options(allow: serverMethods, pattern: nil) : .malformedPath
    }
    guard let decoded = DecodedPath(path) else { return .malformedPath }
    var values: [Range<Int>] = []
    guard let index = tree.find(decoded, values: &values) else { return .notFound }
    let resource = resources[index]
    if let route = resource.route(for: method)
      ?? (method == .head ? resource.route(for: .get) : nil)
    {
      let parameters = PathParameters(
        names: resource.pattern.parameterNames, values: values.map(decoded.text))
      return .found(
        MatchedRoute(route: route, pattern: resource.pattern, parameters: parameters))
    }
    guard method == .options else {
      return .methodNotAllowed(allow: resource.allow, pattern: resource.pattern)
    }
    return .options(allow: resource.allow, pattern: resource.pattern)
  }

  /// Every route with its method, in the order in which the patterns were added.
  public var routes: [(method: Method, pattern: RoutePattern, route: Route)] {
    resources.flatMap { resource in
      resource.routes.map { ($0.method, resource.pattern, $0.route) }
    }
  }

  private static func sorted(_ methods: [Method]) -> [Method] {
    Set(methods).sorted { $0.name < $1.name }
  }

  /// The routes of one pattern.
  private struct Resource: Sendable {
    let pattern: RoutePattern
    var routes: [(method: Method, route: Route)] = []
    var allow: [Method] = []

    init(pattern: RoutePattern) { self.pattern = pattern }

    func route(for method: Method) -> Route? {
      routes.first { $0.method == method }?.route
    }

    mutating func add(_ method: Method, _ route: Route) {
      routes.append((method, route))
      let implied: [Method] = method == .get ? [.head, .options] : [.options]
      allow = Router.sorted(allow + [method] + implied)
    }
  }
}
