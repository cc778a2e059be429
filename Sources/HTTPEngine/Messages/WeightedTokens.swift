/// A list of tokens with weights, the form of `Accept-Encoding` (RFC 9110 section 12.5.3).
///
/// Elements that break the grammar are ignored, and what comes after 2 KiB.
public struct WeightedTokens: Sendable {
  /// A token in lower case and its weight.
  public struct Element: Sendable, Hashable {
    /// The token, in lower case.
    public let token: String
    /// Its weight.
    public let quality: QualityValue
  }

  /// The elements in order.
  public let elements: [Element]

  /// Reads all field lines of a name, in order.
  public init(_ fieldValues: [String]) {
    var room = FieldValueScanner.longestList
    elements = fieldValues.flatMap { Self.elements(in: $0, &room) }
  }

  /// What the list says of a token, itself or through `*`; nil when it says nothing.
  ///
  /// The first mention counts.
  public func quality(of token: String) -> QualityValue? {
    let token = token.lowercased()
    let named = elements.first { $0.token == token }
    return (named ?? elements.first { $0.token == "*" })?.quality
  }

  /// Picks the offered token with the highest weight above zero, the earlier one on a tie.
  ///
  /// - Parameters:
  ///   - offers: What the server can do, its favourite first.
  ///   - unlisted: The weight of a token of which the list says nothing.
  /// - Returns: One of the offers, or nil when none has a weight above zero.
  public func best(of offers: [String], unlisted: QualityValue = .zero) -> String? {
    var best: (offer: String, quality: QualityValue)?
    for offer in offers {
      let quality = quality(of: offer) ?? unlisted
      if quality > best?.quality ?? .zero { best = (offer, quality) }
    }
    return best?.offer
  }

  private static func elements(in value: String, _ room: inout Int) -> [Element] {
    var scanner = FieldValueScanner(list: value, room: &room)
    var elements: [Element] = []
    while !scanner.isAtEnd {
      var attempt = scanner
      if let element = element(&attempt) {
        elements.append(element)
        scanner = attempt
      }
      scanner.skipElement()
    }
    return elements
  }

  /// Reads one element; stands at its comma or at the end if it returns something.
  private static func element(_ scanner: inout FieldValueScanner) -> Element? {
    scanner.skipSpace()
    guard let token = scanner.token(), let parameters = scanner.parameters(),
      scanner.isAtListBoundary
    else { return nil }
    guard let weight = parameters.first(where: { $0.name == "q" }) else {
      return Element(token: token.lowercased(), quality: .full)
    }
    return QualityValue(parsing: weight.value).map {
      Element(token: token.lowercased(), quality: $0)
    }
  }
}
