import HTTPEngine

/// What is known of a request when its answer leaves.
struct Exchange: Sendable {
  /// The method; nil when the head could not be read.
  let method: Method?
  /// The route, never the path, which a client can choose; nil where none matched.
  let route: ServiceRoute?
  /// What tells this request from all others.
  let identity: RequestIdentity
  /// Whether the client may use the route: until then what it says of itself is not acted upon.
  let isGranted: Bool
  /// When the head was complete, in nanoseconds of ``MonotonicInstant``.
  let receivedAt: UInt64
  /// How long each phase took, where there were phases.
  var timing: PhaseTiming?
  /// How many tokens the answer is about, where it is about tokens.
  var tally: TokenTally?

  init(
    _ method: Method?, _ route: ServiceRoute?, _ identity: RequestIdentity,
    isGranted: Bool = false, receivedAt: UInt64 = MonotonicInstant.now
  ) {
    self.method = method
    self.route = route
    self.identity = identity
    self.isGranted = isGranted
    self.receivedAt = receivedAt
  }

  /// The route's pattern, for logs.
  var routeLabel: String { route?.pattern ?? Self.noRoute }

  /// The label of requests that match no route.
  static let noRoute = "none"
}
