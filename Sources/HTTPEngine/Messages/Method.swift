/// A request method (RFC 9110 §9), case-sensitive.
public enum Method: Hashable, Sendable {
  /// GET.
  case get
  /// HEAD.
  case head
  /// POST.
  case post
  /// PUT.
  case put
  /// DELETE.
  case delete
  /// OPTIONS.
  case options
  /// PATCH.
  case patch
  /// Any other method that the parser knows, by name.
  case other(String)

  /// The method that a name stands for.
  public init(_ name: String) {
    switch name {
    case "GET": self = .get
    case "HEAD": self = .head
    case "POST": self = .post
    case "PUT": self = .put
    case "DELETE": self = .delete
    case "OPTIONS": self = .options
    case "PATCH": self = .patch
    default: self = .other(name)
    }
  }

  /// The name on the wire.
  public var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .patch: "PATCH"
    case .other(let name): name
    }
  }
}
