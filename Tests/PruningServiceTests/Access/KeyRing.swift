import HTTPEngine

@testable import PruningService

/// A keys file with one client per scope, one with all, and the keys that fit.
final class KeyRing {
  private let keys: [AccessScope: APIKey]
  private let master = APIKey()
  private let file: ScratchFile

  init() throws {
    keys = Dictionary(uniqueKeysWithValues: AccessScope.allCases.map { ($0, APIKey()) })
    let entries = keys.map { $1.entry(name: "only-\($0.rawValue)", scopes: [$0]) }
    let all = master.entry(name: "everything", scopes: AccessScope.allCases)
    file = try ScratchFile((entries + [all]).joined(separator: "\n"), name: "keys.toml")
  }

  var path: String { file.path }

  /// The key with exactly this scope.
  subscript(scope: AccessScope) -> String { keys[scope]?.text ?? "" }

  /// The key with every scope.
  var everything: String { master.text }

  /// Every key there is.
  var secrets: [String] { keys.values.map(\.text) + [everything] }

  /// Replaces the file.
  func write(_ text: String) throws { try file.write(text) }
}

/// What a request of the matrix sends.
enum Offer: Hashable, CustomStringConvertible {
  case nothing
  case wrongKey
  case basic
  case twoKeys
  case scope(AccessScope)
  case allScopes

  static let all: [Offer] =
    [.nothing, .wrongKey, .basic, .twoKeys, .allScopes] + AccessScope.allCases.map(Offer.scope)

  /// The fields that carry it.
  func fields(_ ring: KeyRing) -> [(String, String)] {
    switch self {
    case .nothing: []
    case .wrongKey: [("Authorization", "Bearer \(APIKey().text)")]
    case .basic: [("Authorization", "Basic dXNlcjpwYXNz")]
    case .twoKeys: [("Authorization", "Bearer \(ring.everything)"), ("X-Api-Key", "other")]
    case .scope(let scope): [("X-Api-Key", ring[scope])]
    case .allScopes: [("Authorization", "Bearer \(ring.everything)")]
    }
  }

  var description: String {
    if case .scope(let scope) = self { return "only \(scope.rawValue)" }
    return switch self {
    case .wrongKey: "wrong key"
    case .basic: "Basic"
    case .twoKeys: "two keys"
    case .allScopes: "all scopes"
    default: "nothing"
    }
  }
}
