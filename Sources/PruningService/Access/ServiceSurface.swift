import HTTPEngine

/// The two faces of the service: which routes exist depends on the listener that was reached.
enum ServiceSurface: Sendable, CaseIterable {
  /// Where clients are served.
  case data
  /// Where the service is watched and changed.
  case admin

  /// The face behind a listener.
  init(_ connection: ConnectionInfo) {
    // Compared as text: to look the listener up by its name costs more, twice per request.
    self = connection.listener == ServiceListener.admin.rawValue ? .admin : .data
  }
}

extension ServiceRoute {
  /// Whether the route is about shared memory, without which it does not exist.
  var isOfSharedMemory: Bool { self == .sharedMemory || self == .sharedMemoryRegion }

  /// Whether the route exists on a surface; what belongs to the admin listener is served with the
  /// data as long as there is no admin listener.
  func isOffered(on surface: ServiceSurface, hasAdminListener: Bool) -> Bool {
    switch self {
    case .live, .ready, .health, .info: true
    case .metrics, .logLevel: surface == .admin || !hasAdminListener
    default: surface == .data
    }
  }

  /// What a client of a surface must be allowed to do; nil where everyone is answered.
  func requiredScope(of method: Method, on surface: ServiceSurface) -> AccessScope? {
    let scope = scope(of: method)
    // Who can reach the admin listener may look; only changes need a key there.
    if surface == .admin && scope == .read { return nil }
    return scope
  }
}
