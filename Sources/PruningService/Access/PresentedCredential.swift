import HTTPEngine

/// What a request head offers as proof of its sender.
enum PresentedCredential: Equatable {
  /// Nothing.
  case none
  /// One key, said once or several times.
  case key(String)
  /// An `Authorization` that is not `Bearer` and a token.
  case unknownScheme
  /// Two keys that differ: which of them counts must not depend on who reads the request.
  case conflicting

  /// Reads `Authorization` and `X-Api-Key`.
  init(_ fields: HeaderFields) {
    var keys = fields.values(of: "x-api-key")
    for value in fields.values(of: "authorization") {
      guard let token = Self.bearerToken(value) else {
        self = keys.isEmpty ? .unknownScheme : .conflicting
        return
      }
      keys.append(token)
    }
    guard let first = keys.first else {
      self = .none
      return
    }
    self = keys.allSatisfy { $0 == first } ? .key(first) : .conflicting
  }

  /// The token after `Bearer` and spaces, whatever the scheme's case (RFC 6750 §2.1, RFC 9110 §11.1).
  private static func bearerToken(_ value: String) -> String? {
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].drop { $0 == " " }
    return token.isEmpty || token.contains(" ") ? nil : String(token)
  }
}
