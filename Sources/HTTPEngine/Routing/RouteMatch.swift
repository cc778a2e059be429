/// What a router makes of a method and a path.
public enum RouteMatch<Route: Sendable>: Sendable {
  /// A route takes the request.
  case found(MatchedRoute<Route>)
  /// The path exists, but not for this method: 405 with this `Allow` list, sorted by name.
  case methodNotAllowed(allow: [Method], pattern: RoutePattern)
  /// OPTIONS for a path, or for `*` (then without a pattern): 204 with this `Allow` list.
  case options(allow: [Method], pattern: RoutePattern?)
  /// No pattern matches: 404.
  case notFound
  /// The path itself is broken (see `Router.match`): 400.
  case malformedPath
}

/// A route and what the path said.
public struct MatchedRoute<Route: Sendable>: Sendable {
  /// What was registered.
  public let route: Route
  /// The pattern that matched; its text labels metrics.
  public let pattern: RoutePattern
  /// The values in the path.
  public let parameters: PathParameters

  @usableFromInline
  init(route: Route, pattern: RoutePattern, parameters: PathParameters) {
    self.route = route
    self.pattern = pattern
    self.parameters = parameters
  }
}

/// The decoded values of a pattern's parameters.
public struct PathParameters: Sendable, Equatable {
  private struct Parameter: Sendable, Equatable {
    let name: String
    let value: String
  }

  private let parameters: [Parameter]

  init(names: [String], values: [String]) {
    parameters = zip(names, values).map(Parameter.init)
  }

  /// The number of parameters.
  public var count: Int { parameters.count }

  /// The value of a parameter, percent-decoded; nil when the pattern has none of this name.
  public subscript(name: String) -> String? {
    parameters.first { $0.name == name }?.value
  }
}

extension Sequence<Method> {
  /// The methods as the value of an `Allow` field.
  public var allowFieldValue: String { map(\.name).joined(separator: ", ") }
}
