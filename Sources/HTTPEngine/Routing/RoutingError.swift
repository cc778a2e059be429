/// Why a pattern or a table of routes is unusable.
public struct RoutingError: Error, Equatable {
  /// The rules.
  public enum Code: Sendable, Hashable {
    /// A pattern starts with a slash.
    case missingLeadingSlash
    /// Only the last segment may be empty.
    case emptySegment
    /// Literal text consists of RFC 3986 unreserved characters.
    case invalidLiteral
    /// A parameter is a whole segment: braces around letters, digits and underscores.
    case invalidParameter
    /// A verb is unreserved characters after a non-empty last segment.
    case invalidVerb
    /// A parameter's name occurs once in a pattern.
    case repeatedParameter
    /// A method and a path lead to one route.
    case duplicateRoute
    /// Patterns that match the same paths name their parameters alike.
    case conflictingParameters
  }

  /// The rule that was broken.
  public let code: Code
  /// The pattern that broke it.
  public let pattern: String

  init(_ code: Code, _ pattern: String) {
    self.code = code
    self.pattern = pattern
  }
}
