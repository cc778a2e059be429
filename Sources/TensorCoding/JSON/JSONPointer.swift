/// The place of a value in a JSON document, as RFC 6901 writes it.
public struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
  /// The whole document.
  public static let root = JSONPointer(description: "")

  /// `/items/3/attention`; empty for the whole document.
  public let description: String

  private init(description: String) { self.description = description }

  /// Takes over text that is already escaped.
  init(escaped: String) { description = escaped }

  /// The member of an object, `~` and `/` escaped.
  ///
  /// - Parameter key: The key as the document means it.
  /// - Returns: The member's place.
  public func appending(_ key: String) -> JSONPointer {
    guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
      return JSONPointer(description: description + "/" + key)
    }
    var escaped = description + "/"
    for scalar in key.unicodeScalars {
      switch scalar {
      case "~": escaped += "~0"
      case "/": escaped += "~1"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return JSONPointer(description: escaped)
  }

  /// The element of an array.
  ///
  /// - Parameter index: Counted from zero.
  /// - Returns: The element's place.
  public func appending(_ index: Int) -> JSONPointer {
    JSONPointer(description: description + "/" + String(index))
  }

  /// The place that `pointer` names inside the value at this one.
  ///
  /// - Parameter pointer: Relative to this place.
  /// - Returns: The place in the whole document.
  public func appending(_ pointer: JSONPointer) -> JSONPointer {
    JSONPointer(description: description + pointer.description)
  }
}
