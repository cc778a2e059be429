import HTTPEngine

// The problems with who sends a request. None of them repeats what was sent.

extension ServiceProblem {
  /// No key, and no certificate or user that is a client's.
  static let missingCredentials = ServiceProblem(
    .unauthorized, detail: "this needs a key or a client certificate, and the request has none")

  /// A key that nobody has.
  static let unknownCredentials = ServiceProblem(
    .unauthorized, detail: "the key is not known here")

  /// Basic, Digest or something without a token.
  static let unknownScheme = ServiceProblem(
    .unauthorized, detail: "Authorization must be the scheme Bearer and a key")

  /// Two keys that differ.
  static let conflictingCredentials = ServiceProblem(
    .conflictingCredentials, detail: "the request has two different credentials; send one")

  /// Admin routes on an open port.
  static let adminNeedsGuard = ServiceProblem(
    .forbidden, detail: "admin routes need API keys or an admin listener",
    extensions: [.missingScope(AccessScope.admin.rawValue)])

  /// A client without the right.
  static func missingScope(_ scope: AccessScope) -> ServiceProblem {
    ServiceProblem(
      .forbidden, detail: "these credentials do not have the scope '\(scope.rawValue)'",
      extensions: [.missingScope(scope.rawValue)])
  }

  /// The value of `WWW-Authenticate` (RFC 6750 §3); nil for problems of another kind.
  var challenge: String? {
    switch type {
    case .unauthorized:
      self == .missingCredentials
        ? "Bearer realm=\"vflowopt\"" : "Bearer realm=\"vflowopt\", error=\"invalid_token\""
    case .forbidden:
      "Bearer realm=\"vflowopt\", error=\"insufficient_scope\"" + scopeParameter
    default: nil
    }
  }

  private var scopeParameter: String {
    for case .missingScope(let scope) in extensions { return ", scope=\"\(scope)\"" }
    return ""
  }
}
