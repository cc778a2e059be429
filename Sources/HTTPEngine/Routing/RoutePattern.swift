/// A path with named parameters, such as `/v1/studies/{study}/trials/{trial}:tell`.
///
/// A segment is literal text or one `{parameter}` that stands for a whole, non-empty segment. The
/// last one may carry a custom verb after a colon. A trailing slash makes a different path.
public struct RoutePattern: Sendable, Hashable {
  /// One piece between slashes.
  enum Segment: Sendable, Hashable {
    case literal([UInt8])
    case parameter(String)
  }

  private final class Storage: Sendable {
    let text: String
    let segments: [Segment]
    let verb: [UInt8]
    let parameterNames: [String]

    init(_ text: String, _ segments: [Segment], verb: [UInt8]) {
      self.text = text
      self.segments = segments
      self.verb = verb
      parameterNames = segments.compactMap {
        guard case .parameter(let name) = $0 else { return nil }
        return name
      }
    }
  }

  // One reference: every match carries its pattern.
  private let storage: Storage

  /// The pattern as written: a label for metrics and logs that no client can choose.
  public var text: String { storage.text }
  /// The names in braces, in order.
  public var parameterNames: [String] { storage.parameterNames }

  var segments: [Segment] { storage.segments }
  /// What follows the colon; empty when there is none.
  var verb: [UInt8] { storage.verb }

  /// Whether the pattern matches its own text and no other path, escapes apart.
  var isLiteral: Bool { parameterNames.isEmpty && verb.isEmpty }

  /// Compares the texts, which say everything.
  public static func == (left: Self, right: Self) -> Bool { left.text == right.text }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Reads a pattern.
  ///
  /// - Parameter text: The pattern; it starts with a slash.
  /// - Throws: `RoutingError` with the rule that the text breaks.
  public init(parsing text: String) throws(RoutingError) {
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw RoutingError(.missingLeadingSlash, text)
    }
    var pieces = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    var verb: [UInt8] = []
    if let last = pieces.popLast() {
      let colon = last.firstIndex(of: ":")
      pieces.append(last[..<(colon ?? last.endIndex)])
      if let colon {
        verb = Array(last[last.index(after: colon)...].utf8)
        guard !verb.isEmpty, verb.allSatisfy(Self.isLiteral), colon > last.startIndex else {
          throw RoutingError(.invalidVerb, text)
        }
      }
    }
    var segments: [Segment] = []
    for (index, piece) in pieces.enumerated() {
      // Only the end of the path may be empty: the root, or a trailing slash.
      guard !piece.isEmpty || index == pieces.count - 1 else {
        throw RoutingError(.emptySegment, text)
      }
      segments.append(try Self.segment(piece, of: text))
    }
    storage = Storage(text, segments, verb: verb)
    guard Set(parameterNames).count == parameterNames.count else {
      throw RoutingError(.repeatedParameter, text)
    }
  }

  private static func segment(
    _ piece: Substring, of text: String
  ) throws(RoutingError) -> Segment {
    guard piece.utf8.first == UInt8(ascii: "{") else {
      let bytes = Array(piece.utf8)
      guard bytes.allSatisfy(isLiteral) else { throw RoutingError(.invalidLiteral, text) }
      return .literal(bytes)
    }
    let name = piece.dropFirst().dropLast()
    guard piece.utf8.last == UInt8(ascii: "}"), !name.isEmpty, name.utf8.allSatisfy(isName) else {
      throw RoutingError(.invalidParameter, text)
    }
    return .parameter(String(name))
  }

  // RFC 3986 section 2.3 unreserved characters, which need no escape in any client.
  private static func isLiteral(_ byte: UInt8) -> Bool {
    isName(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "~")
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension RoutePattern: ExpressibleByStringLiteral {
  /// Reads a pattern written in source code, which must be well formed.
  public init(stringLiteral text: String) {
    do throws(RoutingError) {
      self = try RoutePattern(parsing: text)
    } catch {
      preconditionFailure("a route in the source breaks the pattern grammar: \(error)")
    }
  }
}
