/// A way to write content shorter that both sides know (RFC 9110 §8.4.1).
public enum ContentEncoding: Sendable, Hashable, CaseIterable {
  /// Members of RFC 1952.
  case gzip
  /// A stream of RFC 1950, or of RFC 1951 alone, which some clients send under this name.
  case deflate
  /// The content as it is.
  case identity

  /// Recognises a name without regard to case; `x-gzip` is gzip (RFC 9110 §8.4.1.3).
  public init?(token: String) {
    switch token.lowercased() {
    case "gzip", "x-gzip": self = .gzip
    case "deflate": self = .deflate
    case "identity": self = .identity
    default: return nil
    }
  }

  /// The registered name.
  public var token: String {
    switch self {
    case .gzip: "gzip"
    case .deflate: "deflate"
    case .identity: "identity"
    }
  }

  /// The codings that change the content, the server's favourite first.
  public static let compressing: [ContentEncoding] = [.gzip, .deflate]

  /// The number of window bits by which zlib knows the format.
  var windowBits: Int32 {
    switch self {
    case .gzip: 15 + 16
    case .deflate: 15
    case .identity: -15
    }
  }
}

extension ContentEncoding {
  /// The coding that a request's `Content-Encoding` lines name.
  ///
  /// - Parameter fieldValues: All lines of the field, in order.
  /// - Returns: Identity without a line; nil for an unknown coding, and for several.
  public static func ofContent(_ fieldValues: [String]) -> ContentEncoding? {
    guard !fieldValues.isEmpty else { return .identity }
    // Empty elements count for nothing (RFC 9110 §5.6.1.2).
    let named = fieldValues.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }
      .map(trimmed)
      .filter { !$0.isEmpty }
    guard named.count <= 1 else { return nil }
    return named.first.map(ContentEncoding.init(token:)) ?? .identity
  }

  private static func trimmed(_ element: Substring.UTF8View) -> String {
    let start = element.drop(while: Characters.isWhitespace)
    let rest = start.reversed().drop(while: Characters.isWhitespace).reversed()
    return String(decoding: Array(rest), as: UTF8.self)
  }
}
