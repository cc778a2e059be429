import HTTPEngine

/// What the access rules have to decide about a request, apart from its credentials.
struct AccessQuestion: Sendable {
  /// Who asks, as long as no credential says more.
  let nobody: ClientIdentity
  /// The face of the service that was reached.
  let surface: ServiceSurface
  /// What the client must be allowed to do; nil where everyone is answered.
  let scope: AccessScope?
  /// Whether the request names a route; what does not exist, only clients may learn.
  let namesRoute: Bool

  /// Reads the question out of a head.
  ///
  /// - Parameters:
  ///   - head: The request head.
  ///   - route: The route that it names; nil if it names none.
  init(_ head: borrowing RequestHead, _ route: ServiceRoute?) {
    nobody = ClientIdentity(head.connection)
    surface = ServiceSurface(head.connection)
    scope = route?.requiredScope(of: head.method, on: surface)
    namesRoute = route != nil
  }
}
