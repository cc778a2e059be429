/// What a router knows, with the routes as numbers.
@usableFromInline
struct RouteTable: Sendable {
  private var tree = RouteTree()
  /// The resources of patterns without parameters: most requests need no search.
  private var literalPaths: [String: Int] = [:]
  private var resources: [Resource] = []
  private var serverMethods: [Method] = [.options]

  init() {}

  mutating func add(
    _ method: Method, _ pattern: RoutePattern, route: Int
  ) throws(RoutingError) {
    let index = tree.insert(pattern, resource: resources.count)
    if index == resources.count { resources.append(Resource(pattern: pattern)) }
    guard resources[index].pattern == pattern else {
      throw RoutingError(.conflictingParameters, pattern.text)
    }
    guard resources[index].route(for: method) == nil else {
      throw RoutingError(.duplicateRoute, pattern.text)
    }
    resources[index] = resources[index].adding(method, route)
    if pattern.isLiteral { literalPaths[pattern.text] = index }
    serverMethods = Self.sorted(serverMethods + resources[index].allow)
  }

  @usableFromInline
  func match(_ method: Method, path: String) -> RouteMatch<Int> {
    if let index = literalPaths[path] { return match(method, resources[index]) }
    if path == "*" {
      return method == .options ? .options(allow: serverMethods, pattern: nil) : .malformedPath
    }
    guard let decoded = DecodedPath(path) else { return .malformedPath }
    var values: [Range<Int>] = []
    guard let index = tree.find(decoded, values: &values) else { return .notFound }
    return match(method, resources[index], values: values.map(decoded.text))
  }

  private func match(
    _ method: Method, _ resource: Resource, values: [String] = []
  ) -> RouteMatch<Int> {
    if let route = resource.route(for: method)
      ?? (method == .head ? resource.route(for: .get) : nil)
    {
      let parameters = PathParameters(names: resource.pattern.parameterNames, values: values)
      return .found(
        MatchedRoute(route: route, pattern: resource.pattern, parameters: parameters))
    }
    guard method == .options else {
      return .methodNotAllowed(allow: resource.allow, pattern: resource.pattern)
    }
    return .options(allow: resource.allow, pattern: resource.pattern)
  }

  var routes: [(method: Method, pattern: RoutePattern, route: Int)] {
    resources.flatMap { resource in
      resource.routes.map { ($0.method, resource.pattern, $0.route) }
    }
  }

  private static func sorted(_ methods: [Method]) -> [Method] {
    Set(methods).sorted { $0.name < $1.name }
  }

  /// The routes of one pattern.
  private final class Resource: Sendable {
    let pattern: RoutePattern
    let routes: [(method: Method, route: Int)]
    let allow: [Method]

    init(pattern: RoutePattern, routes: [(method: Method, route: Int)] = [], allow: [Method] = []) {
      self.pattern = pattern
      self.routes = routes
      self.allow = allow
    }

    func route(for method: Method) -> Int? {
      for known in routes where known.method == method { return known.route }
      return nil
    }

    func adding(_ method: Method, _ route: Int) -> Resource {
      let implied: [Method] = method == .get ? [.head, .options] : [.options]
      return Resource(
        pattern: pattern, routes: routes + [(method, route)],
        allow: RouteTable.sorted(allow + [method] + implied))
    }
  }
}
