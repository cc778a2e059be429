/// A place in a request as a JSON pointer (RFC 6901), the same whichever encoding carried it.
public struct RequestPointer: Sendable, Hashable, CustomStringConvertible {
  /// The pointer's text; empty for the whole request.
  public let description: String

  /// The whole request.
  public static let root = RequestPointer(description: "")

  private init(description: String) { self.description = description }

  /// The member `key` of the object at this place.
  public func member(_ key: String) -> RequestPointer {
    guard key.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else {
      return RequestPointer(description: "\(description)/\(key)")
    }
    var escaped = ""
    for character in key.unicodeScalars {
      switch character {
      case "~": escaped += "~0"
      case "/": escaped += "~1"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return RequestPointer(description: "\(description)/\(escaped)")
  }

  /// The element `index` of the array at this place.
  public func element(_ index: Int) -> RequestPointer {
    RequestPointer(description: "\(description)/\(index)")
  }

  /// Item `index` of a batch, also of one that came as tensors with a leading batch axis.
  public static func item(_ index: Int) -> RequestPointer {
    root.member("items").element(index)
  }
}
